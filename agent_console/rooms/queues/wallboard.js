/** The wallboard's figures, large enough for nine metres. Old figures are grey and stand still. */

import { definitionText } from "./queues_table.js";
import { longestSince, staffing, summed } from "../../core/figures.js";
import { percent } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { duration, second } from "../../core/time.js";
import { queueKey } from "../../core/topics.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { AgentJson, QueueJson, ServiceLevelJson } from "../../core/shapes.js" */

/** @param {{queues: QueueJson[], agents: AgentJson[], level: ServiceLevelJson, frozenAt: number | null}} props */
export function Board({ queues, agents, level, frozenAt }) {
  const only = queues.length === 1 ? queues[0] : undefined;
  const figures = only ? only.figures : summed(queues, level.definition);
  const staff = only ? staffOf(only) : staffing(agents, new Set(queues.map(queueKey)));
  const waiting = queues.reduce((n, queue) => n + queue.waiting.length, 0);
  const first = longestSince(queues);
  // Drawn anew each second, unlike in the tables: the size of the figure follows the length of its text.
  const wait = first === null ? "–" : duration((frozenAt ?? second.value) - Math.floor(first));
  // One queue is judged by its own goal, several together by the site's.
  const target = only ? only.goal.target : level.target;
  const missed = figures.service_level !== null && figures.service_level < target;
  return html`<div class=${cls("board", frozenAt !== null && "stale")}>
    <section class=${cls("tile tile-waiting", waiting > 0 && "some")}><h2><${Icon} name="queue" size=${32} />${t("board.waiting")}</h2><p class="huge" data-length=${String(waiting).length}>${waiting}</p></section>
    <section class=${cls("tile tile-longest", first !== null && "some")}><h2><${Icon} name="clock" size=${32} />${t("board.longest")}</h2>
      <p class="huge" data-length=${wait.length}>${wait}</p></section>
    <section class=${cls("tile tile-level", missed ? "missed" : figures.service_level !== null && "met")}><h2><${Icon} name=${missed ? "down" : "check"} size=${32} />${t("board.level")}</h2>
      <${Share} value=${figures.service_level} /><p class="tile-note">${missed ? t("board.under", { target: percent(target) }) : figures.service_level === null ? t("board.noCalls") : t("board.met", { target: percent(target) })}</p></section>
    <div class="board-staff">
      ${staffTile("checkCircle", "ready", staff.ready)}${staffTile("phone", "talking", staff.talking)}${staffTile("pen", "wrapping", staff.wrapping)}${staffTile("pause", "notReady", staff.notReady)}
    </div>
    <dl class="board-day">
      ${dayFigure("board.answered", figures.answered)}${dayFigure("board.abandoned", figures.abandoned)}${dayFigure("board.asa", duration(figures.asa))}${dayFigure("board.longestToday", duration(figures.longest_wait_today))}
    </dl>
    <p class="board-definition">${definitionText(level)}</p>
  </div>`;
}

/** A share with a small sign: the figure is what must be read from far. @param {{value: number | null}} props */
function Share({ value }) {
  const text = percent(value).replace("%", "");
  return html`<p class="huge" data-length=${text.length}>${text}${value !== null && html`<small>%</small>`}</p>`;
}

/** @param {QueueJson} queue */
function staffOf({ agents }) {
  return { ready: agents.ready, talking: agents.busy + agents.alerting, wrapping: agents.acw, notReady: agents.not_ready };
}

/** @param {string} icon @param {string} key @param {number} n */
function staffTile(icon, key, n) {
  return html`<section class=${cls("tile staff-tile", `staff-${key}`)}><h2><${Icon} name=${icon} size=${28} />${t(`staff.${key}`)}</h2><p class="big">${n}</p></section>`;
}

/** @param {string} key @param {string | number} value */
function dayFigure(key, value) {
  return html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`;
}
