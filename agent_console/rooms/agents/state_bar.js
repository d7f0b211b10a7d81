/** The agent's own state, large, with the time in it, his queues and his day so far. */

import { shortDevice } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { queueName } from "../../core/queue_names.js";
import { duration } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, StateBadge } from "../../ui/parts.js";

/** @import { AgentJson, TodayJson } from "../../core/shapes.js" */

/** @param {{agent: AgentJson | null, today: TodayJson | null, frozenAt: number | null, controls?: any}} props */
export function StateBar({ agent, today, frozenAt, controls }) {
  if (!agent) {
    return html`<section class="statebar none" aria-label=${t("stateBar.label")}>
      <${StateBadge} state="loggedOff" size="large" /><p>${t("stateBar.noDevice")}</p></section>`;
  }
  return html`<section class=${`statebar bar-${agent.state}`} aria-label=${t("stateBar.label")}>
    <div class="statebar-now" aria-live="polite"><${StateBadge} state=${agent.state} reason=${agent.reason} size="large" /></div>
    <${Elapsed} since=${agent.since} frozenAt=${frozenAt} class="statebar-time" label=${t("stateBar.time")} />
    ${controls}
    <ul class="chips" aria-label=${t("stateBar.queues")}>
      <li class="chip"><${Icon} name="phone" size=${14} />${shortDevice(agent.device)}</li>
      ${agent.queues.map((member) => html`<li key=${member.queue} class=${member.paused ? "chip paused" : "chip"}>
        <${Icon} name=${member.paused ? "pause" : "queue"} size=${14} />${queueName(member.queue)}${member.paused && html`<span class="sr">${t("stateBar.paused")}</span>`}</li>`)}
    </ul>
    ${today && html`<${Day} today=${today} />`}
  </section>`;
}

/** @param {{today: TodayJson}} props */
function Day({ today }) {
  const one = (/** @type {string} */ key, /** @type {string | number} */ value) =>
    html`<div class="figure"><dt>${t(key)}</dt><dd>${value}</dd></div>`;
  return html`<dl class="figures" aria-label=${t("stateBar.today")}>
    ${one("today.answered", today.answered)}${one("today.missed", today.missed)}${one("today.talk", duration(today.talk_seconds))}
    ${today.hold_seconds !== undefined && one("today.hold", duration(today.hold_seconds))}
  </dl>`;
}
