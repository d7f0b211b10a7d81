/** The queues live: who waits, how long, the service level of the day, and who is there to answer. */

import { longestSince } from "../../core/figures.js";
import { percent } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { queueKey } from "../../core/topics.js";
import { cls, html, memo } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty } from "../../ui/parts.js";

/** @import { QueueJson, ServiceLevelJson } from "../../core/shapes.js" */

/** The definition of the service level in words. @param {ServiceLevelJson} level */
export function definitionText(level) {
  return t("serviceLevel.definition", { name: level.definition, formula: t(`formula.${level.definition}`), seconds: level.seconds,
    short: level.short_abandon_seconds, target: percent(level.target) });
}

/** @param {{queues: QueueJson[], level: ServiceLevelJson, frozenAt: number | null}} props */
export function QueuesTable({ queues, level, frozenAt }) {
  const rows = [...queues].sort((a, b) => b.waiting.length - a.waiting.length || (a.label || a.name).localeCompare(b.label || b.name));
  return html`<section class="panel queues" aria-labelledby="queues-title">
    <div class="panel-head"><h2 id="queues-title">${t("queues.title")}</h2><span class="count">${queues.length}</span>
      <span class="panel-note" title=${definitionText(level)}>${t("serviceLevel.short", { name: level.definition, seconds: level.seconds, target: percent(level.target) })}</span></div>
    ${rows.length === 0
      ? html`<${Empty} icon="queue" title=${t("queues.none")} text=${t("queues.noneText")} />`
      : html`<div class="table-frame"><table class="table queues-table"><thead><tr>
        <th scope="col">${t("queues.name")}</th><th scope="col" class="number">${t("queues.waiting")}</th><th scope="col" class="number">${t("queues.longest")}</th>
        <th scope="col" class="col-level">${t("queues.level")}</th><th scope="col" class="number">${t("queues.answered")}</th>
        <th scope="col" class="number">${t("queues.abandoned")}</th><th scope="col" class="number">${t("queues.asa")}</th><th scope="col">${t("queues.staff")}</th>
      </tr></thead><tbody>${rows.map((queue) => html`<${Row} key=${queueKey(queue)} queue=${queue} site=${level} frozenAt=${frozenAt} language=${t("language.code")} />`)}</tbody></table></div>`}
  </section>`;
}

const Row = memo(({ queue, site, frozenAt }) => {
  const { figures, agents, goal } = /** @type {QueueJson} */ (queue);
  const own = goal.seconds !== site.seconds || goal.target !== site.target;
  const first = longestSince([queue]);
  const level = figures.service_level;
  return html`<tr class=${queue.waiting.length ? "has-waiting" : undefined}>
    <th scope="row"><span class="who">${queue.label || queue.name}</span>${queue.label && queue.label !== queue.name && html`<span class="sub">${queue.name}</span>`}</th>
    <td class="number strong" data-label=${t("queues.waiting")}>${queue.waiting.length}</td>
    <td class="number" data-label=${t("queues.longest")}>${first === null ? "–" : html`<${Elapsed} since=${first} frozenAt=${frozenAt} />`}</td>
    <td class="col-level" data-label=${t("queues.level")}><${LevelBar} value=${level} target=${goal.target} />${own && html`<span class="sub">${t("serviceLevel.own", { seconds: goal.seconds, target: percent(goal.target) })}</span>`}</td>
    <td class="number" data-label=${t("queues.answered")}>${figures.answered}${(figures.called_back ?? 0) > 0 ? html`<span class="sub">${t("queues.calledBack", { n: figures.called_back ?? 0 })}</span>` : null}</td>
    <td class="number" data-label=${t("queues.abandoned")}>${figures.abandoned}</td>
    <td class="number" data-label=${t("queues.asa")}>${duration(figures.asa)}</td>
    <td data-label=${t("queues.staff")}><span class="staff">
      ${staffSign("checkCircle", "ready", agents.ready)}${staffSign("phone", "talking", agents.busy + agents.alerting)}
      ${staffSign("pen", "wrapping", agents.acw)}${staffSign("pause", "notReady", agents.not_ready)}</span></td>
  </tr>`;
});

/** @param {string} icon @param {string} key @param {number} n */
function staffSign(icon, key, n) {
  return html`<span class=${cls("staff-sign", `staff-${key}`, n === 0 && "zero")} title=${t(`staff.${key}`)}><${Icon} name=${icon} size=${15} label=${t(`staff.${key}`)} />${n}</span>`;
}

/** A share against its goal: figure, bar, goal mark, and a sign when it is missed. @param {{value: number | null, target: number}} props */
export function LevelBar({ value, target }) {
  const met = value === null || value >= target;
  return html`<span class=${cls("level", value === null ? "none" : met ? "met" : "missed")}>
    <span class="level-figure">${percent(value)}${!met && html`<${Icon} name="down" size=${14} label=${t("serviceLevel.missed")} />`}</span>
    <svg class="level-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="level-ground" width="100" height="8" rx="2" />
      <rect class="level-fill" width=${Math.max(0, Math.min(100, (value ?? 0) * 100))} height="8" rx="2" /><rect class="level-goal" x=${target * 100 - 0.6} width="1.2" height="8" /></svg>
  </span>`;
}
