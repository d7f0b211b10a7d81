/** What a player reads from a drawing and its marks. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingOf, firstOfKeys, fromAddress, holds, jumpOver, keysFrom, nextSpeed, pauses, silences, turns } from "../core/recording.js";
import { me } from "../core/topics.js";

test("a drawing holds first the customer's heights, then ours", () => {
  const text = Buffer.from([1, 2, 3, 200, 201, 202]).toString("base64");
  const drawing = drawingOf(text, 0.05);
  assert.deepEqual([...drawing.customer], [1, 2, 3]);
  assert.deepEqual([...drawing.agent], [200, 201, 202]);
});

test("silence is where both are silent for long enough, and is passed over up to shortly before the next word", () => {
  const loud = [90, 90];
  const quiet = Array(40).fill(0);
  const customer = Uint8Array.from([...loud, ...quiet, ...loud]);
  const agent = Uint8Array.from([...loud, ...quiet.slice(0, 38), 50, 50, ...loud]);
  const spans = silences({ customer, agent, step: 0.05 });
  assert.equal(spans.length, 1);
  const [from, to] = spans[0] ?? [0, 0];
  assert.ok(Math.abs(from - 0.35) < 1e-9 && Math.abs(to - 1.75) < 1e-9, `${from} ${to}`);
  assert.equal(jumpOver(spans, 1), to);
  assert.equal(jumpOver(spans, 0.2), null);
  assert.equal(jumpOver(spans, 1.74), null);
  assert.deepEqual(silences({ customer: new Uint8Array(10), agent: new Uint8Array(10), step: 0.05 }), []);
});

test("speeds go by steps and stop at both ends", () => {
  assert.equal(nextSpeed(1, 1), 1.25);
  assert.equal(nextSpeed(0.75, -1), 0.75);
  assert.equal(nextSpeed(2.5, 1), 2.5);
});

test("a pause that never ended lasts to the end", () => {
  const marks = [{ kind: "paused", at_seconds: 2 }, { kind: "resumedByLimit", at_seconds: 5 }, { kind: "note", at_seconds: 6 }, { kind: "silenced", at_seconds: 8 }];
  assert.deepEqual(pauses(marks, 10), [[2, 5], [8, 10]]);
});

test("holds, hand-overs, conferences and keys stand on the time line", () => {
  const marks = [{ kind: "key", at_seconds: 1 }, { kind: "key", at_seconds: 1.2 }, { kind: "held", at_seconds: 2 }, { kind: "key", at_seconds: 3 }, { kind: "retrieved", at_seconds: 5 }];
  assert.deepEqual(holds(marks, 10), [[2, 5]]);
  assert.deepEqual(pauses(marks, 10), []);
  const listed = marks.filter(firstOfKeys);
  assert.deepEqual(listed.map((mark) => [mark.kind, mark.at_seconds]), [["key", 1], ["held", 2], ["key", 3], ["retrieved", 5]]);
  assert.deepEqual([keysFrom(marks, /** @type {any} */ (marks[0])), keysFrom(marks, /** @type {any} */ (marks[3]))], [2, 1]);
  const part = (/** @type {string} */ kind, /** @type {string} */ device, /** @type {number} */ from) => ({ kind, device, from_seconds: from, agent_name: device });
  assert.deepEqual(turns([part("queue", "", 0), part("talk", "a", 1), part("talk", "a", 2), part("talk", "b", 4), part("conference", "b", 6), part("conference", "a", 6), part("talk", "a", 9)]), [
    { kind: "transferred", at: 4, to: "b" },
    { kind: "conferenced", at: 6, to: "b" },
  ]);
});

test("an address names a recording and a second, and nothing else gets through", () => {
  assert.deepEqual(fromAddress("#recording=12&t=83"), { id: "12", at: 83 });
  assert.deepEqual(fromAddress("#recording=../x&t=-4"), { id: null, at: 0 });
  assert.deepEqual(fromAddress("#recording=1&t=NaN"), { id: "1", at: 0 });
});

test("an agent's own recording is known until his call is over", () => {
  const message = (/** @type {string} */ type, /** @type {any} */ data) => ({ seq: 1, ts: 0, topic: "me", type, data });
  let state = me(null, message("snapshot", { calls: [], pops: [], recording: [{ call_id: "a", state: "on", since: 1, resumes_at: null }] }));
  state = me(state, message("recording.changed", { call_id: "a", state: "paused", since: 2, resumes_at: 122 }));
  assert.equal(state?.recordings.get("a")?.state, "paused");
  state = me(state, message("call.cleared", { id: "a", state: "cleared" }));
  assert.equal(state?.recordings.size, 0);
});
