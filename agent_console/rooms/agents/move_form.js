/** What shall be done with the ticked agents, and until when. */

import { t } from "../../core/i18n.js";
import { fromLocal, siteZone } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Field } from "../../ui/parts.js";

/** @import { MoveKind } from "../../core/moves_shapes.js" */
/** @typedef {{kind: MoveKind, queues: string[], penalty: string, skill: string, level: string, until: "" | "today" | "at", at: string, text: string}} Form */

/** @type {MoveKind[]} */
const kinds = ["add", "remove", "penalty", "only", "skill"];

/** @type {Form} */
export const empty = { kind: "add", queues: [], penalty: "", skill: "", level: "3", until: "", at: "", text: "" };

/** The change for the server; null while something is missing. @param {Form} form */
export function changeOf(form) {
  if (form.kind === "skill") return form.skill.trim() ? { kind: form.kind, skill: form.skill.trim(), level: form.level ? Number(form.level) : null } : null;
  if (form.queues.length === 0 || (form.kind === "penalty" && form.penalty === "")) return null;
  const penalty = form.penalty === "" || form.kind === "remove" ? null : Number(form.penalty);
  return { kind: form.kind, queues: form.queues, penalty };
}

/** Until when, for the server; undefined while it cannot be read. @param {Form} form @returns {number | "today" | null | undefined} */
export function untilOf(form) {
  if (form.until !== "at") return form.until || null;
  const at = fromLocal(form.at, siteZone.value);
  return Number.isNaN(at) ? undefined : at;
}

/** @param {{form: Form, put: (part: Partial<Form>) => void, queues: {name: string, label: string}[], skills: string[]}} props */
export function MoveForm({ form, put, queues, skills }) {
  const toggle = (/** @type {string} */ name, /** @type {boolean} */ on) => put({ queues: on ? [...form.queues, name] : form.queues.filter((one) => one !== name) });
  const value = (/** @type {keyof Form} */ name) => (/** @type {any} */ e) => put({ [name]: e.target.value });
  return html`<fieldset class="move-kinds"><legend>${t("moves.what")}</legend>${kinds.map((kind) => html`<label key=${kind} class="move-kind"><input type="radio" name="kind" checked=${form.kind === kind} onChange=${() => put({ kind })} /><span>${t(`moves.kind.${kind}`)}</span></label>`)}</fieldset>
    ${form.kind === "skill"
      ? html`<div class="move-row"><${Field} label=${t("moves.skill")}><input required maxlength="50" list="known-skills" value=${form.skill} onInput=${value("skill")} /><//><datalist id="known-skills">${skills.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
        <${Field} label=${t("moves.level")}><select value=${form.level} onChange=${value("level")}>${[5, 4, 3, 2, 1].map((level) => html`<option key=${level} value=${String(level)}>${t(`moves.level.${level}`)}</option>`)}<option value="">${t("moves.level.none")}</option></select><//></div>`
      : html`<fieldset class="move-queues"><legend>${t("moves.queues")}</legend>${queues.map((queue) => html`<label class="check" key=${queue.name}><input type="checkbox" checked=${form.queues.includes(queue.name)} onChange=${(/** @type {any} */ e) => toggle(queue.name, e.target.checked)} /><span>${queue.label}${queue.label === queue.name ? null : html`<small>${queue.name}</small>`}</span></label>`)}</fieldset>`}
    <div class="move-row">${form.kind !== "remove" && form.kind !== "skill" && html`<${Field} label=${t("profiles.penalty")} hint=${form.kind === "penalty" ? t("moves.penaltyHint") : t("moves.penaltyKeep")}><input type="number" min="0" max="99" required=${form.kind === "penalty"} value=${form.penalty} onInput=${value("penalty")} /><//>`}<${Field} label=${t("moves.until")}><select value=${form.until} onChange=${value("until")}><option value="">${t("moves.forGood")}</option><option value="today">${t("moves.today")}</option><option value="at">${t("moves.at")}</option></select><//>
      ${form.until === "at" && html`<${Field} label=${t("moves.moment")}><input type="datetime-local" required value=${form.at} onInput=${value("at")} /><//>`}</div>
    <${Field} label=${t("moves.text")} hint=${t("moves.textHint")}><input maxlength="200" value=${form.text} onInput=${value("text")} /><//>`;
}
