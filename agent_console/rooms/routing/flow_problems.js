/** What the check found; a click goes to the node. */

import { t, word } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { nodeName } from "./flow_node.js";

/** @import { Editor } from "./flow_editor.js" */

/** @param {{editor: Editor, desk: any, lost: number}} props */
export function Problems({ editor, desk }) {
  const problems = desk.problems;
  if (problems === null) return null;
  const errors = problems.filter((/** @type {any} */ one) => one.severity === "error").length;
  return html`<section class="flow-problems" aria-label=${t("flows.problems")}>
    <div class="panel-head"><h2>${t("flows.problems")}</h2>
      ${problems.length === 0 ? html`<span class="outcome outcome-answered" role="status"><${Icon} name="checkCircle" size=${15} />${t("flows.noProblems")}</span>` : html`<span class="quiet" role="status">${t("flows.problemCount", { errors, warnings: problems.length - errors })}</span>`}
      ${desk.stale && html`<button type="button" class="link" onClick=${() => desk.check.run()}>${t("flows.checkAgain")}</button>`}
      <button type="button" class="icon-button push-end" onClick=${desk.dropProblems}><${Icon} name="close" size=${16} label=${t("action.close")} /></button></div>
    ${problems.length > 0 && html`<ul>${problems.map((/** @type {any} */ one, /** @type {number} */ n) => html`<li key=${n}><button type="button" class=${cls("flow-problem", one.severity)} onClick=${() => editor.choose(one.node || null, exitOf(editor, one))}>
      <${Icon} name=${one.severity === "error" ? "unplug" : "bell"} size=${15} /><b>${one.node ? nodeName(editor.doc.nodes[one.node], one.node) : t("flows.theFlow")}</b><span>${sentence(one)}</span></button></li>`)}</ul>`}
  </section>`;
}

/** @param {any} one */
function sentence(one) {
  const text = word("flows.problem", one.code);
  const about = word("flows.setting", one.about) !== one.about ? word("flows.setting", one.about) : word("flows.exit", one.about);
  return one.about ? t("flows.problemAbout", { problem: text, about }) : text;
}

/** @param {Editor} editor @param {any} one */
function exitOf(editor, one) {
  const exits = editor.kinds[editor.doc.nodes[one.node]?.kind ?? ""]?.exits ?? [];
  return exits.some((exit) => exit.name === one.about) ? one.about : null;
}
