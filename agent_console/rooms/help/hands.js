/** The supervisor's side of help: whose hands are up, with what call and for how long. */

import { waitingHands } from "../../core/help.js";
import { t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Problem, useAction } from "../../ui/parts.js";

/** @import { App } from "../../ui/app.js" */
/** @import { HandJson } from "../../core/help_shapes.js" */

/** The list, while a hand is up. @param {{app: App, frozenAt: number | null, actions?: (userId: number) => any}} props `actions`: more buttons in a line */
export function Hands({ app, frozenAt, actions }) {
  const hands = waitingHands(app.live.help.value);
  const first = hands.find((one) => one.coming_at === null);
  return html`<div class="sr" role="alert">${first ? t("help.asks", { name: first.name }) : ""}</div>
    ${hands.length > 0 && html`<section class="panel hands" aria-labelledby="hands-title"><div class="panel-head"><h2 id="hands-title"><${Icon} name="hand" size=${17} />${t("help.hands")}</h2><span class="count">${hands.length}</span></div>
      <ul>${hands.map((hand) => html`<${Line} key=${hand.id} hand=${hand} app=${app} frozenAt=${frozenAt} actions=${actions} />`)}</ul></section>`}`;
}

/** @param {{hand: HandJson, app: App, frozenAt: number | null, actions?: (userId: number) => any}} props */
function Line({ hand, app, frozenAt, actions }) {
  const act = useAction((/** @type {string} */ what) => app.api.post(`agents/${hand.user_id}/hand/${what}`));
  const mine = hand.coming_by === app.who.user.id;
  const call = [hand.caller || hand.number || (hand.call_id && t("call.withheld")), hand.queue].filter(Boolean).join(" · ");
  return html`<li class=${cls("hand-line", hand.coming_at !== null && "coming")}>
    <span class="hand-who"><span class="who">${hand.name}</span><span class="sub">${hand.team}</span></span>
    <span class="hand-call">${hand.call_id ? html`<${Icon} name="phone" size=${15} />${call}` : html`<span class="quiet">${t("help.noCall")}</span>`}</span>
    <span class="hand-wait"><${Elapsed} since=${hand.raised_at} frozenAt=${frozenAt} label=${t("help.waits")} /><span class="sub">${hand.coming_at !== null ? t("help.comes", { name: hand.coming_by_name }) : t("help.nobodyYet")}</span></span>
    <span class="hand-actions">${!mine && html`<button type="button" class="button small primary" disabled=${act.busy} onClick=${() => act.run("coming")}><${Icon} name="right" size=${15} />${t("help.coming")}</button>`}
      <button type="button" class="button small" disabled=${act.busy} onClick=${() => act.run("lower")}><${Icon} name="check" size=${15} />${t("help.lower")}</button>${actions?.(hand.user_id)}</span>
    <${Problem} error=${act.error} /></li>`;
}

/** The sign at an agent's row or tile. @param {{app: App, userId: number | null}} props */
export function HandMark({ app, userId }) {
  const hand = userId === null ? undefined : app.live.help.value?.hands.get(userId);
  if (!hand) return null;
  const label = hand.coming_at !== null ? `${t("help.up")} · ${t("help.comes", { name: hand.coming_by_name })}` : t("help.up");
  return html`<span class=${cls("hand-mark", hand.coming_at !== null && "coming")} title=${label}><${Icon} name="hand" size=${15} label=${label} /></span>`;
}
