/** Scores week by week: lines that are drawn, and under them the table whose cells lead to the scores. */

import { t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { cls, html, useState } from "../../ui/html.js";
import { series } from "./report_columns.js";

const most = 6;
const wide = 1240;
const high = 260;
const left = 36;
const below = 26;

/** @param {{rows: any[], by: string, name: (row: any) => string, link: (key: string, week: string) => string}} props */
export function Trend({ rows, by, name, link }) {
  const { weeks, lines } = series(rows);
  const [off, setOff] = useState(/** @type {string[]} */ ([]));
  const drawn = lines.slice(0, most);
  const toggle = (/** @type {string} */ key) => setOff(off.includes(key) ? off.filter((one) => one !== key) : [...off, key]);
  return html`<div class="trend"><${Chart} weeks=${weeks} lines=${drawn.map((line, n) => ({ ...line, n })).filter((line) => !off.includes(line.key))} name=${name} />
    <div class="trend-legend" role="group" aria-label=${t("qa.lines")}>${drawn.map((line, n) => html`<button type="button" key=${line.key} class=${cls("trend-key", off.includes(line.key) && "off")} aria-pressed=${off.includes(line.key) ? "false" : "true"} onClick=${() => toggle(line.key)}><span class=${`trend-dot line-${n}`}></span>${name(line)}</button>`)}
      ${lines.length > most && html`<span class="sub">${t("qa.moreLines", { n: lines.length - most })}</span>`}</div></div>
    <div class="table-frame"><table class="table trend-table"><thead><tr><th scope="col">${t(`qaBy.${by}`)}</th>${weeks.map((week) => html`<th scope="col" class="number" key=${week}>${week.slice(5)}</th>`)}</tr></thead><tbody>
      ${lines.map((line) => html`<tr key=${line.key}><th scope="row">${name(line)}</th>${weeks.map((week) => {
        const point = line.points.get(week);
        return html`<td class="number" key=${week}>${point ? html`<a class="row-link" href=${link(line.key, week)} title=${t("qa.scoresOfWeek", { n: point.evaluations })}>${points(point.score)}</a>` : "–"}</td>`;
      })}</tr>`)}</tbody></table></div>`;
}

/** @param {{weeks: string[], lines: any[], name: (row: any) => string}} props */
function Chart({ weeks, lines, name }) {
  const scores = lines.flatMap((line) => [...line.points.values()].map((/** @type {any} */ point) => point.score)).filter((score) => score !== null);
  // Round numbers at the lines: 5, 10 or 20 points apart.
  const lowest = Math.min(100, ...scores);
  const apart = lowest >= 81 ? 5 : lowest >= 62 ? 10 : lowest >= 23 ? 20 : 25;
  const least = 100 - 4 * apart;
  const x = (/** @type {number} */ n) => left + (weeks.length > 1 ? (n * (wide - left - 24)) / (weeks.length - 1) : (wide - left) / 2);
  const y = (/** @type {number} */ score) => 10 + ((100 - score) * (high - below - 10)) / (100 - least);
  const steps = [0, 1, 2, 3, 4].map((n) => least + n * apart);
  const each = Math.ceil(weeks.length / 12);
  return html`<svg class="trend-chart" viewBox=${`0 0 ${wide} ${high}`} role="img" aria-label=${t("qa.trendLabel")}>
    ${steps.map((step) => html`<g key=${step}><line x1=${left} x2=${wide} y1=${y(step)} y2=${y(step)} class="trend-grid" /><text x=${left - 6} y=${y(step) + 4} text-anchor="end">${points(step)}</text></g>`)}
    ${weeks.map((week, n) => n % each === 0 && html`<text key=${week} x=${x(n)} y=${high - 6} text-anchor="middle">${week.slice(5)}</text>`)}
    ${lines.map((line) => {
      const known = weeks.map((week, n) => ({ n, week, point: line.points.get(week) })).filter((one) => one.point && one.point.score !== null);
      return html`<g key=${line.key} class=${`trend-line line-${line.n}`}><polyline points=${known.map((one) => `${x(one.n)},${y(one.point.score)}`).join(" ")} />
        ${known.map((one) => html`<circle key=${one.week} cx=${x(one.n)} cy=${y(one.point.score)} r="4"><title>${name(line)} · ${one.week} · ${points(one.point.score)} (${one.point.evaluations})</title></circle>`)}</g>`;
    })}</svg>`;
}
