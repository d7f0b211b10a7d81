/** One question of a form: its answer by mouse or keys, guidance, comment, and the moment that shows it. */

import { t } from "../../core/i18n.js";
import { mostPoints, noAnswer, shareOf, wantsComment } from "../../core/quality.js";
import { duration } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { Answer, Question as Asked } from "../../core/quality.js" */

/** The answers to choose from, as [value, label]. @param {Asked} question @returns {[number, string][]} */
function options(question) {
  if (question.kind === "yesNo") return [[1, t("qa.yes")], [0, t("qa.no")]];
  if (question.kind === "choice") return question.choices.map((one, n) => [n, one.text]);
  return Array.from({ length: question.max + 1 }, (_, n) => [n, String(n)]);
}

/** @param {Asked} question @param {Answer} answer */
function said(question, answer) {
  if (answer.na) return t("qa.na");
  if (answer.value === null) return "–";
  if (question.kind === "text") return String(answer.value);
  const found = question.kind === "points" ? null : options(question).find(([value]) => value === answer.value);
  const text = found ? found[1] : String(answer.value);
  return question.kind === "scale" || question.kind === "points" ? `${text} / ${mostPoints(question)}` : text;
}

/** @param {{question: Asked, answer: Answer | undefined, write?: (answer: Answer) => void, at?: () => number, seek?: (at: number) => void, actions?: any}} props */
export function Question({ question, answer: given, write, at, seek, actions }) {
  const [open, setOpen] = useState(false);
  const answer = given ?? noAnswer();
  const put = (/** @type {Partial<Answer>} */ change) => write?.({ ...answer, ...change });
  const choose = (/** @type {number} */ value) => put({ value, na: false, machine: false });
  const share = shareOf(question, answer);
  const lost = question.critical && share === 0;
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!write || event.ctrlKey || event.metaKey || event.altKey || target.closest("input:not([type='radio']), textarea")) return;
    const digit = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (digit !== null && question.kind !== "text" && question.kind !== "points" && options(question).some(([value]) => value === digit)) choose(digit);
    else if (event.key.toLowerCase() === "n" && question.allow_na) put({ na: !answer.na, machine: false });
    else if (event.key.toLowerCase() === "m" && at) put({ at: Math.round(at() * 10) / 10 });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<fieldset class=${cls("question", lost && "lost", answer.na && "na")} data-question=${question.key} onKeyDown=${keys}>
    <legend class="question-text">${question.text}</legend>
    <div class="question-tags">${question.kind !== "text" && html`<span class="tag">${t("qa.weight", { n: question.weight })}</span>`}${question.critical && html`<span class="tag critical"><${Icon} name="shield" size=${13} />${t("qa.critical")}</span>`}
      ${answer.machine && html`<span class="tag machine"><${Icon} name="server" size=${13} />${t("qa.machine")}</span>`}
      ${answer.measured !== null && html`<span class="sub">${t("qa.measured", { what: question.machine ? t(`qaMeasure.${question.machine.measure}`) : "", value: answer.measured.toFixed(1) })}</span>`}
      ${(question.guidance || question.good || question.bad) && html`<button type="button" class="link" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${t("qa.guidance")}<${Icon} name=${open ? "up" : "down"} size=${14} /></button>`}</div>
    ${open && html`<div class="guidance"><p>${question.guidance}</p>${question.good && html`<p class="example good"><b>${t("qa.goodExample")}</b>${question.good}</p>`}${question.bad && html`<p class="example bad"><b>${t("qa.badExample")}</b>${question.bad}</p>`}</div>`}
    ${write ? html`<${Input} question=${question} answer=${answer} choose=${choose} put=${put} />` : html`<p class="said">${said(question, answer)}</p>`}
    ${write
      ? question.kind !== "text" && html`<div class="question-more"><input class=${cls("question-comment", wantsComment(question, answer) && "wanted")} value=${answer.comment} maxlength="2000" aria-label=${`${t("qa.comment")}: ${question.text}`} placeholder=${wantsComment(question, answer) ? t("qa.commentNeeded") : t("qa.comment")} onInput=${(/** @type {any} */ event) => put({ comment: event.target.value })} />
          ${at && html`<button type="button" class="button small" title="M" onClick=${() => put({ at: answer.at === null ? Math.round(at() * 10) / 10 : null })}><${Icon} name="pin" size=${15} />${answer.at === null ? t("qa.pin") : duration(answer.at)}</button>`}</div>`
      : html`${answer.comment && html`<p class="said-why">${answer.comment}</p>`}${answer.at !== null && html`<button type="button" class="link" disabled=${!seek} onClick=${() => seek?.(answer.at ?? 0)}><${Icon} name="pin" size=${14} />${t("qa.at", { time: duration(answer.at) })}</button>`}`}
    ${actions}</fieldset>`;
}

/** @param {{question: Asked, answer: Answer, choose: (value: number) => void, put: (change: Partial<Answer>) => void}} props */
function Input({ question, answer, choose, put }) {
  if (question.kind === "text") return html`<textarea rows="3" maxlength="500" aria-label=${question.text} value=${answer.value ?? ""} onInput=${(/** @type {any} */ event) => put({ value: event.target.value || null })}></textarea>`;
  const many = question.kind === "points" || (question.kind === "scale" && question.max > 10);
  return html`<div class="question-answers">${many
      ? html`<input type="number" min="0" max=${question.max} step=${question.kind === "scale" ? 1 : "any"} value=${answer.na ? "" : answer.value ?? ""} aria-label=${question.text} onInput=${(/** @type {any} */ event) => event.target.value !== "" && choose(Math.min(question.max, Math.max(0, Number(event.target.value))))} /><span class="sub">/ ${question.max}</span>`
      : options(question).map(([value, label]) => html`<label key=${value} class=${cls("pill", !answer.na && answer.value === value && "on")}><input type="radio" name=${`q-${question.key}`} checked=${!answer.na && answer.value === value} onChange=${() => choose(value)} /><span>${label}</span></label>`)}
    ${question.allow_na && html`<label class=${cls("pill quiet-pill", answer.na && "on")}><input type="checkbox" checked=${answer.na} onChange=${() => put({ na: !answer.na, machine: false })} /><span>${t("qa.na")}</span></label>`}</div>`;
}
