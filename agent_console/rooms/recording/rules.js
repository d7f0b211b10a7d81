/** Which calls are recorded, how long recordings are kept, and how their filing stands. */

import { t, word } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Forecast } from "./forecast.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{scope: string, name: string, mode: string, share: number | null}} Rule */
/** @typedef {{scope: string, name: string, days: number}} Keep */

/** @param {{api: Api}} props */
export function RecordingRules({ api }) {
  const rules = useAnswer(() => api.get("recordings/rules"), []);
  const lists = useAnswer(async () => ({ queues: (await api.get("queues")).items, agents: (await api.get("agents")).items, intake: await api.get("recordings/intake") }), []);
  if (rules.error || lists.error) return html`<${Problem} error=${rules.error || lists.error} again=${() => { rules.again(); lists.again(); }} />`;
  if (!rules.data || !lists.data) return html`<${Loading} />`;
  return html`<div class="stack"><${Intake} intake=${lists.data.intake} /><${Forecast} api=${api} labels=${new Map(lists.data.queues.map((/** @type {any} */ one) => [one.name, one.label]))} /><${Editor} api=${api} given=${rules.data} queues=${lists.data.queues} agents=${lists.data.agents} /></div>`;
}

/** @param {{intake: any}} props */
function Intake({ intake }) {
  const failed = Object.entries(intake.failed);
  return html`<section class="panel" aria-labelledby="intake-title"><div class="panel-head"><h2 id="intake-title">${t("recordings.intake")}</h2></div>
    <dl class="facts figure-facts rule-facts"><div><dt>${t("recordings.waiting")}</dt><dd>${intake.waiting}${intake.waiting > 0 && ` · ${duration(intake.oldest_seconds)}`}</dd></div>
      <div><dt>${t("recordings.filed")}</dt><dd>${intake.filed}</dd></div><div><dt>${t("recordings.free")}</dt><dd>${intake.free_mb === null ? "–" : `${intake.free_mb} MB`}</dd></div></dl>
    ${failed.map(([reason, n]) => html`<p class="problem mild" key=${reason}><${Icon} name="unplug" size=${16} /><span>${word("recordingReason", reason)} × ${n}</span></p>`)}</section>`;
}

