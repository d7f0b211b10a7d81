/** My day in figures: handling and wrap-up times, occupancy, pauses with their limits, and whom to call back. */

import { percent } from "../../core/format.js";
import { reasonWord } from "../../core/shift.js";
import { t } from "../../core/i18n.js";
import { dateTime, duration, shortTime, siteZone } from "../../core/time.js";
import { DialButton } from "../../ui/dial.js";
import { cls, html, useEffect } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { CallbackJson, DayJson, PauseJson } from "../../core/help_shapes.js" */

/** Milliseconds between two looks while nothing happens. */
const LOOK = 60_000;

/** @param {{api: Api, turn: string}} props `turn` changes with state and calls: then it is asked for again */
export function DayFigures({ api, turn }) {
  const answer = useAnswer(/** @returns {Promise<DayJson>} */ () => api.get("me/day"), [turn]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && answer.again(), LOOK);
    return () => clearInterval(timer);
  }, [answer.data]);
  const day = answer.data;
  return html`<section class="panel day-figures" aria-labelledby="figures-title">
    <div class="panel-head"><h2 id="figures-title">${t("day.title")}</h2>${day && html`<span class="panel-note">${t("day.handled", { n: day.handled })}</span>`}</div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!day && answer.busy ? html`<${Loading} />` : null}
    ${day && html`<${Figures} day=${day} /><${Pauses} pauses=${day.pauses} /><${Callbacks} list=${day.callbacks} complete=${day.callbacks_complete} />`}
  </section>`;
}

/** @param {{day: DayJson}} props */
function Figures({ day }) {
  const time = (/** @type {number | null} */ seconds) => (seconds === null ? "–" : duration(Math.round(seconds)));
  const dayFigure = (/** @type {string} */ key, /** @type {string} */ value) => html`<div class="day-figure"><dt>${t(key)}</dt><dd>${value}</dd></div>`;
  return html`<dl class="day-grid">${dayFigure("day.aht", time(day.aht))}${dayFigure("day.acw", time(day.acw_average))}${dayFigure("day.occupancy", day.occupancy === null ? "–" : percent(day.occupancy))}
      ${dayFigure("day.talk", time(day.talk_seconds))}${dayFigure("day.hold", time(day.hold_seconds))}${dayFigure("day.wrap", time(day.acw_seconds))}</dl>
    <details class="day-formulas"><summary>${t("day.formulas")}</summary><p>${t("day.formulaAht")}</p><p>${t("day.formulaAcw")}</p><p>${t("day.formulaOccupancy")}</p></details>`;
}

/** @param {{pauses: PauseJson[]}} props */
function Pauses({ pauses }) {
  if (!pauses.length) return null;
  return html`<h3 class="day-head">${t("day.pauses")}</h3><ul class="day-pauses">${pauses.map((one) => html`<li key=${one.reason} class=${cls(one.over > 0 && "over")}>
    <span>${reasonWord(one.reason)}</span><span class="quiet">${t("day.times", { n: one.times })}</span><b>${duration(Math.round(one.seconds))}</b>
    <span class="sub">${one.limit_seconds === null ? "" : t("day.limit", { time: duration(one.limit_seconds) })}${one.over > 0 ? html` <span class="day-over"><${Icon} name="clock" size=${13} />${t("day.over", { n: one.over })}</span>` : ""}</span></li>`)}</ul>`;
}

/** @param {{list: CallbackJson[], complete: boolean}} props */
function Callbacks({ list, complete }) {
  const zone = siteZone.value;
  return html`<h3 class="day-head">${t("day.callbacks")}${list.length > 0 && html`<span class="count">${list.length}</span>`}</h3>
    ${!complete && html`<p class="problem mild"><${Icon} name="unplug" size=${16} /><span>${t("day.callbacksAway")}</span></p>`}
    ${list.length === 0 && complete && html`<p class="quiet day-none">${t("day.noCallbacks")}</p>`}
    <ul class="day-callbacks">${list.map((one) => html`<li key=${`${one.source}/${one.ref}`}><span class="who">${one.name || one.number}</span><${DialButton} number=${one.number} customerId=${one.customer_id} back />
      <span class="sub">${[one.name && one.number, one.due_at === null ? t("day.since", { time: shortTime(one.since, zone) }) : t("day.due", { time: dateTime(one.due_at, zone) }), one.attempts > 0 && t("lost.attempts", { n: one.attempts })].filter(Boolean).join(" · ")}</span></li>`)}</ul>`;
}
