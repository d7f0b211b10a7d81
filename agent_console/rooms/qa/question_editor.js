/** One question while its form is made. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";

const kinds = ["yesNo", "scale", "choice", "points", "text"];
const measures = ["silence", "longestSilence", "talkOver", "length", "agentShare", "agentRate"];

/** @param {{question: any, set: (question: any) => void}} props */
export function QuestionEditor({ question, set }) {
  const put = (/** @type {any} */ change) => set({ ...question, ...change });
  const text = (/** @type {string} */ key, /** @type {string} */ label, rows = 2) => html`<${Field} label=${t(label)}><textarea rows=${rows} maxlength=${key === "text" ? 500 : 2000} value=${question[key]} onInput=${(/** @type {any} */ event) => put({ [key]: event.target.value })}></textarea><//>`;
  const number = (/** @type {any} */ value, /** @type {string} */ label, /** @type {(value: number | null) => void} */ write, least = 0) => html`<${Field} label=${t(label)}><input type="number" min=${least} step="any" value=${value ?? ""} onInput=${(/** @type {any} */ event) => write(event.target.value === "" ? null : Number(event.target.value))} /><//>`;
  const check = (/** @type {string} */ key, /** @type {string} */ label) => html`<label class="check"><input type="checkbox" checked=${question[key]} onChange=${() => put({ [key]: !question[key] })} /><span>${t(label)}</span></label>`;
  const kind = (/** @type {string} */ chosen) => put({ kind: chosen, ...(chosen === "choice" && question.choices.length < 2 ? { choices: [{ text: t("qa.yes"), points: 1 }, { text: t("qa.no"), points: 0 }] } : {}), ...(chosen === "text" ? { critical: false, machine: null, weight: 0 } : {}) });
  const choice = (/** @type {number} */ at, /** @type {any} */ change) => put({ choices: question.choices.map((/** @type {any} */ one, /** @type {number} */ n) => (n === at ? { ...one, ...change } : one)) });
  return html`<div class="question-form">${text("text", "qa.questionText")}
    <div class="qa-grid"><${Field} label=${t("qa.kind")}><select value=${question.kind} onChange=${(/** @type {any} */ event) => kind(event.target.value)}>${kinds.map((one) => html`<option key=${one} value=${one}>${t(`qaKind.${one}`)}</option>`)}</select><//>
      ${question.kind !== "text" && number(question.weight, "qa.weightField", (value) => put({ weight: value ?? 0 }))}${(question.kind === "scale" || question.kind === "points") && number(question.max, "qa.max", (value) => put({ max: value || 1 }), 1)}
      ${question.kind !== "text" && number(question.comment_under === null ? null : Math.round(question.comment_under * 100), "qa.commentUnder", (value) => put({ comment_under: value === null ? null : Math.min(1, value / 100) }))}</div>
    ${question.kind === "choice" && html`<${Field} label=${t("qa.choices")}><div class="checks">${question.choices.map((/** @type {any} */ one, /** @type {number} */ n) => html`<div class="choice-line" key=${n}><input aria-label=${t("qa.choice")} maxlength="500" value=${one.text} onInput=${(/** @type {any} */ event) => choice(n, { text: event.target.value })} /><input type="number" min="0" aria-label=${t("qa.pointsField")} value=${one.points} onInput=${(/** @type {any} */ event) => choice(n, { points: Number(event.target.value) })} />
        <button type="button" class="icon-button" onClick=${() => put({ choices: question.choices.filter((/** @type {any} */ _, /** @type {number} */ other) => other !== n) })}><${Icon} name="close" size=${15} label=${t("qa.remove")} /></button></div>`)}<button type="button" class="link" onClick=${() => put({ choices: [...question.choices, { text: "", points: 0 }] })}><${Icon} name="plus" size=${15} />${t("qa.addChoice")}</button></div><//>`}
    ${question.kind !== "text" && html`<div class="checks">${check("critical", "qa.criticalField")}${check("allow_na", "qa.allowNa")}</div>
      <div class="qa-grid"><${Field} label=${t("qa.machineField")}><select value=${question.machine?.measure ?? ""} onChange=${(/** @type {any} */ event) => put({ machine: event.target.value ? { low: null, high: null, ...question.machine, measure: event.target.value } : null })}><option value="">${t("qa.byHand")}</option>${measures.map((one) => html`<option key=${one} value=${one}>${t(`qaMeasure.${one}`)}</option>`)}</select><//>
        ${question.machine && number(question.machine.low, "qa.low", (value) => put({ machine: { ...question.machine, low: value } }))}${question.machine && number(question.machine.high, "qa.high", (value) => put({ machine: { ...question.machine, high: value } }))}</div>`}
    ${text("guidance", "qa.guidance")}<div class="qa-grid">${text("good", "qa.goodExample")}${text("bad", "qa.badExample")}</div></div>`;
}
