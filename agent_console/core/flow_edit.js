/** What an editor does with the document of a flow: pure, each change makes a new document, each can be taken back. */

/** @import { FlowDoc, FlowNode, History, Kind, Kinds, ShownExit } from "./flow_shapes.js" */

export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];
/** The exit that stands for "one more": it becomes the next free key when it is connected. */
export const ONE_MORE = "+";
const MOST_STEPS = 200;
const LONGEST_ID = 32;

/** @param {FlowDoc} doc @returns {History} */
export function begin(doc) {
  return { doc: tidy(doc), past: [], future: [], about: null };
}

/** A document of the server's, with what it leaves out put in. @param {FlowDoc} doc @returns {FlowDoc} */
export function tidy(doc) {
  const nodes = Object.fromEntries(Object.entries(doc.nodes ?? {}).map(([id, node]) => [id, { ...node, exits: node.exits ?? {} }]));
  return { ...doc, nodes };
}

/** Take a changed document. Changes about the same thing in a row are one step. @param {History} history @param {FlowDoc} doc @param {string | null} [about] @returns {History} */
export function change(history, doc, about = null) {
  if (doc === history.doc) return history;
  if (about && about === history.about) return { ...history, doc, future: [] };
  return { doc, past: [...history.past, history.doc].slice(-MOST_STEPS), future: [], about };
}

/** @param {History} history @returns {History} */
export function undo(history) {
  const before = history.past.at(-1);
  return before ? { doc: before, past: history.past.slice(0, -1), future: [history.doc, ...history.future], about: null } : history;
}

/** @param {History} history @returns {History} */
export function redo(history) {
  const [next, ...rest] = history.future;
  return next ? { doc: next, past: [...history.past, history.doc], future: rest, about: null } : history;
}

/** Whether two documents say the same, in whatever order their nodes stand. @param {FlowDoc} a @param {FlowDoc} b */
export function same(a, b) {
  return a === b || JSON.stringify(sorted(tidy(a))) === JSON.stringify(sorted(tidy(b)));
}

/** @param {any} value @returns {any} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// -- what there is

/** The ways out of a node in the order in which they are drawn. @param {Kind | undefined} kind @param {FlowNode} node @returns {ShownExit[]} */
export function exitsOf(kind, node) {
  const wired = node.exits ?? {};
  const to = (/** @type {string} */ name) => wired[name] ?? null;
  const fixed = (kind?.exits ?? []).map((exit) => ({ ...exit, to: to(exit.name) }));
  const known = new Set(fixed.map((exit) => exit.name));
  const more = (/** @type {string[]} */ names) => names.filter((name) => !known.has(name)).map((name) => ({ name, to: to(name), needed: true, otherwise: null }));
  if (kind?.per === "key") {
    const keys = KEYS.filter((key) => key in wired || key in (node.key_labels ?? {}));
    const next = freeKey(node);
    return [...more(keys), ...(next ? [{ name: ONE_MORE, to: null, needed: false, otherwise: null, add: true }] : []), ...fixed];
  }
  if (kind?.per === "case") return [...more((node.cases ?? []).map((/** @type {any} */ one) => one.name)), ...fixed];
  return [...fixed, ...more(Object.keys(wired))];
}

/** The next key that leads nowhere yet. @param {FlowNode} node @returns {string | null} */
export function freeKey(node) {
  return KEYS.find((key) => !(key in (node.exits ?? {})) && !(key in (node.key_labels ?? {}))) ?? null;
}

/** Who leads to whom: for each node the nodes and exits before it. @param {FlowDoc} doc @returns {Record<string, {node: string, exit: string}[]>} */
export function comingFrom(doc) {
  /** @type {Record<string, {node: string, exit: string}[]>} */
  const found = Object.fromEntries(Object.keys(doc.nodes).map((id) => [id, []]));
  for (const [id, node] of Object.entries(doc.nodes)) {
    for (const [exit, to] of Object.entries(node.exits ?? {})) found[to]?.push({ node: id, exit });
  }
  return found;
}

