/** Changes for many agents, as the stream tells of them, and the ticks in the table. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { canUndo, moves, outcomes, shownMoves, ticked } from "../core/moves.js";

const move = (/** @type {number} */ id, /** @type {object} */ more = {}) => /** @type {any} */ ({ id, items: [], undone_at: null, undo_until: 100, ...more });

test("a snapshot, changes, and what is out of sight", () => {
  let state = moves(null, /** @type {any} */ ({ type: "snapshot", data: { moves: [move(1)] } }));
  state = moves(state, /** @type {any} */ ({ type: "move.changed", data: move(2) }));
  state = moves(state, /** @type {any} */ ({ type: "move.removed", data: { id: 1 } }));
  assert.deepEqual([...(state?.moves.keys() ?? [])], [2]);
});

test("what can be taken back is shown, what was taken back only for a while", () => {
  assert.equal(canUndo(move(1), 99), true);
  assert.equal(canUndo(move(1), 100), false);
  const state = { moves: new Map([[1, move(1)], [2, move(2, { undone_at: 10 })], [3, move(3, { undo_until: 500 })]]) };
  assert.deepEqual(shownMoves(state, 50).map((one) => one.id), [3, 2, 1]);
  assert.deepEqual(shownMoves(state, 400).map((one) => one.id), [3]);
  assert.deepEqual(outcomes(move(1, { items: [{ state: "done" }, { state: "failed" }, { state: "done" }] })), { done: 2, failed: 1 });
});

test("shift ticks all between the last one and this one, in the order of the screen", () => {
  const order = ["d", "c", "b", "a"];
  const one = ticked(new Set(), order, "c", null, false);
  assert.deepEqual([...one], ["c"]);
  assert.deepEqual([...ticked(one, order, "a", "c", true)], ["c", "b", "a"]);
  assert.deepEqual([...ticked(new Set(order), order, "b", "d", true)], ["a"]);
  assert.deepEqual([...ticked(one, order, "a", "gone", true)], ["c", "a"]);
});
