/** Plans: how many calls of each agent and week, of which kind, how they are drawn. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";
import { PlanEditor } from "./plan_editor.js";

/** @import { Api } from "../../core/api.js" */

const fresh = { per_agent: 3, strata: ["queue"], queues: [], teams: [], min_seconds: 30, max_seconds: null, min_silence: null, low_csat: false, csat_at_most: 2, complaint: false, new_days: null, blind: true, quota: 40, seed: 1, schedule: { day: 1, at: "06:00" } };

/** @param {{api: Api, forms: any[], queues: any[], teams: string[], mayEdit: boolean}} props */
export function Plans({ api, forms, queues, teams, mayEdit }) {
  const answer = useAnswer(() => api.get("qa/plans"), []);
  const [editing, setEditing] = useState(/** @type {any} */ (null));
  const [drawn, setDrawn] = useState("");
  const draw = useAction(async (/** @type {any} */ plan) => {
    const told = await api.post(`qa/plans/${plan.id}/draw`);
    setDrawn(t("qa.drew", { n: told.drawn, name: plan.name }));
    answer.again();
  });
  const usable = forms.filter((one) => one.version_id && !one.retired);
  const rows = answer.data?.items ?? [];
  const add = mayEdit && html`<button type="button" class="button small" disabled=${usable.length === 0} onClick=${() => setEditing({ name: "", form_id: usable[0]?.id, rules: fresh, active: true })}><${Icon} name="plus" size=${16} />${t("qa.newPlan")}</button>`;
  return html`<${Part} id="plans-title" title=${t("qaTab.plans")} action=${add}><${Problem} error=${answer.error || draw.error} again=${answer.again} />${drawn && html`<p class="problem good" role="status"><${Icon} name="check" size=${16} /><span>${drawn}</span></p>`}
      ${answer.data && rows.length === 0 && html`<${Empty} icon="flow" title=${t("qa.noPlans")} text=${usable.length ? t("qa.noPlansText") : t("qa.noFormsText")} />`}
      ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("qa.plan")}</th><th scope="col">${t("qa.form")}</th><th scope="col">${t("qa.draws")}</th><th scope="col">${t("qa.nextDraw")}</th><th scope="col" class="number">${t("qa.open")}</th><th scope="col" class="number">${t("qa.claimed")}</th><th scope="col" class="number">${t("qa.done")}</th><th></th></tr></thead><tbody>
        ${rows.map((/** @type {any} */ plan) => html`<tr key=${plan.id} class=${plan.active ? "" : "off"}><th scope="row" class="who">${plan.name}</th><td>${plan.form_name}</td><td>${t("qa.perAgent", { n: plan.rules.per_agent })}${plan.rules.blind && html`<span class="tag"><${Icon} name="mask" size=${13} />${t("qa.blindTag")}</span>`}${plan.rules.strata.map((/** @type {string} */ one) => html`<span class="tag" key=${one}>${t(`qaStratum.${one}`)}</span>`)}${plan.rules.low_csat && html`<span class="tag">${t("qa.lowCsat")}</span>`}${plan.rules.complaint && html`<span class="tag">${t("qa.complaint")}</span>`}${plan.rules.new_days && html`<span class="tag">${t("qa.newFor", { n: plan.rules.new_days })}</span>`}${plan.rules.min_silence && html`<span class="tag">${t("qa.silenceFrom", { n: plan.rules.min_silence })}</span>`}</td>
          <td>${plan.next_draw_at ? dateTime(plan.next_draw_at, siteZone.value) : html`<span class="sub">${t("qa.byButton")}</span>`}${plan.last_draw_at && html`<span class="sub">${t("qa.lastDraw", { at: dateTime(plan.last_draw_at, siteZone.value), n: plan.last_drawn })}</span>`}</td><td class="number">${plan.open}</td><td class="number">${plan.claimed}</td><td class="number">${plan.done}</td>
          <td class="row-actions">${mayEdit && html`<button type="button" class="button small quiet-button" onClick=${() => setEditing(plan)}>${t("action.edit")}</button> <button type="button" class="button small" disabled=${draw.busy || !plan.active} onClick=${() => draw.run(plan)}><${Icon} name="flow" size=${15} />${t("qa.draw")}</button>`}</td></tr>`)}</tbody></table></div>`}<//>
    ${editing && html`<${PlanEditor} plan=${editing} forms=${usable} queues=${queues} teams=${[...new Set([...teams, ...editing.rules.teams])]} close=${() => setEditing(null)} save=${async (/** @type {any} */ body) => {
      await (editing.id ? api.put(`qa/plans/${editing.id}`, body) : api.post("qa/plans", body));
      setEditing(null);
      answer.again();
    }} />`}`;
}