/** Nodes that a call can come to. @param {FlowDoc} doc @returns {Set<string>} */
export function reachable(doc) {
  const seen = new Set();
  const open = doc.nodes[doc.start] ? [doc.start] : [];
  while (open.length > 0) {
    const id = /** @type {string} */ (open.pop());
    if (seen.has(id)) continue;
    seen.add(id);
    for (const to of Object.values(doc.nodes[id]?.exits ?? {})) if (doc.nodes[to]) open.push(to);
  }
  return seen;
}

/** A name for a new node that no other has. @param {FlowDoc} doc @param {string} wish @returns {string} */
export function freeId(doc, wish) {
  const stem = wish.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z]+/, "").slice(0, LONGEST_ID - 4) || "node";
  if (!doc.nodes[stem]) return stem;
  let n = 2;
  while (doc.nodes[`${stem}${n}`]) n += 1;
  return `${stem}${n}`;
}

// -- changes

/**
 * A new node; behind an exit it is put between, and leads on to where the exit led.
 * @param {FlowDoc} doc @param {Kind} kind @param {{node: string, exit: string} | null} behind
 * @returns {{doc: FlowDoc, id: string}}
 */
export function addNode(doc, kind, behind) {
  const id = freeId(doc, kind.kind);
  /** @type {FlowNode} */
  const node = { kind: kind.kind, label: "", exits: {} };
  for (const setting of kind.settings) if (setting.needed) node[setting.name] = empty(setting);
  const onward = behind ? doc.nodes[behind.node]?.exits?.[behind.exit] : undefined;
  const main = kind.exits.find((exit) => exit.needed) ?? kind.exits[0];
  if (onward && main) node.exits = { [main.name]: onward };
  const first = Object.keys(doc.nodes).length === 0;
  const added = { ...doc, start: first ? id : doc.start, nodes: { ...doc.nodes, [id]: node } };
  return { doc: behind ? connect(added, behind.node, behind.exit, id) : added, id };
}

/** What a needed setting begins with. @param {{form: string, schema: any}} setting */
function empty(setting) {
  if (setting.form === "cases") return [{ name: "yes", when: [{ ask: "known" }] }];
  const type = setting.schema?.type;
  return type === "array" ? [] : type === "object" ? {} : type === "integer" || type === "number" ? (setting.schema.minimum ?? 0) : type === "boolean" ? false : "";
}

/** @param {FlowDoc} doc @param {string} from @param {string} exit @param {string | null} to @returns {FlowDoc} */
export function connect(doc, from, exit, to) {
  const node = doc.nodes[from];
  if (!node || (to !== null && !doc.nodes[to])) return doc;
  const name = exit === ONE_MORE ? freeKey(node) : exit;
  if (!name || (node.exits?.[name] ?? null) === to) return doc;
  const exits = { ...node.exits };
  if (to === null) delete exits[name];
  else exits[name] = to;
  return { ...doc, nodes: { ...doc.nodes, [from]: { ...node, exits } } };
}

/** Take nodes away. What led to one that had a single way on leads there now. @param {FlowDoc} doc @param {string[]} ids @returns {FlowDoc} */
export function removeNodes(doc, ids) {
  const gone = new Set(ids);
  /** @param {string} id @returns {string | null} */
  const after = (id) => {
    const seen = new Set();
    let at = id;
    while (gone.has(at) && !seen.has(at)) {
      seen.add(at);
      const ways = [...new Set(Object.values(doc.nodes[at]?.exits ?? {}))];
      if (ways.length !== 1) return null;
      at = /** @type {string} */ (ways[0]);
    }
    return gone.has(at) ? null : at;
  };
  /** @type {Record<string, FlowNode>} */
  const nodes = {};
  for (const [id, node] of Object.entries(doc.nodes)) {
    if (gone.has(id)) continue;
    if (!Object.values(node.exits ?? {}).some((to) => gone.has(to))) {
      nodes[id] = node;
      continue;
    }
    /** @type {Record<string, string>} */
    const exits = {};
    for (const [exit, to] of Object.entries(node.exits ?? {})) {
      const now = gone.has(to) ? after(to) : to;
      if (now !== null && (now !== id || now === to)) exits[exit] = now;
    }
    nodes[id] = { ...node, exits };
  }
  const start = gone.has(doc.start) ? (after(doc.start) ?? Object.keys(nodes)[0] ?? "") : doc.start;
  return { ...doc, start, nodes };
}

