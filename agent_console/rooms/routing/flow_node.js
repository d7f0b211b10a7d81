/** One node of a flow as it is drawn: head with its kind, below it a row with a handle for each way out. */

import { exitsOf } from "../../core/flow_edit.js";
import { FOOT, HEAD, ROW, WIDTH, heightOf } from "../../core/flow_layout.js";
import { clip, kindIcons, summary } from "../../core/flow_words.js";
import { t, word } from "../../core/i18n.js";
import { cls, html, memo } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { FlowDoc, FlowNode, Kind, Kinds, ShownExit } from "../../core/flow_shapes.js" */

/** What a person calls a node. @param {FlowNode | undefined} node @param {string} id */
export function nodeName(node, id) {
  return node?.label || (node ? `${word("flows.kind", node.kind)} ${id}` : id);
}

/** What a person calls a way out. @param {FlowNode} node @param {string} exit */
export function exitName(node, exit) {
  if (node.kind === "queue" && exit === "timeout") return word("flows.exit", "waited");
  if (node.key_labels?.[exit]) return `${exit} · ${node.key_labels[exit]}`;
  const found = (node.cases ?? []).find((/** @type {any} */ one) => one.name === exit);
  return found?.label || (/^[0-9*#]$/.test(exit) ? t("flows.keyExit", { key: exit }) : word("flows.exit", exit));
}

/** Everything about a node that is seen, in words. @param {FlowDoc} doc @param {string} id @param {Kinds} kinds */
export function nodeInWords(doc, id, kinds) {
  const node = /** @type {FlowNode} */ (doc.nodes[id]);
  const ways = exitsOf(kinds[node.kind], node).filter((exit) => exit.to || exit.needed);
  const told = ways.map((exit) => t("flows.leadsTo", { exit: exitName(node, exit.name), node: exit.to ? nodeName(doc.nodes[exit.to], exit.to) : t("flows.nowhere") }));
  return [word("flows.kind", node.kind), nodeName(node, id), summary(node, doc.languages[0] ?? ""), ...told].filter(Boolean).join(". ");
}

/**
 * @param {{id: string, node: FlowNode, kind: Kind | undefined, x: number, y: number, start: boolean, selected: boolean, exit: string | null,
 *   lit: string, litExit: string | null, fault: string, figures: any, speech: string, focusable: boolean, told: string, language: string}} props
 */
export const Node = memo((/** @type {any} */ props) => {
  const { id, node, kind, x, y, start, selected, exit: chosen, lit, litExit, fault, figures, speech, focusable, told } = props;
  const exits = exitsOf(kind, node);
  const height = heightOf(exits.length);
  return html`<g class=${cls("flow-node", `group-${kind?.group ?? "none"}`, selected && "selected", lit && `lit-${lit}`, fault && `fault-${fault}`)} transform=${`translate(${x} ${y})`}
      data-node=${id} role="button" tabindex=${focusable ? "0" : "-1"} aria-label=${told} aria-pressed=${selected ? "true" : "false"}>
    <rect class="flow-box" width=${WIDTH} height=${height} rx="10" />
    <path class="flow-band" d=${`M0 10a10 10 0 0 1 10 -10h${WIDTH - 20}a10 10 0 0 1 10 10v${HEAD - 10}h-${WIDTH}z`} />
    <rect class="flow-sign" x="12" y="12" width="30" height="30" rx="8" />
    <g class="flow-icon" transform="translate(18 18)"><${Icon} name=${kindIcons[node.kind] ?? "flow"} size=${18} /></g>
    <text class="flow-name" x="52" y="25">${clip(node.label || word("flows.kind", node.kind), 12)}</text>
    <text class="flow-far-name" x="50" y="42">${clip(node.label || word("flows.kind", node.kind), 4.5)}</text>
    <text class="flow-sub" x="52" y="42">${clip(node.label ? [word("flows.kind", node.kind), summary(node, speech)].filter(Boolean).join(" · ") : summary(node, speech) || id, 13.6)}</text>
    ${start && html`<g class="flow-start" transform=${`translate(-1 -11)`}><rect width="46" height="20" rx="10" /><text x="23" y="14">${t("flows.start")}</text></g>`}
    ${fault && html`<g class="flow-fault" transform=${`translate(${WIDTH - 10} 0)`}><circle r="9" /><text y="4.500">!</text></g>`}
    <circle class="flow-in" cx="0" cy=${HEAD / 2} r="4.500" />
    ${exits.map((exit, row) => html`<${Way} key=${exit.name} node=${node} exit=${exit} y=${HEAD + row * ROW} chosen=${selected && chosen === exit.name} lit=${lit && litExit === exit.name} passed=${figures?.exits?.[exit.name]} />`)}
    ${exits.length > 0 && html`<rect width="0" height=${FOOT} />`}
    ${figures && html`<g class="flow-figures" transform=${`translate(${WIDTH - 12} ${-9})`}><text>${t("flows.passed", { n: figures.passed })}${figures.hungUp > 0 ? ` · ${t("flows.hungUpHere", { n: figures.hungUp })}` : ""}</text></g>`}
  </g>`;
});

/** @param {{node: FlowNode, exit: ShownExit, y: number, chosen: boolean, lit: boolean, passed: number | undefined}} props */
function Way({ node, exit, y, chosen, lit, passed }) {
  const open = !exit.to && exit.needed;
  return html`<g class=${cls("flow-way", chosen && "chosen", lit && "lit", exit.add && "add", open && "open", exit.to && "wired")} data-exit=${exit.name} transform=${`translate(0 ${y})`}>
    <rect class="flow-way-ground" x="6" y="1" width=${WIDTH - 12} height=${ROW - 2} rx="5" />
    <text class="flow-way-name" x=${WIDTH - 14} y="16">${exit.add ? t("flows.oneMore") : clip(exitName(node, exit.name), passed === undefined ? 15 : 11)}</text>
    ${passed !== undefined && html`<text class="flow-way-figure" x="14" y="16">${passed}</text>`}
    <circle class="flow-handle" cx=${WIDTH} cy=${ROW / 2} r=${exit.add ? 5 : 5.5} />
    <circle class="flow-grip" cx=${WIDTH} cy=${ROW / 2} r="12" data-handle=${exit.name} />
  </g>`;
}
