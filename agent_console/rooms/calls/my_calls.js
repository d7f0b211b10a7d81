/** The agent's ringing and active calls as cards. */

import { caller } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { queueName } from "../../core/queue_names.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty } from "../../ui/parts.js";
import { CallControls } from "./control.js";

/** @import { Api } from "../../core/api.js" */
/** @import { ControlJson } from "../../core/control_shapes.js" */
/** @import { MyCallJson } from "../../core/shapes.js" */

/** ringing · held · talking · dialling, as the agent's own leg tells it. @param {MyCallJson} call */
export function phase(call) {
  if (call.my_leg_state === "alerting") return "ringing";
  if (call.held || call.my_leg_state === "held") return "held";
  if (call.my_leg_state === "connected" && call.answered_at) return "talking";
  return "dialling";
}

/** @type {Record<string, string>} */
const icons = { ringing: "bell", held: "hold", talking: "phone", dialling: "phoneOut" };

/**
 * @param {{calls: MyCallJson[], names: Map<string, string>, chosen: string | null, onChoose: (id: string) => void, frozenAt: number | null, control: Map<string, ControlJson>, api: Api, below: (call: MyCallJson) => any}} props
 * `names` are customers' names by call, from the pops; `below` what stands under a call's buttons
 */
export function MyCalls({ calls, names, chosen, onChoose, frozenAt, control, api, below }) {
  return html`<section class="panel my-calls" aria-labelledby="my-calls-title">
    <div class="panel-head"><h2 id="my-calls-title">${t("myCalls.title")}</h2></div>
    ${calls.length === 0
      ? html`<${Empty} icon="headset" title=${t("myCalls.none")} text=${t("myCalls.noneText")} />`
      : calls.map((call) => html`<${Card} key=${call.id} call=${call} name=${names.get(call.id)} chosen=${call.id === chosen} onChoose=${onChoose} frozenAt=${frozenAt} />
          <${CallControls} key=${`${call.id} controls`} call=${call} control=${control.get(call.id)} api=${api} stopped=${frozenAt !== null} />${below(call)}`)}
  </section>`;
}

/** @param {{call: MyCallJson, name?: string, chosen: boolean, onChoose: (id: string) => void, frozenAt: number | null}} props */
function Card({ call, name, chosen, onChoose, frozenAt }) {
  const now = phase(call);
  const since = now === "ringing" ? call.delivered_at : call.answered_at ?? call.delivered_at;
  const title = name || caller(call) || t("call.withheld");
  return html`<button type="button" class=${cls("call-card", `call-${now}`, chosen && "chosen")} aria-pressed=${chosen ? "true" : "false"} onClick=${() => onChoose(call.id)}>
    <span class="call-card-top"><${Icon} name=${icons[now] ?? "phone"} /><span>${t(`phase.${now}`)}</span>
      ${since !== null && html`<${Elapsed} since=${since} frozenAt=${frozenAt} class="call-card-time" />`}</span>
    <span class="call-card-name">${title}</span>
    ${title !== call.number && call.number && html`<span class="call-card-number">${call.number}</span>`}
    <span class="call-card-facts">
      ${call.queue && html`<span class="tag"><${Icon} name="queue" size=${14} />${queueName(call.queue)}</span>`}
      ${call.dialled && html`<span class="tag">${t("call.dialledAs", { number: call.dialled })}</span>`}
      ${call.direction !== "inbound" && html`<span class="tag">${t(`direction.${call.direction}`)}</span>`}
    </span>
  </button>`;
}

/** What is read out when the phone rings. @param {{calls: MyCallJson[], names: Map<string, string>}} props */
export function RingingVoice({ calls, names }) {
  const ringing = calls.find((call) => phase(call) === "ringing");
  const who = ringing && (names.get(ringing.id) || caller(ringing) || t("call.withheld"));
  return html`<div class="sr" role="alert" aria-live="assertive">${who ? t("myCalls.ringing", { who }) : ""}</div>`;
}
