/** The same flow to be read: one line for each node, indented by who follows whom; edited by the same keys. */

import { outline } from "../../core/flow_outline.js";
import { kindIcons, summary } from "../../core/flow_words.js";
import { t, word } from "../../core/i18n.js";
import { cls, html, useEffect, useMemo, useRef } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty } from "../../ui/parts.js";
import { exitName, nodeName } from "./flow_node.js";

/** @import { Editor } from "./flow_editor.js" */
/** @import { Line } from "../../core/flow_outline.js" */

const DEEPEST = 12;

/** @param {{editor: Editor}} props */
export function OutlineView({ editor }) {
  const { doc, kinds, chosen, exit } = editor;
  const lines = useMemo(() => outline(doc, kinds), [doc, kinds]);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => list.current?.querySelector(".outline-line.chosen")?.scrollIntoView({ block: "nearest" }), [chosen[0], exit]);
  if (lines.length === 0) {
    return html`<div class="outline"><${Empty} icon="flow" title=${t("flows.empty")} text=${t("flows.emptyText")}>
      <button type="button" class="button primary" onClick=${() => editor.openPalette(null)}><${Icon} name="plus" size=${16} />${t("flows.newNode")}</button><//></div>`;
  }
  const firstLost = lines.findIndex((line) => line.lost);
  return html`<div class="outline"><ol class="outline-list" role="tree" aria-label=${t("flows.outline")} ref=${list}>
    ${lines.map((line, n) => html`${n === firstLost && html`<li key="lost" class="outline-lost" role="presentation">${t("flows.lostNodes")}</li>`}<${Row} key=${`${line.from}.${line.exit}.${line.node}.${n}`} editor=${editor} line=${line} />`)}
  </ol></div>`;
}

/** @param {{editor: Editor, line: Line}} props */
function Row({ editor, line }) {
  const { doc } = editor;
  const from = line.from ? doc.nodes[line.from] : undefined;
  const node = line.node ? doc.nodes[line.node] : undefined;
  const way = from && line.exit ? html`<span class="outline-way">${exitName(from, line.exit)}<${Icon} name="right" size=${13} /></span>` : null;
  const level = { role: "treeitem", "aria-level": String(line.depth + 1), class: cls("outline-item", `depth-${Math.min(line.depth, DEEPEST)}`) };
  if (!node || !line.node) {
    const here = editor.chosen[0] === line.from && editor.exit === line.exit;
    return html`<li ...${level}><button type="button" class=${cls("outline-line open", line.needed && "needed", here && "chosen")} onClick=${() => editor.openPalette({ node: /** @type {string} */ (line.from), exit: /** @type {string} */ (line.exit) })}>
      ${way}<span class="outline-nowhere"><${Icon} name="plus" size=${14} />${t(line.needed ? "flows.nowhere" : "flows.toSafety")}</span></button></li>`;
  }
  const here = editor.chosen.includes(line.node) && !line.jump;
  const lit = !line.jump && editor.lit.nodes.get(line.node);
  const fault = editor.faults.get(line.node);
  const choose = (/** @type {MouseEvent} */ event) => editor.choose(line.node, null, event.ctrlKey || event.metaKey);
  return html`<li ...${level}><button type="button" data-node=${line.jump ? undefined : line.node} class=${cls("outline-line", `group-${editor.kinds[node.kind]?.group}`, line.jump && "jump", here && "chosen", lit && "lit", fault && `fault-${fault}`)} aria-current=${here ? "true" : undefined} onClick=${choose}>
    ${way}${line.jump ? html`<span class="outline-jump"><${Icon} name="up" size=${14} />${t("flows.jump", { node: nodeName(node, line.node) })}</span>`
      : html`<span class="outline-sign"><${Icon} name=${kindIcons[node.kind] ?? "flow"} size=${15} /></span><b>${nodeName(node, line.node)}</b><span class="outline-kind">${word("flows.kind", node.kind)}</span><span class="outline-summary">${summary(node, doc.languages[0] ?? "")}</span>
        ${fault && html`<span class="outline-fault"><${Icon} name="unplug" size=${14} label=${t("flows.hasProblem")} /></span>`}
        ${here && editor.exit && html`<span class="outline-exit">${exitName(node, editor.exit)}</span>`}`}
  </button></li>`;
}
