/** Changes for many agents at once: what the stream tells of them, and which agents are ticked (pure). */

/** @import { MoveJson } from "./moves_shapes.js" */
/** @import { PushMessage } from "./shapes.js" */
/** @typedef {{moves: Map<number, MoveJson>}} MovesState */

/** @param {MovesState | null} state @param {PushMessage} message @returns {MovesState | null} */
export function moves(state, { type, data }) {
  if (type === "snapshot") return { moves: new Map(data.moves.map((/** @type {MoveJson} */ move) => [move.id, move])) };
  if (!state || !type.startsWith("move.")) return state;
  const copy = new Map(state.moves);
  if (type === "move.removed") copy.delete(data.id);
  else copy.set(data.id, data);
  return { moves: copy };
}

/** Can this be taken back now? @param {MoveJson} move @param {number} now unix seconds */
export const canUndo = (move, now) => move.undone_at === null && now < move.undo_until;

/** Those worth showing: what can be taken back, or was within the last minutes; newest first. @param {MovesState | null} state @param {number} now */
export function shownMoves(state, now) {
  const all = [...(state?.moves.values() ?? [])].filter((move) => canUndo(move, now) || (move.undone_at !== null && now - move.undone_at < 300));
  return all.sort((a, b) => b.id - a.id);
}

/** How many agents came out how. @param {MoveJson} move */
export function outcomes(move) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const item of move.items) counts[item.state] = (counts[item.state] ?? 0) + 1;
  return counts;
}

/**
 * The ticked ones after a click; with shift all between the last clicked one and this one come along.
 * @param {ReadonlySet<string>} ticked @param {string[]} order keys as they stand on the screen
 * @param {string} key @param {string | null} last @param {boolean} shift
 */
export function ticked(ticked, order, key, last, shift) {
  const next = new Set(ticked);
  const on = !next.has(key);
  const from = shift && last !== null ? order.indexOf(last) : -1;
  const to = order.indexOf(key);
  const range = from >= 0 && to >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
  for (const one of range) on ? next.add(one) : next.delete(one);
  return next;
}
