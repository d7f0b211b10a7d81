/** Where the nodes of a flow stand: layers by dagre, ways out as rows of a node, curves between (pure). */

import { Graph, layout } from "../vendor/dagre.js";
import { exitsOf } from "./flow_edit.js";

/** @import { FlowDoc, Kinds, Picture, Place, ShownExit, Wire } from "./flow_shapes.js" */

export const WIDTH = 224;
export const HEAD = 54;
export const ROW = 24;
export const FOOT = 8;
const MARGIN = 32;
const LARGE = 80;

/** @param {number} exits @returns {number} */
export function heightOf(exits) {
  return HEAD + (exits ? exits * ROW + FOOT : 0);
}

/** Where a way out begins, measured from its node's corner. @param {number} row */
export function handle(row) {
  return { x: WIDTH, y: HEAD + row * ROW + ROW / 2 };
}

/** What the places depend on: while it stays the same, they do. @param {FlowDoc} doc @param {Kinds} kinds @returns {string} */
export function shapeOf(doc, kinds) {
  return JSON.stringify([doc.start, Object.entries(doc.nodes).map(([id, node]) => [id, exitsOf(kinds[node.kind], node).map((exit) => [exit.name, exit.to])])]);
}

/** @param {FlowDoc} doc @param {Kinds} kinds @returns {Picture} */
export function draw(doc, kinds) {
  const order = inOrder(doc);
  const ranker = order.length > LARGE ? "tight-tree" : "network-simplex";
  const graph = new Graph({ multigraph: true }).setGraph({ rankdir: "LR", nodesep: 26, ranksep: 64, edgesep: 14, marginx: MARGIN, marginy: MARGIN, ranker });
  /** @type {Record<string, ShownExit[]>} */
  const rows = {};
  for (const id of order) {
    const exits = exitsOf(kinds[doc.nodes[id]?.kind ?? ""], /** @type {any} */ (doc.nodes[id]));
    rows[id] = exits;
    graph.setNode(id, { width: WIDTH, height: heightOf(exits.length) });
  }
  // Ways back do not take part: they would stretch the whole picture, and cost most of the time.
  const back = waysBack(doc, order);
  for (const [id, exits] of Object.entries(rows)) {
    for (const exit of exits) if (exit.to && doc.nodes[exit.to] && !back.has(`${id} ${exit.to}`)) graph.setEdge(id, exit.to, { weight: exit.needed ? 2 : 1 }, exit.name);
  }
  layout(graph);
  /** @type {Record<string, Place>} */
  const places = {};
  for (const id of graph.nodes()) {
    const { x, y, width, height } = graph.node(id);
    places[id] = { x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height };
  }
  const wires = Object.entries(rows).flatMap(([id, exits]) => exits.flatMap((exit, row) => (exit.to && places[exit.to] ? [wire(id, exit, row, places)] : [])));
  const all = Object.values(places);
  return {
    places, wires,
    width: Math.max(0, ...all.map((place) => place.x + place.width)) + MARGIN,
    height: Math.max(0, ...all.map((place) => place.y + place.height)) + MARGIN,
  };
}

/** Ways that close a circle; in a large flow every way to a node that is met earlier, so that it stays quick. @param {FlowDoc} doc @param {string[]} order @returns {Set<string>} */
function waysBack(doc, order) {
  const found = new Set();
  const ways = (/** @type {string} */ id) => Object.values(doc.nodes[id]?.exits ?? {}).filter((to) => doc.nodes[to]);
  if (order.length > LARGE) {
    const rank = new Map(order.map((id, n) => [id, n]));
    for (const id of order) for (const to of ways(id)) if (Number(rank.get(to)) <= Number(rank.get(id))) found.add(`${id} ${to}`);
    return found;
  }
  const above = new Set();
  const done = new Set();
  const walk = (/** @type {string} */ id) => {
    above.add(id);
    for (const to of ways(id)) {
      if (above.has(to)) found.add(`${id} ${to}`);
      else if (!done.has(to)) walk(to);
    }
    above.delete(id);
    done.add(id);
  };
  for (const id of order) if (!done.has(id)) walk(id);
  return found;
}

/** The nodes as a caller comes to them, first ways first; then those that nobody comes to. @param {FlowDoc} doc @returns {string[]} */
export function inOrder(doc) {
  const seen = new Set();
  const open = doc.nodes[doc.start] ? [doc.start] : [];
  while (open.length > 0) {
    const id = /** @type {string} */ (open.shift());
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...Object.values(doc.nodes[id]?.exits ?? {}).filter((to) => doc.nodes[to] && !seen.has(to)));
  }
  return [.../** @type {Set<string>} */ (seen), ...Object.keys(doc.nodes).filter((id) => !seen.has(id))];
}

/** @param {string} id @param {ShownExit} exit @param {number} row @param {Record<string, Place>} places @returns {Wire} */
function wire(id, exit, row, places) {
  const from = /** @type {Place} */ (places[id]);
  const to = /** @type {Place} */ (places[/** @type {string} */ (exit.to)]);
  const a = { x: from.x + handle(row).x, y: from.y + handle(row).y };
  const b = { x: to.x, y: to.y + HEAD / 2 };
  const back = b.x < a.x + 20;
  return { from: id, exit: exit.name, to: /** @type {string} */ (exit.to), back, path: back ? around(a, b, from, to) : curve(a, b), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
export function curve(a, b) {
  const reach = Math.max(36, Math.min(140, Math.abs(b.x - a.x) / 2));
  return `M${a.x} ${a.y}C${a.x + reach} ${a.y} ${b.x - reach} ${b.y} ${b.x} ${b.y}`;
}

/** A way back: out to the right, under or over both, in from the left. @param {{x: number, y: number}} a @param {{x: number, y: number}} b @param {Place} from @param {Place} to */
function around(a, b, from, to) {
  const below = Math.max(from.y + from.height, to.y + to.height) + 18;
  const out = a.x + 22, into = b.x - 26;
  return `M${a.x} ${a.y}C${out + 14} ${a.y} ${out + 14} ${below} ${a.x - 10} ${below}L${b.x + 10} ${below}C${into - 14} ${below} ${into - 14} ${b.y} ${b.x} ${b.y}`;
}

/** The scale and shift by which the whole picture is seen. @param {{width: number, height: number}} picture @param {{width: number, height: number}} room */
export function fit(picture, room) {
  const scale = Math.max(0.15, Math.min(1.1, (room.width - 24) / (picture.width || 1), (room.height - 24) / (picture.height || 1)));
  return { scale, x: Math.max(12, (room.width - picture.width * scale) / 2), y: Math.max(12, (room.height - picture.height * scale) / 2) };
}
