/** The scores within one's scope: filters, pages, CSV. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Paging } from "../../ui/table.js";
import { Part, ScoreMark, StateTag, agentOf, keep } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, given: Record<string, string>, agents: any[], queues: any[], forms: any[]}} props `given`: filters of the address */
export function ScoreList({ api, given, agents, queues, forms }) {
  const [filters, setFilters] = useState(given);
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const key = JSON.stringify(filters);
  useEffect(() => setFilters(given), [JSON.stringify(given)]);
  useEffect(() => setCursors([]), [key]);
  const answer = useAnswer(() => api.get("qa/evaluations", { ...filters, cursor: cursors[cursors.length - 1] }), [key, cursors.join()]);
  const save = useAction(async () => keep(await api.csv("qa/evaluations", filters), "evaluations.csv"));
  const select = (/** @type {string} */ name, /** @type {[string, string][]} */ options) => html`<select value=${filters[name] ?? ""} onChange=${(/** @type {any} */ event) => setFilters({ ...filters, [name]: event.target.value })}><option value="">${t("filter.all")}</option>${options.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select>`;
  const rows = answer.data?.items ?? [];
  const next = answer.data?.next_cursor;
  // Graders may not list the agents: those on the page are offered too.
  const known = new Map([...agents.map((one) => [String(one.user_id), one.name]), ...rows.filter((/** @type {any} */ row) => row.agent_id).map((/** @type {any} */ row) => [String(row.agent_id), row.agent_name])]);
  const extra = ["team", "question", "grader_id", "from", "purpose"].filter((name) => filters[name]);
  return html`<div class="qa-filters panel"><${Field} label=${t("qa.agent")}>${select("agent_id", [...known])}<//><${Field} label=${t("qa.queue")}>${select("queue", queues.map((one) => [one.name, one.label || one.name]))}<//>
      <${Field} label=${t("qa.form")}>${select("form_id", forms.map((one) => [String(one.id), one.name]))}<//><${Field} label=${t("qa.state")}>${select("state", ["draft", "submitted", "disputed", "acknowledged"].map((one) => [one, t(`qaState.${one}`)]))}<//>
      ${extra.length > 0 && html`<button type="button" class="button small" onClick=${() => setFilters({})}><${Icon} name="close" size=${14} />${t("qa.drilled")}</button>`}</div>
    <${Part} id="scores-title" title=${t("qaTab.scores")} action=${html`<button type="button" class="button small" disabled=${rows.length === 0 || save.busy} onClick=${() => save.run()}><${Icon} name="download" size=${16} />CSV</button>`}>
      <${Problem} error=${answer.error || save.error} again=${answer.again} />${!answer.data && answer.busy && html`<${Loading} />`}
      ${answer.data && rows.length === 0 && html`<${Empty} icon="checkCircle" title=${t("qa.noScores")} text=${t("qa.noScoresText")} />`}
      ${rows.length > 0 && html`<${ScoreTable} rows=${rows} />`}
      ${(cursors.length > 0 || next) && html`<${Paging} first=${cursors.length === 0} next=${Boolean(next)} busy=${answer.busy} page=${cursors.length + 1} back=${() => setCursors(cursors.slice(0, -1))} on=${() => setCursors([...cursors, next])} />`}<//>`;
}

/** @param {{rows: any[], own?: boolean}} props */
export function ScoreTable({ rows, own }) {
  return html`<div class="table-frame"><table class="table call-table"><thead><tr><th scope="col">${t("qa.when")}</th><th scope="col">${own ? t("qa.form") : t("qa.agent")}</th>${!own && html`<th scope="col">${t("qa.queue")}</th>`}<th scope="col" class="number">${t("qa.score")}</th><th scope="col">${t("qa.state")}</th><th scope="col">${t("qa.grader")}</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.id}><td><a class="row-link" href=${`#evaluation=${row.id}`}>${dateTime(row.submitted_at ?? row.created_at, siteZone.value)}</a></td>
      <th scope="row"><span class="who">${own ? row.form_name : agentOf(row)}</span>${row.team && !own && html`<span class="sub">${row.team}</span>`}${own && !row.seen_at && html`<span class="tag qa-new">${t("qa.new")}</span>`}</th>
      ${!own && html`<td>${row.queue ?? "–"}</td>`}<td class="number">${row.state === "draft" ? "–" : html`<${ScoreMark} row=${row} />`}</td>
      <td><${StateTag} state=${row.state} />${row.purpose === "recheck" && html`<span class="tag">${t("qaPurpose.recheck")}</span>`}</td><td>${row.grader_name}</td></tr>`)}</tbody></table></div>`;
}
