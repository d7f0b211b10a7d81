/** Emergency switches: on or off, by whom and since when. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { NewNamed, RemoveNamed } from "./named_parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function Switches({ api }) {
  const answer = useAnswer(() => api.get("flow-switches"), []);
  const [making, setMaking] = useState(false);
  const [sure, setSure] = useState(/** @type {string | null} */ (null));
  const turn = useAction(async (/** @type {any} */ one) => {
    answer.set(await api.post(`flow-switches/${one.name}/turn`, { on: !one.value.on }));
    setSure(null);
  });
  const items = answer.data ?? [];
  return html`<section class="panel" aria-labelledby="switches-title"><div class="panel-head"><h2 id="switches-title">${t("flows.switches")}</h2><span class="count">${items.length}</span>
      <button type="button" class="button primary small panel-action" onClick=${() => setMaking(true)}><${Icon} name="plus" size=${16} />${t("flows.newSwitch")}</button></div>
    <${Problem} error=${answer.error ?? turn.error} />${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="power" title=${t("flows.noSwitches")} text=${t("flows.noSwitchesText")} />`}
    <div class="named-cards">${items.map((/** @type {any} */ one) => html`<article key=${one.name} class=${cls("named-card", one.value.on && "alarm")}><div><h3>${one.label || one.name}</h3><code class="quiet">${one.name}</code></div>
      <span class=${cls("outcome", one.value.on ? "outcome-failed" : "outcome-answered")}><${Icon} name=${one.value.on ? "bell" : "checkCircle"} size=${16} />${t(one.value.on ? "flows.switchOn" : "flows.switchOff")}</span>
      <span class="sub">${one.changed_by_name || "–"} · ${dateTime(one.changed_at, siteZone.value)}</span>
      <div class="form-end"><button type="button" class=${cls("button small", !one.value.on && "danger-button")} disabled=${turn.busy} onClick=${() => (one.value.on || sure === one.name ? turn.run(one) : setSure(one.name))}>${one.value.on ? t("flows.turnOff") : sure === one.name ? t("flows.sureOn") : t("flows.turnOn")}</button>
        <${RemoveNamed} api=${api} path=${`flow-switches/${one.name}`} done=${answer.again} /></div></article>`)}</div>
    ${making && html`<${NewNamed} api=${api} place="flow-switches" title=${t("flows.newSwitch")} value=${{ on: false }} close=${() => setMaking(false)} done=${(/** @type {any} */ told) => { answer.set(told); setMaking(false); }} />`}
  </section>`;
}
