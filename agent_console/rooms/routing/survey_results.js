/** What callers answered: CSAT and NPS of a time, by survey, queue or agent. */

import { percent } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Empty, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { SurveyResult } from "../../core/work_shapes.js" */

const DAY = 86_400;

/** @param {{api: Api}} props */
export function SurveyResults({ api }) {
  const [by, setBy] = useState("queue");
  const [days, setDays] = useState(30);
  const answer = useAnswer(() => api.get("survey-results", { by, from: Math.floor(Date.now() / 1000) - days * DAY }), [by, days]);
  const items = /** @type {SurveyResult[]} */ (answer.data?.items ?? []);
  const score = (/** @type {SurveyResult} */ one) => (one.score === null ? "–" : one.kind === "csat" ? percent(one.score) : `${one.score > 0 ? "+" : ""}${Math.round(one.score)}`);
  return html`<section class="panel survey-results" aria-labelledby="survey-results-title"><div class="panel-head"><h2 id="survey-results-title">${t("survey.results")}</h2><span class="panel-note">${t("survey.formulas")}</span></div>
    <div class="form-row panel-filters"><label class="field"><span>${t("survey.by")}</span><select value=${by} onChange=${(/** @type {any} */ e) => setBy(e.target.value)}>${["survey", "queue", "agent"].map((one) => html`<option key=${one} value=${one}>${t(`surveyBy.${one}`)}</option>`)}</select></label>
      <label class="field"><span>${t("survey.period")}</span><select value=${days} onChange=${(/** @type {any} */ e) => setDays(Number(e.target.value))}>${[1, 7, 30, 90, 365].map((one) => html`<option key=${one} value=${one}>${t("survey.days", { n: one })}</option>`)}</select></label></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    ${answer.data && items.length === 0 && html`<${Empty} icon="star" title=${t("survey.noAnswers")} text=${t("survey.noAnswersText")} />`}
    ${items.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t(`surveyBy.${by}`)}</th><th scope="col">${t("survey.name")}</th><th scope="col" class="number">${t("survey.asked")}</th><th scope="col" class="number">${t("survey.answered")}</th><th scope="col" class="number">${t("survey.mean")}</th><th scope="col" class="number">${t("survey.score")}</th></tr></thead>
      <tbody>${items.map((one) => html`<tr key=${[one.survey, one.kind, one.queue, one.user_id].join("/")}><th scope="row">${(by === "queue" ? one.queue : by === "agent" ? one.name : one.survey) || "–"}</th><td>${one.survey}</td><td class="number">${one.asked}<span class="sub">${one.calls ? t("survey.ofCalls", { share: percent(one.asked / one.calls), n: one.calls }) : ""}</span></td><td class="number">${one.answered}<span class="sub">${one.asked ? percent(one.answered / one.asked) : ""}</span></td><td class="number">${one.mean === null ? "–" : one.mean.toFixed(2)}</td><td class="number"><b>${score(one)}</b><span class="sub">${t(`surveyKind.${one.kind}`)}</span></td></tr>`)}</tbody></table></div>`}
  </section>`;
}
