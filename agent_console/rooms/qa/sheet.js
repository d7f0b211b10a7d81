/** A whole form: its sections, and the total that stays in sight. */

import { t } from "../../core/i18n.js";
import { grade, points, scoreOf } from "../../core/quality.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Question } from "./question.js";

/** @import { Answer, Form } from "../../core/quality.js" */

/** @param {{form: Form, answers: Record<string, Answer>, write?: (key: string, answer: Answer) => void, at?: () => number, seek?: (at: number) => void, actions?: (key: string) => any}} props */
export function Sheet({ form, answers, write, at, seek, actions }) {
  return html`<div class="sheet">${form.intro && html`<p class="sheet-intro">${form.intro}</p>`}
    ${form.sections.map((section, n) => html`<section class="panel" key=${n}><div class="panel-head"><h2>${section.title}</h2></div>
      ${section.questions.map((question) => html`<${Question} key=${question.key} question=${question} answer=${answers[question.key]} at=${at} seek=${seek} actions=${actions?.(question.key)}
        write=${write && ((/** @type {Answer} */ answer) => write(question.key, answer))} />`)}</section>`)}</div>`;
}

/** @param {{form: Form, answers: Record<string, Answer>, children?: any}} props */
export function Total({ form, answers, children }) {
  const sum = scoreOf(form, answers);
  return html`<div class="total" role="status"><div class=${cls("total-score", `grade-${grade(sum.score, form.pass_score, form.excellent)}`)}><span class="total-number">${points(sum.score)}</span><span class="total-of">/ 100</span></div>
    <div class="total-words"><span>${t("qa.answered", { n: sum.asked - sum.missing, of: sum.asked })}</span>${sum.failed && html`<span class="total-bad"><${Icon} name="shield" size=${14} />${t("qa.failedForm")}</span>`}
      ${sum.unexplained > 0 && html`<span class="total-bad">${t("qa.unexplained", { n: sum.unexplained })}</span>`}<span class="sub">${t("qa.passAt", { n: form.pass_score })}</span></div>${children}</div>`;
}
