/** The score in the browser is the server's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { drill, series, shown } from "../rooms/qa/report_columns.js";
import { bound, freshKey, grade, moved, noAnswer, points, scoreOf, wantsComment } from "../core/quality.js";

const base = { text: "Q", max: 1, choices: [], critical: false, allow_na: true, guidance: "", good: "", bad: "", comment_under: null, machine: null };
const A = { ...base, key: "a", kind: "yesNo", weight: 30 };
const B = { ...base, key: "b", kind: "scale", weight: 50, max: 5, comment_under: 0.6 };
const C = { ...base, key: "c", kind: "choice", weight: 20, critical: true, choices: [{ text: "x", points: 2 }, { text: "y", points: 1 }, { text: "z", points: 0 }] };
const form = { sections: [{ title: "S", questions: [A, B, C] }], intro: "", pass_score: 80, excellent: 95 };
const is = (/** @type {any} */ value, more = {}) => ({ ...noAnswer(), value, ...more });

test("the same sums as at the server", () => {
  const answers = { a: is(1), b: is(4), c: is(1) };
  assert.equal(scoreOf(form, answers).score, 80);
  assert.ok(Math.abs((scoreOf(form, { ...answers, a: is(null, { na: true }) }).score ?? 0) - 5000 / 70) < 1e-9);
  assert.deepEqual(scoreOf(form, { ...answers, c: is(2) }), { score: 0, failed: true, missing: 0, unexplained: 0, asked: 3 });
  assert.deepEqual(scoreOf(form, {}), { score: null, failed: false, missing: 3, unexplained: 0, asked: 3 });
});

test("a low answer wants a comment", () => {
  assert.equal(wantsComment(B, is(2)), true);
  assert.equal(wantsComment(B, is(2, { comment: "slow" })), false);
  assert.equal(wantsComment(B, is(3)), false);
});

test("a live score on its recording: moments move, what is open is filled in, nothing said is lost", () => {
  const own = { a: is(null, { comment: "hm" }), b: is(4, { at: 12.25 }) };
  const filled = { a: is(1, { machine: true }), b: is(5, { machine: true }), c: is(0, { machine: true, measured: 3 }) };
  assert.deepEqual(bound(own, filled, 2), { a: own.a, b: { ...own.b, at: 10.3 }, c: filled.c });
  assert.equal(bound(own, {}, 99).b?.at, 0);
});

test("marks, keys, places", () => {
  assert.deepEqual([points(89.44), points(null), grade(79, 80, 95), grade(80, 80, 95), grade(95, 80, 95), grade(null, 80, 95)], ["89.4", "–", "bad", "good", "best", "open"]);
  assert.equal(freshKey(form), "q4");
  assert.deepEqual([moved([1, 2, 3], 0, 1), moved([1, 2], 0, -1)], [[2, 1, 3], [1, 2]]);
});

test("a trend has all its weeks, and the line with most scores first", () => {
  const rows = [{ key: "a", label: "A", week: "2026-11-02", evaluations: 1, score: 80 }, { key: "b", label: "B", week: "2026-11-02", evaluations: 3, score: 70 }, { key: "b", label: "B", week: "2026-11-23", evaluations: 1, score: null }];
  const { weeks, lines } = series(rows);
  assert.deepEqual(weeks, ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]);
  assert.deepEqual(lines.map((line) => [line.key, line.evaluations, line.points.size]), [["b", 4, 2], ["a", 1, 1]]);
});

test("a line of a report leads to what it counts", () => {
  const span = { from: 1, to: 2 };
  const days = { from: "2026-11-02", to: "2026-11-08" };
  assert.equal(drill("scores", "agent", "7", span, days), "#scores&from=1&to=2&agent_id=7&purpose=score");
  assert.equal(drill("scores", "week", "2026-11-02", span, days), "#scores&from=1&to=2&purpose=score");
  assert.equal(drill("graders", "grader", "20", span, days), "#scores&from=1&to=2&grader_id=20");
  assert.equal(drill("recordings", "queue", "vip", span, days), "recordings.html#from=2026-11-02&to=2026-11-08&queue=vip");
  assert.equal(drill("recordings", "week", "2026-11-02", span, days), "recordings.html#from=2026-11-02&to=2026-11-08");
  assert.equal(drill("recordings", "team", "north", span, days), "");
  assert.deepEqual([shown(null, "share"), shown(0.055, "share"), shown(0.5, "coverage"), shown(3, "count"), shown(61, "seconds")], ["–", "5.5%", "50%", "3", "1:01"]);
});
