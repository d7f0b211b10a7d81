/** One call: what is known of it, and its journey drawn and told. */

import { callData, caller, shortDevice } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { dateTime, duration, siteZone, timeOfDay } from "../../core/time.js";
import { DialButton } from "../../ui/dial.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";
import { OutcomeBadge } from "./call_list.js";
import { Decisions } from "./decisions.js";
import { FlowPath } from "./flow_path.js";
import { Timeline } from "./timeline.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, id: string, back: () => void, queueLabels: Map<string, string>, now: () => number, below: (call: any) => any}} props */
export function CallPage({ api, id, back, queueLabels, now, below }) {
  const answer = useAnswer(() => api.get(`calls/${encodeURIComponent(id)}`), [id]);
  const detail = answer.data;
  return html`<article class="call-page">
    <button type="button" class="button small" onClick=${back}><${Icon} name="left" size=${16} />${t("call.back")}</button>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!detail && answer.busy ? html`<${Loading} />` : null}
    ${detail && html`<${Detail} detail=${detail} queueLabels=${queueLabels} now=${now()} />
      ${below(detail.call)}<${FlowPath} api=${api} id=${id} /><${Decisions} api=${api} id=${id} queueLabels=${queueLabels} />`}
  </article>`;
}

/** @param {{detail: any, queueLabels: Map<string, string>, now: number}} props */
function Detail({ detail, queueLabels, now }) {
  const { call, segments, journey, data } = detail;
  const zone = siteZone.value;
  const fact = (/** @type {string} */ key, /** @type {any} */ value) => value ? html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>` : null;
  return html`<section class="panel call-head">
      <div class="call-title"><h1>${call.customer?.name || caller(call) || t("call.withheld")}</h1><${OutcomeBadge} outcome=${call.outcome} state=${call.state} /></div>
      ${!call.exact && html`<p class="problem mild"><${Icon} name="unplug" size=${16} /><span>${t("call.inexact")}</span></p>`}
      <dl class="facts">
        ${fact("call.number", call.number ? html`${call.number}<${DialButton} number=${call.number} customerId=${call.customer?.id} back=${call.direction === "inbound"} />` : t("call.withheld"))}${fact("call.direction", t(`direction.${call.direction}`))}${fact("call.dialled", call.dialled)}
        ${fact("call.queue", call.queue && (queueLabels.get(call.queue) || call.queue))}${fact("call.started", dateTime(call.started_at, zone))}${fact("call.length", duration(call.seconds))}
        ${fact("call.wait", duration(call.wait_seconds))}${fact("call.talk", duration(call.talk_seconds))}${fact("call.held", duration(call.held_seconds))}
        ${fact("call.id", html`<code>${call.call_id}</code>`)}
        ${callData(data).map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}
      </dl></section>
    <section class="panel" aria-labelledby="journey-title"><div class="panel-head"><h2 id="journey-title">${t("call.journey")}</h2></div>
      <${Timeline} call=${{ ...call, segments }} queueLabels=${queueLabels} now=${now} />
      <ol class="steps">${journey.map((/** @type {any} */ step, /** @type {number} */ n) => html`<li key=${n}><time>${timeOfDay(step.at, zone)}</time><span>${sentence(step, queueLabels)}</span>
        ${step.seconds !== null && step.seconds !== undefined && /Ended$|^leftQueue$|^cleared$/.test(step.what) && html`<span class="quiet">${duration(step.seconds)}</span>`}</li>`)}</ol></section>`;
}

/** @param {any} step @param {Map<string, string>} queueLabels */
function sentence(step, queueLabels) {
  const agent = step.agent_name || shortDevice(step.device) || "";
  const text = t(`step.${step.what}`, { agent, queue: (step.queue && (queueLabels.get(step.queue) || step.queue)) ?? "" });
  const result = step.what === "cleared" ? word("outcome", step.result) : word("segmentResult", step.result);
  return result ? `${text} · ${result}` : text;
}
