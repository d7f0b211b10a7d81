/** What the phone decides by itself: how good a line is, and whether a call is to be answered without a click. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { answersItself, takeBack } from "../core/browser_phone.js";
import { figuresOf, grade, lossBetween } from "../core/call_quality.js";

const inbound = { id: "in", type: "inbound-rtp", kind: "audio", packetsReceived: 990, packetsLost: 10, jitter: 0.0123, codecId: "c" };
const report = [
  { id: "v", type: "inbound-rtp", kind: "video", packetsReceived: 1, packetsLost: 1, jitter: 9 },
  inbound,
  { id: "c", type: "codec", mimeType: "audio/opus" },
  { id: "out", type: "outbound-rtp", kind: "audio", packetsSent: 1005 },
  { id: "far", type: "remote-inbound-rtp", kind: "audio", packetsLost: 2, roundTripTime: 0.0456 },
  { id: "pair", type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.5 },
];

test("figures of a report", () => {
  assert.deepEqual(figuresOf(report), { packets_received: 990, packets_lost: 10, packets_sent: 1005, jitter_ms: 12.3, codec: "opus", remote_lost: 2, rtt_ms: 45.6 });
});

test("what is not told is not made up", () => {
  assert.equal(figuresOf([]), null);
  assert.equal(figuresOf(report.filter((one) => one.id !== "in")), null);
  const plain = figuresOf([{ ...inbound, packetsLost: -3 }]);
  assert.deepEqual([plain?.packets_lost, plain?.rtt_ms, plain?.remote_lost, plain?.codec], [0, null, null, ""]);
  assert.equal(figuresOf(report.filter((one) => one.id !== "far"))?.rtt_ms, 500);
});

test("loss is counted between two readings", () => {
  const figures = /** @type {any} */ (figuresOf(report));
  assert.equal(lossBetween(null, figures), 0.01);
  assert.equal(lossBetween(figures, figures), 0);
  assert.equal(lossBetween(figures, { ...figures, packets_received: 1080, packets_lost: 20 }), 0.1);
});

test("the grade is that of the worst figure", () => {
  const good = { packets_received: 1, packets_lost: 0, packets_sent: 1, jitter_ms: 5, codec: "opus", remote_lost: 0, rtt_ms: 50 };
  assert.equal(grade(good, 0), "good");
  assert.equal(grade({ ...good, rtt_ms: null }, 0), "good");
  assert.equal(grade({ ...good, jitter_ms: 31 }, 0), "fair");
  assert.equal(grade({ ...good, rtt_ms: 301 }, 0), "fair");
  assert.equal(grade(good, 0.02), "fair");
  assert.equal(grade(good, 0.06), "poor");
  assert.equal(grade({ ...good, rtt_ms: 601 }, 0), "poor");
});

test("only a call that asks for it is answered by itself", () => {
  const header = (/** @type {Record<string, string>} */ given) => (/** @type {string} */ name) => given[name];
  assert.ok(answersItself(header({ "Call-Info": "<sip:x>;answer-after=0" })));
  assert.ok(answersItself(header({ "Alert-Info": "Auto-Answer" })));
  assert.ok(!answersItself(header({})));
  assert.ok(!answersItself(header({ "Call-Info": "<sip:x>;answer-after=5", "Alert-Info": "<http://x/ring.wav>" })));
});

test("of the calls that the phone holds, the one that is meant is taken back", async () => {
  /** @type {string[]} */
  const done = [];
  const one = (/** @type {string} */ id, /** @type {string} */ state, /** @type {string} */ number) => ({ id, state, number, name: "", inbound: true, muted: false, quality: null });
  const phone = (/** @type {any[]} */ calls) => /** @type {any} */ ({ calls: () => calls, retrieve: async (/** @type {string} */ id) => void done.push(id) });
  await takeBack(phone([one("a", "held", "138"), one("b", "held", "139"), one("c", "talking", "137")]), "139");
  await takeBack(phone([one("a", "held", "138")]), "0138");
  await takeBack(phone([one("c", "talking", "137")]), "137");
  await takeBack(null, "137");
  assert.deepEqual(done, ["b", "a"]);
});
