/** Surveys after the call, for admins: what is asked, of how many, and the results. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAnswer } from "../../ui/parts.js";
import { SurveyDialog } from "./survey_form.js";
import { SurveyResults } from "./survey_results.js";

/** @import { Api } from "../../core/api.js" */
/** @import { SurveyItem } from "../../core/work_shapes.js" */

/** @type {SurveyItem} */
const EMPTY = { key: "", revision: 0, changed_by_name: "", changed_at: 0, survey: { title: "", share: 100, queues: {}, active: true, questions: [{ kind: "csat", label: "", timeout_seconds: 6, speech: [{ say: "text", text: { "zh-CN": "", en: "" } }] }] } };

/** @param {{api: Api}} props */
export function Surveys({ api }) {
  const answer = useAnswer(() => api.get("surveys"), []);
  const [chosen, setChosen] = useState(/** @type {SurveyItem | null} */ (null));
  const items = /** @type {SurveyItem[]} */ (answer.data?.items ?? []);
  const saved = () => {
    setChosen(null);
    answer.again();
  };
  return html`<div class="stack"><section class="panel" aria-labelledby="surveys-title"><div class="panel-head"><h2 id="surveys-title">${t("survey.title")}</h2><span class="panel-note">${t("survey.hint")}</span>
      <button type="button" class="button small primary" onClick=${() => setChosen(EMPTY)}><${Icon} name="plus" size=${15} />${t("survey.add")}</button></div>
      ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
      ${!answer.data && answer.busy ? html`<${Loading} />` : null}
      ${answer.data && items.length === 0 && html`<${Empty} icon="star" title=${t("survey.none")} text=${t("survey.noneText")} />`}
      ${items.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("survey.name")}</th><th scope="col">${t("survey.questions")}</th><th scope="col" class="number">${t("survey.share")}</th><th scope="col">${t("survey.changed")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
        <tbody>${items.map((one) => html`<tr key=${one.key} class=${one.survey.active ? undefined : "off"}><th scope="row"><span class="who">${one.survey.title}</span><span class="sub">${one.key}</span></th>
          <td>${one.survey.questions.map((question, n) => html`<span key=${n} class="tag">${t(`surveyKind.${question.kind}`)}</span>`)}${!one.survey.active && html`<span class="tag draft">${t("survey.off")}</span>`}</td>
          <td class="number">${one.survey.share} %</td><td>${dateTime(one.changed_at, siteZone.value)}<span class="sub">${one.changed_by_name}</span></td>
          <td class="row-actions"><button type="button" class="button small" aria-label=${`${t("action.edit")} ${one.survey.title}`} onClick=${() => setChosen(one)}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    </section><${SurveyResults} api=${api} />
    ${chosen && html`<${SurveyDialog} api=${api} item=${chosen} close=${() => setChosen(null)} onSaved=${saved} />`}</div>`;
}