/** @param {{api: Api, given: {record: Rule[], keep: Keep[], keep_days: number}, queues: any[], agents: any[]}} props */
function Editor({ api, given, queues, agents }) {
  const [record, setRecord] = useState(given.record);
  const [keep, setKeep] = useState(given.keep);
  const [saved, setSaved] = useState(false);
  const save = useAction(async () => {
    const done = await api.put("recordings/rules", { record, keep });
    setRecord(done.record);
    setKeep(done.keep);
    setSaved(true);
  });
  /** @template T @param {T[]} list @param {number} n @param {Partial<T>} part @returns {T[]} */
  const put = (list, n, part) => list.map((one, at) => (at === n ? { ...one, ...part } : one));
  const choice = (/** @type {string} */ value, /** @type {string} */ label, /** @type {[string, string][]} */ options, /** @type {(value: string) => void} */ change) => html`<select aria-label=${label} value=${value} onChange=${(/** @type {any} */ event) => { setSaved(false); change(event.target.value); }}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}</select>`;
  const names = (/** @type {{scope: string, name: string}} */ rule, /** @type {(name: string) => void} */ change) => {
    const label = t("recordings.ruleFor");
    if (rule.scope === "site") return t("recordings.allCalls");
    if (rule.scope === "queue") return choice(rule.name, label, [["", "–"], ...queues.map((one) => /** @type {[string, string]} */ ([one.name, one.label || one.name]))], change);
    if (rule.scope === "agent") return choice(rule.name, label, [["", "–"], ...agents.map((one) => /** @type {[string, string]} */ ([String(one.user_id), one.name]))], change);
    if (rule.scope === "direction") return choice(rule.name, label, [["", "–"], ["inbound", t("direction.inbound")], ["outbound", t("direction.outbound")]], change);
    return html`<input value=${rule.name} maxlength="40" aria-label=${label} onInput=${(/** @type {any} */ event) => change(event.target.value)} />`;
  };
  const scopes = (/** @type {string[]} */ list) => list.map((scope) => /** @type {[string, string]} */ ([scope, t(`recordingScope.${scope}`)]));
  const modes = ["all", "share", "demand", "never"].map((mode) => /** @type {[string, string]} */ ([mode, t(`recordingMode.${mode}`)]));
  const remove = (/** @type {() => void} */ act) => html`<td class="row-actions"><button type="button" class="icon-button" onClick=${act}><${Icon} name="close" size=${16} label=${t("recordings.removeRule")} /></button></td>`;
  const head = (/** @type {string} */ last) => html`<thead><tr><th scope="col">${t("recordings.ruleScope")}</th><th scope="col">${t("recordings.ruleFor")}</th><th scope="col">${last}</th><th></th></tr></thead>`;
  return html`<form class="panel" aria-label=${t("admin.recording")} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); save.run(); }}>
    <div class="panel-head"><h2>${t("recordings.recordRules")}</h2><span class="panel-note">${t("recordings.recordRulesNote")}</span></div>
    <div class="table-frame"><table class="table rule-table">${head(t("recordings.ruleMode"))}<tbody>${record.map((rule, n) => html`<tr key=${n}>
      <td>${choice(rule.scope, t("recordings.ruleScope"), scopes(["site", "direction", "queue", "agent", "did"]), (scope) => setRecord(put(record, n, { scope, name: "" })))}</td>
      <td>${names(rule, (name) => setRecord(put(record, n, { name })))}</td>
      <td><span class="range">${choice(rule.mode, t("recordings.ruleMode"), modes, (mode) => setRecord(put(record, n, { mode, share: mode === "share" ? 0.1 : null })))}
        ${rule.mode === "share" && html`<input type="number" min="0" max="100" aria-label=${t("recordings.percent")} value=${Math.round((rule.share ?? 0) * 100)} onInput=${(/** @type {any} */ event) => setRecord(put(record, n, { share: Number(event.target.value) / 100 }))} /><span>%</span>`}</span></td>
      ${remove(() => setRecord(record.filter((_, at) => at !== n)))}</tr>`)}</tbody></table></div>
    <p class="panel-line"><button type="button" class="button small" onClick=${() => setRecord([...record, { scope: "queue", name: "", mode: "all", share: null }])}><${Icon} name="plus" size=${16} />${t("recordings.addRule")}</button></p>
    <div class="panel-head"><h2>${t("recordings.keepRules")}</h2><span class="panel-note">${t("recordings.keepRulesNote", { n: given.keep_days })}</span></div>
    <div class="table-frame"><table class="table rule-table">${head(t("recordings.days"))}<tbody>${keep.map((rule, n) => html`<tr key=${n}>
      <td>${choice(rule.scope, t("recordings.ruleScope"), scopes(["site", "direction", "queue"]), (scope) => setKeep(put(keep, n, { scope, name: "" })))}</td>
      <td>${names(rule, (name) => setKeep(put(keep, n, { name })))}</td>
      <td><input type="number" min="1" max="36500" aria-label=${t("recordings.days")} value=${rule.days} onInput=${(/** @type {any} */ event) => setKeep(put(keep, n, { days: Number(event.target.value) }))} /></td>
      ${remove(() => setKeep(keep.filter((_, at) => at !== n)))}</tr>`)}</tbody></table></div>
    <p class="panel-line"><button type="button" class="button small" onClick=${() => setKeep([...keep, { scope: "queue", name: "", days: given.keep_days }])}><${Icon} name="plus" size=${16} />${t("recordings.addRule")}</button></p>
    <${Problem} error=${save.error} />
    <div class="panel-line form-end"><button type="submit" class="button primary" disabled=${save.busy}>${t("action.save")}</button>${saved && !save.busy && html`<span class="form-state"><${Icon} name="check" size=${16} />${t("recordings.saved")}</span>`}</div></form>`;
}
