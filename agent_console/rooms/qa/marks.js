/** Small parts of quality: a score with its colour, a state, names in lists. */

import { t } from "../../core/i18n.js";
import { grade, points } from "../../core/quality.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @param {{row: any}} props */
export function ScoreMark({ row }) {
  const failed = row.failed.length > 0 && row.recheck_score === null;
  return html`<span class=${cls("score-mark", `grade-${grade(row.final_score, row.pass_score, row.excellent)}`)}>
    ${failed && html`<${Icon} name="unplug" size=${14} label=${t("qa.failedForm")} />`}${points(row.final_score)}</span>
    ${row.recheck_score !== null && html`<span class="sub">${t("qa.firstWas", { score: points(row.score) })}</span>`}`;
}

/** @param {{state: string}} props */
export function StateTag({ state }) {
  return html`<span class=${cls("tag", `qa-${state}`)}>${t(`qaState.${state}`)}</span>`;
}

/** Whose call it is, or that one is not to know. @param {{agent_id: number | null, agent_name: string}} row */
export function agentOf(row) {
  return row.agent_id === null ? t("qa.blind") : row.agent_name || `#${row.agent_id}`;
}

/** @param {{title: string, id: string, action?: any, note?: string, children: any}} props */
export function Part({ title, id, action, note, children }) {
  return html`<section class="panel" aria-labelledby=${id}><div class="panel-head"><h2 id=${id}>${title}</h2>${note && html`<span class="panel-note">${note}</span>`}${action && html`<span class="panel-action">${action}</span>`}</div>${children}</section>`;
}

/** Let the browser save a file. @param {Blob} blob @param {string} name */
export function keep(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
