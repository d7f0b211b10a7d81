/** Plans: how many calls of each agent and week, of which kind, how they are drawn. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

const strata = ["queue", "length", "outcome"];
const fresh = { per_agent: 3, strata: ["queue"], queues: [], teams: [], min_seconds: 30, max_seconds: null, min_silence: null, low_csat: false, complaint: false, new_days: null, blind: true, quota: 40, seed: 1 };

/** @param {{api: Api, forms: any[], queues: any[], mayEdit: boolean}} props */
export function Plans({ api, forms, queues, mayEdit }) {
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
      ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("qa.plan")}</th><th scope="col">${t("qa.form")}</th><th scope="col">${t("qa.draws")}</th><th scope="col" class="number">${t("qa.open")}</th><th scope="col" class="number">${t("qa.claimed")}</th><th scope="col" class="number">${t("qa.done")}</th><th></th></tr></thead><tbody>
        ${rows.map((/** @type {any} */ plan) => html`<tr key=${plan.id} class=${plan.active ? "" : "off"}><th scope="row" class="who">${plan.name}</th><td>${plan.form_name}</td><td>${t("qa.perAgent", { n: plan.rules.per_agent })}${plan.rules.blind && html`<span class="tag"><${Icon} name="mask" size=${13} />${t("qa.blindTag")}</span>`}${plan.rules.strata.map((/** @type {string} */ one) => html`<span class="tag" key=${one}>${t(`qaStratum.${one}`)}</span>`)}</td>
          <td class="number">${plan.open}</td><td class="number">${plan.claimed}</td><td class="number">${plan.done}</td>
          <td class="row-actions">${mayEdit && html`<button type="button" class="button small quiet-button" onClick=${() => setEditing(plan)}>${t("action.edit")}</button> <button type="button" class="button small" disabled=${draw.busy || !plan.active} onClick=${() => draw.run(plan)}><${Icon} name="flow" size=${15} />${t("qa.draw")}</button>`}</td></tr>`)}</tbody></table></div>`}<//>
    ${editing && html`<${Editor} plan=${editing} forms=${usable} queues=${queues} close=${() => setEditing(null)} save=${async (/** @type {any} */ body) => {
      await (editing.id ? api.put(`qa/plans/${editing.id}`, body) : api.post("qa/plans", body));
      setEditing(null);
      answer.again();
    }} />`}`;
}

/** @param {{plan: any, forms: any[], queues: any[], close: () => void, save: (body: any) => Promise<void>}} props */
function Editor({ plan, forms, queues, close, save }) {
  const [name, setName] = useState(plan.name);
  const [form, setForm] = useState(plan.form_id);
  const [active, setActive] = useState(plan.active);
  const [rules, setRules] = useState(plan.rules);
  const go = useAction(() => save({ name, form_id: Number(form), rules, active }));
  const put = (/** @type {string} */ key, /** @type {any} */ value) => setRules({ ...rules, [key]: value });
  const number = (/** @type {string} */ key, /** @type {string} */ label, least = 0) => html`<${Field} label=${t(label)}><input type="number" min=${least} step="1" value=${rules[key] ?? ""} onInput=${(/** @type {any} */ event) => put(key, event.target.value === "" ? null : Number(event.target.value))} /><//>`;
  const check = (/** @type {boolean} */ on, /** @type {string} */ label, /** @type {(on: boolean) => void} */ set) => html`<label class="check"><input type="checkbox" checked=${on} onChange=${() => set(!on)} /><span>${label}</span></label>`;
  const among = (/** @type {string} */ key, /** @type {string} */ value) => (rules[key].includes(value) ? rules[key].filter((/** @type {string} */ one) => one !== value) : [...rules[key], value]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go.run();
  };
  return html`<${Dialog} wide title=${plan.id ? plan.name : t("qa.newPlan")} close=${close}><form class="stack" onSubmit=${submit}><div class="qa-grid"><${Field} label=${t("qa.name")}><input required maxlength="100" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /><//>
      <${Field} label=${t("qa.form")}><select value=${String(form)} onChange=${(/** @type {any} */ event) => setForm(event.target.value)}>${forms.map((one) => html`<option key=${one.id} value=${String(one.id)}>${one.name}</option>`)}</select><//>
      ${number("per_agent", "qa.perAgentField", 1)}${number("quota", "qa.quota", 1)}${number("min_seconds", "qa.minSeconds")}${number("max_seconds", "qa.maxSeconds")}${number("min_silence", "qa.minSilence")}${number("new_days", "qa.newDays", 1)}${number("seed", "qa.seed")}</div>
    <div class="qa-grid"><${Field} label=${t("qa.strata")}><div class="checks">${strata.map((one) => check(rules.strata.includes(one), t(`qaStratum.${one}`), () => put("strata", among("strata", one))))}</div><//>
      <${Field} label=${t("qa.only")}><div class="checks">${check(rules.low_csat, t("qa.lowCsat"), (on) => put("low_csat", on))}${check(rules.complaint, t("qa.complaint"), (on) => put("complaint", on))}${check(rules.blind, t("qa.blindPlan"), (on) => put("blind", on))}${check(active, t("qa.active"), setActive)}</div><//>
      ${queues.length > 0 && html`<${Field} label=${t("qa.queues")}><div class="checks scope">${queues.map((one) => check(rules.queues.includes(one.name), one.label || one.name, () => put("queues", among("queues", one.name))))}</div><//>`}</div>
    <${Problem} error=${go.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${go.busy || !name.trim() || !rules.per_agent}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
