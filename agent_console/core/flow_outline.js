/** A flow as lines of text: what follows what, indented; what stands further up is a jump (pure). */

import { exitsOf } from "./flow_edit.js";

/** @import { FlowDoc, Kinds } from "./flow_shapes.js" */

/**
 * A line: a node behind an exit (`exit` null for the first), a jump to one that stands elsewhere, or an exit that leads nowhere.
 * @typedef {{depth: number, exit: string | null, from: string | null, node: string | null, jump: boolean, needed: boolean, lost: boolean}} Line
 */

/** @param {FlowDoc} doc @param {Kinds} kinds @returns {Line[]} */
export function outline(doc, kinds) {
  /** @type {Line[]} */
  const lines = [];
  const drawn = new Set();
  /** @param {string} id @param {string | null} from @param {string | null} exit @param {number} depth @param {boolean} lost */
  const walk = (id, from, exit, depth, lost) => {
    if (drawn.has(id)) {
      lines.push({ depth, exit, from, node: id, jump: true, needed: true, lost });
      return;
    }
    drawn.add(id);
    lines.push({ depth, exit, from, node: id, jump: false, needed: true, lost });
    const node = /** @type {any} */ (doc.nodes[id]);
    const ways = exitsOf(kinds[node.kind], node).filter((way) => !way.add);
    // A single way on stays on the same level, so that a straight flow does not run off to the right.
    const straight = ways.length === 1;
    for (const way of ways) {
      if (way.to && doc.nodes[way.to]) walk(way.to, id, way.name, straight ? depth : depth + 1, lost);
      else if (way.needed || !way.otherwise) lines.push({ depth: straight ? depth : depth + 1, exit: way.name, from: id, node: null, jump: false, needed: way.needed, lost });
    }
  };
  if (doc.nodes[doc.start]) walk(doc.start, null, null, 0, false);
  for (const id of Object.keys(doc.nodes)) if (!drawn.has(id)) walk(id, null, null, 0, true);
  return lines;
}
