/** Somebody else has saved meanwhile: who, when, what differs; nothing is overwritten unseen. */

import { tidy } from "../../core/flow_edit.js";
import { differences } from "../../core/flow_compare.js";
import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem } from "../../ui/parts.js";
import { nodeName } from "./flow_node.js";

/** @import { Editor } from "./flow_editor.js" */
/** @import { FlowDoc } from "../../core/flow_shapes.js" */

/** @param {{editor: Editor, desk: any}} props */
export function Conflict({ editor, desk }) {
  const { theirs } = desk.conflict;
  return html`<div class="flow-conflict" role="alert"><p><${Icon} name="users" size=${16} /><b>${t("flows.conflict", { name: theirs.draft_by_name || t("flows.somebody"), time: dateTime(theirs.draft_at, siteZone.value) })}</b></p>
    <${Differences} before=${tidy(theirs.draft)} after=${editor.doc} />
    <div class="form-end"><button type="button" class="button small primary" onClick=${desk.settle.theirs}>${t("flows.takeTheirs")}</button>
      <button type="button" class="button small" disabled=${desk.settle.mine.busy} onClick=${() => desk.settle.mine.run()}>${t("flows.keepMine")}</button></div><${Problem} error=${desk.settle.mine.error} /></div>`;
}

/** What was added, removed and changed, node by node. @param {{before: FlowDoc, after: FlowDoc}} props */
export function Differences({ before, after }) {
  const found = differences(before, after);
  if (found.length === 0) return html`<p class="quiet">${t("flows.noDifference")}</p>`;
  return html`<ul class="flow-differences">${found.slice(0, 40).map((one) => html`<li key=${`${one.what}.${one.node}`} class=${`difference-${one.what}`}>
    <span>${one.node === null ? t("flows.theFlow") : nodeName(after.nodes[one.node] ?? before.nodes[one.node], one.node)}</span><span class="quiet">${one.what === "changed" ? t("flows.changedParts", { parts: one.parts.join(", ") }) : t(one.what === "added" ? "flows.added" : "flows.removed")}</span></li>`)}</ul>`;
}
