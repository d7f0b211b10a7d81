/** The links to the PBXs: up or down, since when and why, and how much goes over them. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useEffect } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty, Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { LinkJson } from "../../core/shapes.js" */

/** Figures of a link that are shown when the server tells them. */
const figures = ["calls", "agents", "queues", "events_per_second", "reconnects"];

/** @param {{api: Api, links: LinkJson[]}} props `links` is live; the rest is asked for every ten seconds */
export function Links({ api, links }) {
  const answer = useAnswer(() => api.get("pbx"), [links]);
  useEffect(() => {
    const timer = setInterval(answer.again, 10_000);
    return () => clearInterval(timer);
  }, [answer.again]);
  const told = new Map((answer.data?.items ?? []).map((/** @type {any} */ one) => [one.pbx ?? one.name, one]));
  return html`<section class="panel" aria-labelledby="links-title"><div class="panel-head"><h2 id="links-title">${t("links.title")}</h2><span class="count">${links.length}</span></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy && links.length === 0 ? html`<${Loading} />` : null}
    ${links.length === 0 && answer.data && html`<${Empty} icon="server" title=${t("links.none")} text=${t("links.noneText")} />`}
    <ul class="links">${links.map((link) => html`<${Link} key=${link.pbx} link=${link} more=${told.get(link.pbx) ?? {}} />`)}</ul></section>`;
}

/** @param {{link: LinkJson, more: any}} props */
function Link({ link, more }) {
  return html`<li class=${cls("link-card", link.up ? "up" : "down")}><div class="link-head"><${Icon} name="server" size=${22} /><h3>${link.pbx}</h3>
      <span class=${cls("outcome", link.up ? "outcome-answered" : "outcome-failed")}><${Icon} name=${link.up ? "check" : "unplug"} size=${14} />${link.up ? t("links.up") : t("links.down")}</span></div>
    <dl class="facts"><div><dt>${t("links.since")}</dt><dd>${dateTime(link.since, siteZone.value)} · <${Elapsed} since=${link.since} /></dd></div>
      ${link.version && html`<div><dt>${t("links.version")}</dt><dd>${link.version}</dd></div>`}${more.host && html`<div><dt>${t("links.address")}</dt><dd>${more.host}${more.port ? `:${more.port}` : ""}</dd></div>`}
      ${figures.filter((name) => more[name] !== undefined && more[name] !== null).map((name) => html`<div key=${name}><dt>${t(`links.${name}`)}</dt><dd>${typeof more[name] === "number" ? Number(more[name].toFixed(2)) : more[name]}</dd></div>`)}</dl>
    ${(more.warnings ?? []).map((/** @type {string} */ warning) => html`<p key=${warning} class="problem mild"><${Icon} name="unplug" size=${16} /><span>${warning}</span></p>`)}
    ${!link.up && link.reason && html`<p class="problem"><${Icon} name="unplug" size=${16} /><span>${link.reason}</span></p>`}</li>`;
}
