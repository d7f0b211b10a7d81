/** Figures of quality over agents, teams, queues, graders, forms, questions and weeks; each line leads to its scores. */

import { percent } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { day, fromLocal, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part, keep } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

const groups = ["agent", "team", "queue", "grader", "form", "question", "week"];
/** @type {Record<string, string>} */
const filterOf = { agent: "agent_id", team: "team", queue: "queue", grader: "grader_id", form: "form_id", question: "question" };
const moment = (/** @type {string} */ text, days = 0) => fromLocal(new Date(Date.parse(`${text}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10), siteZone.value);

/** @param {{api: Api, queueLabels: Map<string, string>}} props */
export function Reports({ api, queueLabels }) {
  const now = Date.now() / 1000;
  const [by, setBy] = useState("agent");
  const [from, setFrom] = useState(day(now - 27 * 86_400, siteZone.value));
  const [to, setTo] = useState(day(now, siteZone.value));
  const query = { by, from: moment(from), to: moment(to, 1) };
  const answer = useAnswer(() => api.get("qa/reports", query), [by, from, to]);
  const save = useAction(async () => keep(await api.csv("qa/reports", query), `quality-by-${by}.csv`));
  const rows = answer.data?.items ?? [];
  const drill = (/** @type {any} */ row) => {
    // What the line counts: first scores, not their re-checks.
    const span = by === "week" ? { from: String(moment(row.key)), to: String(moment(row.key, 7)) } : { from: String(query.from), to: String(query.to), ...(row.key ? { [filterOf[by] ?? by]: row.key } : {}) };
    return `#scores&${new URLSearchParams({ ...span, purpose: "score" })}`;
  };
  const name = (/** @type {any} */ row) => (by === "queue" ? queueLabels.get(row.key) || row.key : row.label) || t("qa.none");
  return html`<div class="qa-filters panel"><${Field} label=${t("qa.by")}><select value=${by} onChange=${(/** @type {any} */ event) => setBy(event.target.value)}>${groups.map((one) => html`<option key=${one} value=${one}>${t(`qaBy.${one}`)}</option>`)}</select><//><${Field} label=${t("filter.from")}><input type="date" required value=${from} max=${to} onInput=${(/** @type {any} */ event) => event.target.value && setFrom(event.target.value)} /><//><${Field} label=${t("filter.to")}><input type="date" required value=${to} min=${from} onInput=${(/** @type {any} */ event) => event.target.value && setTo(event.target.value)} /><//></div>
    <${Part} id="reports-title" title=${t(`qaBy.${by}`)} action=${html`<button type="button" class="button small" disabled=${rows.length === 0 || save.busy} onClick=${() => save.run()}><${Icon} name="download" size=${16} />CSV</button>`}><${Problem} error=${answer.error || save.error} again=${answer.again} />${!answer.data && answer.busy && html`<${Loading} />`}
      ${answer.data && rows.length === 0 && html`<${Empty} icon="board" title=${t("qa.noFigures")} text=${t("qa.noFiguresText")} />`}
      ${rows.length > 0 && html`<div class="table-frame"><table class="table call-table"><thead><tr><th scope="col">${t(`qaBy.${by}`)}</th><th scope="col" class="number">${t("qa.evaluations")}</th><th scope="col">${t("qa.meanScore")}</th><th scope="col" class="number">${t("qa.lowest")}</th><th scope="col" class="number">${t("qa.failRate")}</th><th scope="col" class="number">${t("qa.disputeRate")}</th><th scope="col" class="number">${t("qa.changeRate")}</th><th scope="col" class="number">${t("qa.ackRate")}</th></tr></thead><tbody>
        ${rows.map((/** @type {any} */ row) => html`<tr key=${row.key}><th scope="row"><a class="row-link" href=${drill(row)}>${name(row)}</a></th><td class="number">${row.evaluations}</td><td><span class="score-bar"><meter min="0" max="100" value=${row.score ?? 0} aria-label=${name(row)}></meter><b>${points(row.score)}</b></span></td><td class="number">${points(row.lowest)}</td><td class="number">${percent(row.failed)}</td><td class="number">${percent(row.disputed)}</td><td class="number">${percent(row.changed)}</td><td class="number">${percent(row.acknowledged)}</td></tr>`)}</tbody></table></div>`}
      <p class="definition">${t("qa.definition")}</p><//>`;
}
