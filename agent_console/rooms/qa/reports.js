/** Reports of quality: scores, their trend, what graders did, what was recorded. Each line leads to what it counts. */

import { queryString } from "../../core/api.js";
import { language, t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { day, fromLocal, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";
import { drill, reportNames, reportOf, shown } from "./report_columns.js";
import { Trend } from "./trend.js";

/** @import { Api } from "../../core/api.js" */

/** @type {Record<string, string>} */
const icons = { scores: "checkCircle", trend: "board", graders: "users", recordings: "mic" };
const later = (/** @type {string} */ text, /** @type {number} */ days) => new Date(Date.parse(`${text}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const moment = (/** @type {string} */ text, days = 0) => fromLocal(later(text, days), siteZone.value);

/** @param {{api: Api, queueLabels: Map<string, string>, forms: any[]}} props */
export function Reports({ api, queueLabels, forms }) {
  const now = Date.now() / 1000;
  const [report, setReport] = useState("scores");
  const [over, setOver] = useState("agent");
  const [form, setForm] = useState("");
  const [from, setFrom] = useState(day(now - 27 * 86_400, siteZone.value));
  const [to, setTo] = useState(day(now, siteZone.value));
  const what = reportOf(report);
  const by = what.by.includes(over) ? over : what.by[0] ?? "agent";
  const formed = report === "scores" || report === "trend";
  const query = { from: moment(from), to: moment(to, 1), ...(report === "graders" ? {} : { by }), ...(formed && form ? { form_id: form } : {}) };
  const answer = useAnswer(async () => ({ report, by, rows: (await api.get(what.path, query)).items }), [report, by, from, to, form]);
  // While another report is on its way the one before is not shown under its head.
  const rows = answer.data?.report === report && answer.data.by === by ? answer.data.rows : null;
  const file = (/** @type {string} */ format) => html`<a class=${cls("button small", !rows?.length && "off")} href=${`/api/v1/qa/reports/file${queryString({ ...query, report, by, format, language: language.value })}`} download><${Icon} name="download" size=${16} />${format.toUpperCase()}</a>`;
  const name = (/** @type {any} */ row) => (by === "queue" ? queueLabels.get(row.key) || row.key : row.label) || t("qa.none");
  const link = (/** @type {string} */ key, week = by === "week" ? key : "") => (week
    ? drill(report, by, key, { from: moment(week), to: moment(week, 7) }, { from: week, to: later(week, 6) })
    : drill(report, by, key, { from: query.from, to: query.to }, { from, to }));
  return html`<div class="qa-filters panel"><div class="switch report-switch" role="group" aria-label=${t("qaTab.reports")}>${reportNames.map((one) => html`<button type="button" key=${one} class=${cls("switch-part", one === report && "on")} aria-pressed=${one === report ? "true" : "false"} onClick=${() => setReport(one)}><${Icon} name=${icons[one] ?? "board"} size=${15} />${t(`qaReport.${one}`)}</button>`)}</div>
      ${what.by.length > 1 && html`<${Field} label=${t("qa.by")}><select value=${by} onChange=${(/** @type {any} */ event) => setOver(event.target.value)}>${what.by.map((one) => html`<option key=${one} value=${one}>${t(`qaBy.${one}`)}</option>`)}</select><//>`}
      ${formed && html`<${Field} label=${t("qa.form")}><select value=${form} onChange=${(/** @type {any} */ event) => setForm(event.target.value)}><option value="">${t("filter.all")}</option>${forms.map((one) => html`<option key=${one.id} value=${String(one.id)}>${one.name}</option>`)}</select><//>`}
      <${Field} label=${t("filter.from")}><input type="date" required value=${from} max=${to} onInput=${(/** @type {any} */ event) => event.target.value && setFrom(event.target.value)} /><//><${Field} label=${t("filter.to")}><input type="date" required value=${to} min=${from} onInput=${(/** @type {any} */ event) => event.target.value && setTo(event.target.value)} /><//></div>
    <${Part} id="reports-title" title=${t(`qaReport.${report}`)} action=${html`<span class="one-line">${file("csv")}${file("xlsx")}${file("pdf")}</span>`}><${Problem} error=${answer.error} again=${answer.again} />${!rows && answer.busy && html`<${Loading} />`}
      ${rows?.length === 0 && html`<${Empty} icon="board" title=${t("qa.noFigures")} text=${t("qa.noFiguresText")} />`}
      ${rows?.length > 0 && (report === "trend" ? html`<${Trend} key=${by} rows=${rows} by=${by} name=${name} link=${link} />` : html`<${Lines} rows=${rows} by=${by} columns=${what.columns} name=${name} link=${link} />`)}
      <p class="definition">${t(`qaMeaning.${report}`)}</p><//>`;
}

/** @param {{rows: any[], by: string, columns: import("./report_columns.js").Column[], name: (row: any) => string, link: (key: string) => string}} props */
function Lines({ rows, by, columns, name, link }) {
  return html`<div class="table-frame"><table class="table report-table"><thead><tr><th scope="col">${t(`qaBy.${by}`)}</th>${columns.map(([key, text, kind]) => html`<th scope="col" key=${key} class=${cls(kind !== "bar" && kind !== "coverage" && "number")}>${t(text)}</th>`)}</tr></thead><tbody>
    ${rows.map((row) => html`<tr key=${row.key}><th scope="row">${link(row.key) ? html`<a class="row-link" href=${link(row.key)}>${name(row)}</a>` : name(row)}</th>${columns.map(([key, , kind]) => (kind === "bar" || kind === "coverage"
      ? html`<td key=${key}><span class="score-bar"><meter min="0" max=${kind === "bar" ? 100 : 1} value=${row[key] ?? 0} aria-label=${name(row)}></meter><b>${kind === "bar" ? points(row[key]) : shown(row[key], kind)}</b></span></td>`
      : html`<td key=${key} class="number">${shown(row[key], kind)}</td>`))}</tr>`)}</tbody></table></div>`;
}
