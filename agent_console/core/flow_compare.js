/** What two documents of a flow differ in, node by node (pure). */

/** @import { FlowDoc } from "./flow_shapes.js" */

/** @typedef {{what: "added" | "removed" | "changed", node: string | null, parts: string[]}} Difference */

/** @param {FlowDoc} before @param {FlowDoc} after @returns {Difference[]} */
export function differences(before, after) {
  /** @type {Difference[]} */
  const found = [];
  const whole = parts({ ...before, nodes: undefined }, { ...after, nodes: undefined });
  if (whole.length > 0) found.push({ what: "changed", node: null, parts: whole });
  for (const [id, node] of Object.entries(after.nodes)) {
    const old = before.nodes[id];
    const changed = old ? parts(old, node) : [];
    if (!old) found.push({ what: "added", node: id, parts: [] });
    else if (changed.length > 0) found.push({ what: "changed", node: id, parts: changed });
  }
  for (const id of Object.keys(before.nodes)) if (!(id in after.nodes)) found.push({ what: "removed", node: id, parts: [] });
  return found;
}

/** @param {Record<string, any>} a @param {Record<string, any>} b */
function parts(a, b) {
  const empty = (/** @type {any} */ value) => value === undefined || value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !(empty(a[key]) && empty(b[key])) && text(a[key]) !== text(b[key]));
}

/** @param {any} value @returns {string} */
function text(value) {
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "";
  return `{${Object.keys(value).sort().map((key) => `${key}:${text(value[key])}`).join()}}`;
}
