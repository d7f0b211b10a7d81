/** All calls that are not over, for supervisors. */

import { caller, shortDevice } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { DialButton } from "../../ui/dial.js";
import { html, memo } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty } from "../../ui/parts.js";

/** @import { CallJson } from "../../core/shapes.js" */

/** @type {Record<string, string>} */
const icons = { initiated: "flow", queued: "queue", delivered: "bell", established: "phone", held: "hold", cleared: "phoneOff" };

/** When the present state of a call began, as far as its segments tell. @param {CallJson} call */
function sinceOf(call) {
  const open = call.segments.filter((part) => part.ended_at === null);
  return open.length ? Math.max(...open.map((part) => part.started_at)) : call.started_at;
}

/** @param {{calls: CallJson[], agentNames: Map<string, string>, frozenAt: number | null}} props `agentNames` by "pbx/device" */
export function LiveCalls({ calls, agentNames, frozenAt }) {
  const rows = [...calls].sort((a, b) => a.started_at - b.started_at);
  return html`<section class="panel live-calls" aria-labelledby="live-title">
    <div class="panel-head"><h2 id="live-title">${t("liveCalls.title")}</h2><span class="count">${calls.length}</span></div>
    ${rows.length === 0
      ? html`<${Empty} icon="phone" title=${t("liveCalls.none")} />`
      : html`<ul class="live-list">${rows.map((call) => html`<${Row} key=${call.id} call=${call} names=${agentNames} frozenAt=${frozenAt} language=${t("language.code")} />`)}</ul>`}
  </section>`;
}

const Row = memo(({ call, names, frozenAt }) => {
  const who = call.legs.filter((/** @type {any} */ leg) => leg.role === "agent" && leg.state !== "cleared");
  const people = who.map((/** @type {any} */ leg) => names.get(`${call.pbx}/${leg.device}`) || shortDevice(leg.device));
  return html`<li class=${`live-call live-${call.state}`}>
    <span class="live-sign" title=${t(`direction.${call.direction}`)}><${Icon} name=${icons[call.state] ?? "phone"} /></span>
    <span class="live-who"><span class="who">${call.customer?.name || caller(call) || t("call.withheld")}</span>
      <span class="sub">${[call.customer?.name && call.number, call.queue].filter(Boolean).join(" · ")}</span></span>
    <${DialButton} number=${call.number} customerId=${call.customer?.id} />
    <span class="live-state"><span>${word("callState", call.state)}</span>${people.length > 0 && html`<span class="sub">${people.join(", ")}</span>`}</span>
    <${Elapsed} since=${sinceOf(call)} frozenAt=${frozenAt} class="live-time" />
  </li>`;
});
