/** The pop: who is calling, as far as it is known, before the agent answers. */

import { callData } from "../../core/format.js";
import { language, t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { DialButton } from "../../ui/dial.js";
import { Icon } from "../../ui/icons.js";
import { Empty } from "../../ui/parts.js";
import { Find } from "./find.js";
import { Record } from "./record.js";

/** @import { CustomerJson, NumberJson, OutcomeJson, PopJson } from "../../core/shapes.js" */
/** @import { Api } from "../../core/api.js" */
/** @import { Drafts } from "../../core/drafts.js" */

/**
 * @param {{pop: PopJson | null, outcomes: OutcomeJson[], api: Api, drafts: Drafts, onCustomer: (callId: string, customer: CustomerJson) => void}} props
 * `onCustomer` hears of a record that was saved or chosen here
 */
export function Pop({ pop, outcomes, api, drafts, onCustomer }) {
  if (!pop) {
    return html`<section class="panel pop-panel" aria-labelledby="pop-title"><div class="panel-head"><h2 id="pop-title">${t("pop.title")}</h2></div>
      <${Empty} icon="user" title=${t("pop.none")} text=${t("pop.noneText")} /></section>`;
  }
  return html`<section class=${cls("panel pop-panel", `pop-${pop.status}`)} aria-labelledby="pop-title" data-call=${pop.call_id} data-status=${pop.status}>
    <div class="panel-head"><h2 id="pop-title">${t(`popState.${pop.state}`)}</h2><${NumberLine} number=${pop.number} callable=${pop.state === "after"} customerId=${pop.customer?.id} /></div>
    <${Data} data=${pop.data} />
    ${body(pop, outcomes, api, drafts, onCustomer)}
  </section>`;
}

/** @param {PopJson} pop @param {OutcomeJson[]} outcomes @param {Api} api @param {Drafts} drafts @param {(callId: string, customer: CustomerJson) => void} onCustomer */
function body(pop, outcomes, api, drafts, onCustomer) {
  const find = html`<${Find} key=${pop.call_id} pop=${pop} api=${api} onCustomer=${onCustomer} />`;
  if (pop.customer) {
    return html`<${Record} key=${`${pop.call_id}/${pop.customer.id}`} callId=${pop.call_id} customer=${pop.customer} outcomes=${outcomes} api=${api} drafts=${drafts}
      onCustomer=${(/** @type {CustomerJson} */ customer) => onCustomer(pop.call_id, customer)} />`;
  }
  if (pop.status === "several") return find;
  if (pop.status === "withheld") return html`<${Unknown} icon="mask" title=${t("pop.withheld")} text=${t("pop.withheldText")} />${find}`;
  if (pop.status === "looking") {
    return html`<div class="pop-big" role="status"><span class="spinner" aria-hidden="true"></span><p class="pop-number">${pop.number.display || pop.number.raw}</p><p>${t("pop.looking")}</p></div>`;
  }
  return html`<${Unknown} icon="phone" title=${pop.number.display || pop.number.raw || t("call.withheld")} text=${t(pop.gone || pop.state === "after" ? "pop.noRecord" : "pop.numberOnly")} />${find}`;
}

/** @param {{icon: string, title: string, text: string}} props */
function Unknown({ icon, title, text }) {
  return html`<div class="pop-big"><div class="empty-mark"><${Icon} name=${icon} size=${26} /></div><p class="pop-number">${title}</p><p>${text}</p></div>`;
}

/** The caller's number with province and carrier. @param {{number: NumberJson, callable: boolean, customerId?: number}} props */
function NumberLine({ number, callable, customerId }) {
  if (number.withheld) return html`<span class="pop-from"><${Icon} name="mask" size=${16} />${t("call.withheld")}</span>`;
  const told = number.places?.[language.value] ?? number;
  const place = [told.province, told.carrier].filter(Boolean).join(" · ");
  return html`<span class="pop-from"><${Icon} name="phone" size=${16} /><strong>${number.display || number.raw}</strong>${callable && html`<${DialButton} number=${number.raw} customerId=${customerId} />`}
    ${place && html`<span class="pop-place"><${Icon} name="pin" size=${14} />${place}</span>`}</span>`;
}

/** What the PBX attached to the call. @param {{data: Record<string, string>}} props */
function Data({ data }) {
  const entries = callData(data);
  if (!entries.length) return null;
  return html`<dl class="pop-data" aria-label=${t("pop.data")}>${entries.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl>`;
}
