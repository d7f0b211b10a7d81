/** The rules of one queue as a form. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

const valueTiers = ["top1", "next4", "next15", "rest"];
const strategies = ["longestIdle", "leastOccupied", "skillBased"];
const whens = ["wait", "length", "noAgent"];
const tos = ["queue", "voicemail", "callback", "message"];
const preferSteps = Array.from({ length: 12 }, (_, n) => (n + 1) * 5);

/** @param {{api: Api, rules: any, queues: string[], close: () => void, onSaved: (rules: any) => void}} props */
export function RulesDialog({ api, rules, queues, close, onSaved }) {
  const [form, setForm] = useState({ ...rules.policy, tierRows: Object.entries(rules.policy.tiers.add), skillText: rules.policy.skills.join(", ") });
  const put = (/** @type {object} */ part) => setForm({ ...form, ...part });
  const save = useAction(async () => onSaved(await api.put(`queue-policies/${encodeURIComponent(rules.pbx)}/${encodeURIComponent(rules.queue)}`, { version: rules.version, policy: policyOf(form) })));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  const others = queues.filter((name) => name !== rules.queue);
  return html`<${Dialog} wide title=${t("queueRules.of", { queue: rules.queue })} close=${close}><form class="stack" onSubmit=${submit}>
    <label class="check"><input type="checkbox" checked=${form.active} onChange=${(/** @type {any} */ e) => put({ active: e.target.checked })} /><span>${t("queueRules.active")}<small>${t("queueRules.activeHint")}</small></span></label>
    <${Order} form=${form} put=${put} />
    <${Ring} form=${form} put=${put} />
    <${OverflowRows} form=${form} put=${put} others=${others} />
    <fieldset class="rule-part"><legend>${t("queueRules.first")}</legend><div class="rule-row">
      ${choice(t("queueRules.prefer"), form.prefer, ["nobody", "lastAgent", "owner"], (name) => t(`prefer.${name}`), (value) => put({ prefer: value, prefer_seconds: value === "nobody" ? 0 : form.prefer_seconds || 15 }))}
      ${form.prefer !== "nobody" && choice(t("queueRules.seconds"), String(form.prefer_seconds), preferSteps.map(String), (name) => name, (value) => put({ prefer_seconds: Number(value) }))}</div></fieldset>
    <${ChoiceRows} form=${form} put=${put} others=${others} />
    <fieldset class="rule-part"><legend>${t("queueRules.levelTitle")}</legend><div class="rule-row">
      ${perhaps(t("queueRules.levelSeconds"), form.service_seconds, 3600, (value) => put({ service_seconds: value }))}${perhaps(t("queueRules.levelTarget"), form.service_target === null ? null : Math.round(form.service_target * 100), 100, (value) => put({ service_target: value === null ? null : value / 100 }))}</div></fieldset>
    <label class="check"><input type="checkbox" checked=${form.announce_wait} onChange=${(/** @type {any} */ e) => put({ announce_wait: e.target.checked })} /><span>${t("queueRules.announce")}<small>${t("queueRules.announceHint")}</small></span></label>
    <${Problem} error=${save.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${save.busy}>${save.busy ? t("action.saving") : t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.close")}</button><span class="quiet">${t("queueRules.atOnce")}</span></div>
  </form><//>`;
}

/** The form as the server takes it. @param {any} form */
export function policyOf(form) {
  const { tierRows, skillText, ...policy } = form;
  const rows = tierRows.filter((/** @type {[string, number]} */ [name, add]) => name.trim() && add > 0);
  const skills = skillText.split(/[,，、]/).map((/** @type {string} */ name) => name.trim()).filter(Boolean);
  return { ...policy, skills, tiers: { ...policy.tiers, add: Object.fromEntries(rows.map((/** @type {[string, number]} */ [name, add]) => [name.trim(), add])) } };
}

/** @param {string} label @param {string} value @param {string[]} all @param {(name: string) => string} text @param {(value: string) => void} chosen */
function choice(label, value, all, text, chosen) {
  return html`<${Field} label=${label}><select value=${value} onChange=${(/** @type {any} */ e) => chosen(e.target.value)}>${all.map((name) => html`<option key=${name} value=${name}>${text(name)}</option>`)}</select><//>`;
}

/** A number that may be left out. @param {string} label @param {number | null} value @param {number} max @param {(value: number | null) => void} put */
function perhaps(label, value, max, put) {
  return html`<${Field} label=${label} hint=${t("queueRules.levelHint")}><input type="number" min="1" max=${max} value=${value ?? ""} onInput=${(/** @type {any} */ e) => put(e.target.value === "" ? null : Number(e.target.value))} /><//>`;
}

/** @param {string} label @param {number} value @param {number} min @param {number} max @param {(value: number) => void} put */
function number(label, value, min, max, put) {
  return html`<${Field} label=${label}><input type="number" required min=${min} max=${max} value=${value} onInput=${(/** @type {any} */ e) => put(Number(e.target.value))} /><//>`;
}

/** @param {string} label @param {string} value @param {(value: string) => void} put @param {object} [more] */
function text(label, value, put, more = {}) {
  return html`<${Field} label=${label}><input maxlength="80" value=${value} onInput=${(/** @type {any} */ e) => put(e.target.value)} ...${more} /><//>`;
}

/** Rows that can be added and taken away. @param {any[]} rows @param {(rows: any[]) => void} put @param {any} fresh @param {(row: any, put: (row: any) => void) => any} draw */
function rowsOf(rows, put, fresh, draw) {
  return html`${rows.map((row, n) => html`<div class="rule-row" key=${n}>${draw(row, (changed) => put(rows.map((one, at) => (at === n ? changed : one))))}
      <button type="button" class="icon-button" onClick=${() => put(rows.filter((_, at) => at !== n))}><${Icon} name="close" size=${16} label=${t("queueRules.removeRow")} /></button></div>`)}
    <div><button type="button" class="button small" onClick=${() => put([...rows, fresh])}><${Icon} name="plus" size=${15} />${t("queueRules.addRow")}</button></div>`;
}

