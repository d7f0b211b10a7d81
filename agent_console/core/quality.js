/** The score of a form while it is filled in, as the server works it out (pure). */

/** @typedef {{value: number | string | null, na: boolean, comment: string, at: number | null, machine: boolean, measured: number | null}} Answer */
/** @typedef {{key: string, text: string, kind: string, weight: number, max: number, choices: {text: string, points: number}[], critical: boolean, allow_na: boolean, guidance: string, good: string, bad: string, comment_under: number | null, machine: any}} Question */
/** @typedef {{sections: {title: string, questions: Question[]}[], intro: string, pass_score: number, excellent: number}} Form */

/** @returns {Answer} */
export const noAnswer = () => ({ value: null, na: false, comment: "", at: null, machine: false, measured: null });

/** @param {Question} question */
export function mostPoints(question) {
  if (question.kind === "choice") return Math.max(0, ...question.choices.map((one) => one.points));
  return question.kind === "yesNo" ? 1 : question.max;
}

/** Share of the points, or null when it does not count. @param {Question} question @param {Answer | undefined} answer */
export function shareOf(question, answer) {
  if (!answer || answer.na || typeof answer.value !== "number" || question.kind === "text") return null;
  const points = question.kind === "choice" ? question.choices[answer.value]?.points ?? 0 : answer.value;
  return points / mostPoints(question);
}

/** Must the grader write why? @param {Question} question @param {Answer | undefined} answer */
export function wantsComment(question, answer) {
  const share = shareOf(question, answer);
  return share !== null && question.comment_under !== null && share < question.comment_under && !answer?.comment.trim();
}

/** @param {Form} form @param {Record<string, Answer>} answers */
export function scoreOf(form, answers) {
  let above = 0;
  let below = 0;
  let failed = false;
  let missing = 0;
  let unexplained = 0;
  let asked = 0;
  for (const question of form.sections.flatMap((section) => section.questions)) {
    if (question.kind === "text") continue;
    asked += 1;
    const answer = answers[question.key];
    const share = shareOf(question, answer);
    if (wantsComment(question, answer)) unexplained += 1;
    if (share === null) {
      if (!answer?.na) missing += 1;
      continue;
    }
    above += question.weight * share;
    below += question.weight;
    if (question.critical && share === 0) failed = true;
  }
  return { score: failed ? 0 : below > 0 ? (100 * above) / below : null, failed, missing, unexplained, asked };
}

/**
 * What stands on the page when the recording of a call that was scored live has been filed: moments count from its
 * beginning, `shift` seconds later than the call's, and what the server filled in is taken where nothing stands.
 * @param {Record<string, Answer>} own @param {Record<string, Answer>} filled @param {number} shift @returns {Record<string, Answer>}
 */
export function bound(own, filled, shift) {
  const result = { ...own };
  for (const [key, answer] of Object.entries(own)) {
    if (answer.at !== null) result[key] = { ...answer, at: Math.max(0, Math.round((answer.at - shift) * 10) / 10) };
  }
  for (const [key, answer] of Object.entries(filled)) {
    const mine = own[key];
    if (answer.machine && (!mine || (mine.value === null && !mine.na && !mine.comment))) result[key] = answer;
  }
  return result;
}

/** A score as people write it. @param {number | null | undefined} score */
export const points = (score) => (score === null || score === undefined ? "–" : (Math.round(score * 10) / 10).toString());

/** good, warn or bad beside the marks of its form. @param {number | null | undefined} score @param {number} pass @param {number} excellent */
export function grade(score, pass, excellent) {
  if (score === null || score === undefined) return "open";
  return score < pass ? "bad" : score >= excellent ? "best" : "good";
}

/** A key for a new question that no other has. @param {Form} form */
export function freshKey(form) {
  const keys = new Set(form.sections.flatMap((section) => section.questions.map((one) => one.key)));
  let n = keys.size + 1;
  while (keys.has(`q${n}`)) n += 1;
  return `q${n}`;
}

/** Put the entry at `from` where `to` is. @template T @param {T[]} list @param {number} from @param {number} to @returns {T[]} */
export function moved(list, from, to) {
  if (to < 0 || to >= list.length) return list;
  const copy = [...list];
  const [one] = copy.splice(from, 1);
  copy.splice(to, 0, /** @type {T} */ (one));
  return copy;
}