/** Change settings of a node; undefined takes one away. A case that is renamed keeps its exit. @param {FlowDoc} doc @param {string} id @param {Partial<FlowNode>} part @returns {FlowDoc} */
export function setNode(doc, id, part) {
  const node = doc.nodes[id];
  if (!node) return doc;
  /** @type {FlowNode} */
  const changed = { ...node, ...part };
  for (const key of Object.keys(part)) if (part[key] === undefined) delete changed[key];
  if (part.cases && node.cases) changed.exits = followCases(node, part.cases);
  return { ...doc, nodes: { ...doc.nodes, [id]: changed } };
}

/** @param {FlowNode} node @param {{name: string}[]} cases */
function followCases(node, cases) {
  const exits = { ...node.exits };
  const before = node.cases.map((/** @type {any} */ one) => one.name);
  const now = cases.map((one) => one.name);
  if (before.length === now.length) {
    before.forEach((/** @type {string} */ name, /** @type {number} */ n) => {
      const new_ = /** @type {string} */ (now[n]);
      if (name === new_ || now.includes(name) || !(name in exits)) return;
      exits[new_] = /** @type {string} */ (exits[name]);
      delete exits[name];
    });
  }
  for (const name of before) if (!now.includes(name)) delete exits[name];
  return exits;
}

/** Another name for a node, everywhere. @param {FlowDoc} doc @param {string} id @param {string} wish @returns {FlowDoc} the same when the name is taken or not allowed */
export function renameNode(doc, id, wish) {
  if (!doc.nodes[id] || doc.nodes[wish] || !/^[a-z][a-z0-9_-]{0,31}$/.test(wish)) return doc;
  const nodes = Object.fromEntries(Object.entries(doc.nodes).map(([name, node]) => {
    const exits = Object.fromEntries(Object.entries(node.exits ?? {}).map(([exit, to]) => [exit, to === id ? wish : to]));
    return [name === id ? wish : name, { ...node, exits }];
  }));
  return { ...doc, start: doc.start === id ? wish : doc.start, nodes };
}

/** Copied nodes as text, with the ways among them. @param {FlowDoc} doc @param {string[]} ids */
export function copy(doc, ids) {
  const nodes = Object.fromEntries(ids.filter((id) => doc.nodes[id]).map((id) => [id, doc.nodes[id]]));
  return JSON.stringify({ cti_flow_nodes: 1, nodes });
}

/** @param {FlowDoc} doc @param {string} text @param {Kinds} kinds @param {{node: string, exit: string} | null} behind @returns {{doc: FlowDoc, ids: string[]} | null} null when the text holds no nodes */
export function paste(doc, text, kinds, behind) {
  let held;
  try {
    held = JSON.parse(text);
  } catch {
    return null;
  }
  const given = held?.cti_flow_nodes === 1 ? Object.entries(/** @type {Record<string, FlowNode>} */ (held.nodes ?? {})).filter(([, node]) => node && kinds[node.kind]) : [];
  if (given.length === 0) return null;
  /** @type {Record<string, string>} */
  const names = {};
  let grown = doc;
  for (const [id, node] of given) {
    const fresh = freeId(grown, id.replace(/\d+$/, ""));
    names[id] = fresh;
    grown = { ...grown, nodes: { ...grown.nodes, [fresh]: { ...node, exits: {} } } };
  }
  for (const [id, node] of given) {
    const kept = Object.entries(node.exits ?? {}).filter(([, to]) => to in names).map(([exit, to]) => [exit, names[to]]);
    grown = setNode(grown, /** @type {string} */ (names[id]), { exits: Object.fromEntries(kept) });
  }
  const ids = Object.values(names);
  return { doc: behind ? connect(grown, behind.node, behind.exit, /** @type {string} */ (ids[0])) : grown, ids };
}

/** Prompts that a flow names. @param {FlowDoc} doc @returns {Set<string>} */
export function promptsOf(doc) {
  const found = new Set();
  const look = (/** @type {any} */ value) => {
    if (value && typeof value === "object") {
      if (value.say === "prompt" && value.prompt) found.add(value.prompt);
      Object.values(value).forEach(look);
    }
  };
  look(doc.nodes);
  return found;
}