/** @param {{form: any, put: (part: object) => void}} props */
function Order({ form, put }) {
  const tiers = (/** @type {object} */ part) => put({ tiers: { ...form.tiers, ...part } });
  const byValue = form.tiers.by === "value";
  const by = (/** @type {string} */ value) => put({ tiers: { ...form.tiers, by: value }, tierRows: value === "value" ? [["top1", 30], ["next4", 20], ["next15", 10]] : [] });
  return html`<fieldset class="rule-part"><legend>${t("queueRules.order")}</legend><p class="field-hint">${t("queueRules.orderHint")}</p>
    <div class="rule-row">${number(t("queueRules.base"), form.priority, 0, 1000, (value) => put({ priority: value }))}
      ${choice(t("queueRules.tierBy"), form.tiers.by, ["tier", "value", "data"], (name) => t(`tierBy.${name}`), by)}
      ${form.tiers.by === "data" && text(t("queueRules.field"), form.tiers.name, (value) => tiers({ name: value }), { required: true })}</div>
    ${rowsOf(form.tierRows, (rows) => put({ tierRows: rows }), [byValue ? "rest" : "", 5], ([name, add], set) => html`
      ${byValue ? choice(t("queueRules.tier"), name, valueTiers, (one) => t(`valueTier.${one}`), (value) => set([value, add])) : text(t("queueRules.tier"), name, (value) => set([value, add]), { required: true })}
      ${number(t("queueRules.points"), add, 0, 1000, (value) => set([name, value]))}`)}
    <div class="rule-row">${number(t("queueRules.agingEvery"), form.aging.every_seconds, 5, 600, (value) => put({ aging: { ...form.aging, every_seconds: value } }))}
      ${number(t("queueRules.agingAdd"), form.aging.add, 0, 1000, (value) => put({ aging: { ...form.aging, add: value } }))}
      ${number(t("queueRules.ceiling"), form.ceiling, 0, 1000, (value) => put({ ceiling: value }))}</div></fieldset>`;
}

/** @param {{form: any, put: (part: object) => void}} props */
function Ring({ form, put }) {
  return html`<fieldset class="rule-part"><legend>${t("queueRules.ring")}</legend><p class="field-hint">${t("queueRules.ringHint")}</p>
    <div class="rule-row">${choice(t("queueRules.strategy"), form.strategy, strategies, (name) => t(`strategy.${name}`), (value) => put({ strategy: value }))}
      ${text(t("queueRules.skills"), form.skillText, (value) => put({ skillText: value }))}
      ${number(t("queueRules.level"), form.level, 0, 10, (value) => put({ level: value }))}</div>
    ${rowsOf(form.relaxing, (rows) => put({ relaxing: rows }), { after_seconds: 20, level: 0 }, (row, set) => html`
      ${number(t("queueRules.after"), row.after_seconds, 1, 115, (value) => set({ ...row, after_seconds: value }))}
      ${number(t("queueRules.widerLevel"), row.level, 0, 10, (value) => set({ ...row, level: value }))}`)}</fieldset>`;
}

/** @param {{form: any, put: (part: object) => void, others: string[]}} props */
function OverflowRows({ form, put, others }) {
  const target = (/** @type {any} */ row, /** @type {(row: any) => void} */ set) =>
    row.to === "queue"
      ? choice(t("queueRules.target"), row.target, others.includes(row.target) ? others : [row.target, ...others], (name) => name, (value) => set({ ...row, target: value }))
      : row.to === "voicemail" ? html`<span class="field" aria-hidden="true"></span>` : text(t("queueRules.prompt"), row.target, (value) => set({ ...row, target: value }), { pattern: "[A-Za-z0-9_.\\-]*", placeholder: t("queueRules.promptOwn") });
  return html`<fieldset class="rule-part"><legend>${t("queueRules.overflow")}</legend><p class="field-hint">${t("queueRules.overflowHint")}</p>
    ${rowsOf(form.overflow, (rows) => put({ overflow: rows }), { when: "wait", limit: 120, to: "queue", target: others[0] ?? "" }, (row, set) => html`
      ${choice(t("queueRules.when"), row.when, whens, (name) => t(`overflowWhen.${name}`), (value) => set({ ...row, when: value }))}
      ${number(t("queueRules.limit"), row.limit, 0, 7200, (value) => set({ ...row, limit: value }))}
      ${choice(t("queueRules.to"), row.to, tos, (name) => t(`overflowTo.${name}`), (value) => set({ ...row, to: value, target: value === "queue" ? (others[0] ?? "") : "" }))}
      ${target(row, set)}`)}</fieldset>`;
}

/** @param {{form: any, put: (part: object) => void, others: string[]}} props */
function ChoiceRows({ form, put, others }) {
  return html`<fieldset class="rule-part"><legend>${t("queueRules.choices")}</legend><p class="field-hint">${t("queueRules.choicesHint")}</p>
    ${rowsOf(form.choices, (rows) => put({ choices: rows }), { name: "", value: "", queue: others[0] ?? "" }, (row, set) => html`
      ${text(t("queueRules.field"), row.name, (value) => set({ ...row, name: value }), { required: true })}
      ${text(t("queueRules.value"), row.value, (value) => set({ ...row, value }))}
      ${choice(t("queues.name"), row.queue, others.includes(row.queue) ? others : [row.queue, ...others], (name) => name, (value) => set({ ...row, queue: value }))}`)}</fieldset>`;
}
