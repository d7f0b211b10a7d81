/** One plan while it is made: which calls, how many, when it draws. */

import { t } from "../../core/i18n.js";
import { siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

const strata = ["queue", "length", "outcome"];
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** @param {{plan: any, forms: any[], queues: any[], teams: string[], close: () => void, save: (body: any) => Promise<void>}} props */
export function PlanEditor({ plan, forms, queues, teams, close, save }) {
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
      ${number("per_agent", "qa.perAgentField", 1)}${number("quota", "qa.quota", 1)}${number("min_seconds", "qa.minSeconds")}${number("max_seconds", "qa.maxSeconds")}${number("min_silence", "qa.minSilence")}${number("new_days", "qa.newDays", 1)}${number("seed", "qa.seed")}
      <${Field} label=${t("qa.drawsOn")}><select value=${rules.schedule ? String(rules.schedule.day) : ""} onChange=${(/** @type {any} */ event) => put("schedule", event.target.value ? { at: "06:00", ...rules.schedule, day: Number(event.target.value) } : null)}><option value="">${t("qa.byButton")}</option>${days.map((one, n) => html`<option key=${one} value=${String(n + 1)}>${t(`flows.weekday.${one}`)}</option>`)}</select><//>
      ${rules.schedule && html`<${Field} label=${t("qa.drawsAt")} hint=${siteZone.value}><input type="time" required value=${rules.schedule.at} onInput=${(/** @type {any} */ event) => event.target.value && put("schedule", { ...rules.schedule, at: event.target.value.slice(0, 5) })} /><//>`}
      ${rules.low_csat && html`<${Field} label=${t("qa.csatAtMost")} hint=${t("qa.csatHint")}><input type="number" min="1" max="4" step="1" required value=${rules.csat_at_most} onInput=${(/** @type {any} */ event) => put("csat_at_most", Number(event.target.value) || 2)} /><//>`}</div>
    <div class="qa-grid"><${Field} label=${t("qa.strata")}><div class="checks">${strata.map((one) => check(rules.strata.includes(one), t(`qaStratum.${one}`), () => put("strata", among("strata", one))))}</div><//>
      <${Field} label=${t("qa.only")}><div class="checks">${check(rules.low_csat, t("qa.lowCsat"), (on) => put("low_csat", on))}${check(rules.complaint, t("qa.complaint"), (on) => put("complaint", on))}${check(rules.blind, t("qa.blindPlan"), (on) => put("blind", on))}${check(active, t("qa.active"), setActive)}</div><//>
      ${queues.length > 0 && html`<${Field} label=${t("qa.queues")}><div class="checks scope">${queues.map((one) => check(rules.queues.includes(one.name), one.label || one.name, () => put("queues", among("queues", one.name))))}</div><//>`}
      ${teams.length > 0 && html`<${Field} label=${t("qa.teams")}><div class="checks scope">${teams.map((one) => check(rules.teams.includes(one), one, () => put("teams", among("teams", one))))}</div><//>`}</div>
    <${Problem} error=${go.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${go.busy || !name.trim() || !rules.per_agent}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
