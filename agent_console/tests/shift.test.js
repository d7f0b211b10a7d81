/** The shift in the own topic, the names of reasons, commands that are sent once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../core/api.js";
import { chooseLanguage } from "../core/i18n.js";
import { acts, isShift, learnReasons, overBy, reasonWord } from "../core/shift.js";
import { agents, me } from "../core/topics.js";

const message = (type, data, topic = "me") => ({ seq: 1, ts: 5, type, topic, data });
const shift = { signed_in: true, state: "notReady", reason: "gym", tab: "", reasons: [] };
const agent = { pbx: "p", device: "PJSIP/1", state: "ready", queues: [], since: 1 };

test("what is done with the shift is not taken for the agent himself", () => {
  let state = me(null, message("snapshot", { agent, calls: [], pops: [], today: null, shift }));
  assert.equal(state.shift, shift);
  state = me(state, message("agent.forced", { by: "Boss", state: "ready", reason: "", text: "x" }));
  assert.equal(state.agent, agent);
  assert.deepEqual(state.notice, { type: "agent.forced", ts: 5, data: { by: "Boss", state: "ready", reason: "", text: "x" } });
  state = me(state, message("shift.changed", { ...shift, state: "ready" }));
  assert.equal(state.shift.state, "ready");
  state = me(state, message("session.takenOver", { tab: "two" }));
  assert.equal(acts(state.shift, "one"), false);
  assert.equal(acts(state.shift, "two"), true);
  const again = me(state, message("snapshot", { agent, calls: [], pops: [], today: null }));
  assert.equal(again.shift, null);
  assert.equal(again.notice, state.notice);
  assert.equal(me({ ...again }, message("session.takenOver", { tab: "x" })).shift, null);
  assert.equal(isShift("agent.ready"), false);
});

test("the admin's word for a reason goes before ours, in both languages, and follows his changes", () => {
  chooseLanguage("en");
  assert.equal(reasonWord("rona"), "No answer");
  assert.equal(reasonWord("gym"), "gym");
  const gym = { code: "gym", zh: "健身", en: "Gym", limit_seconds: null, active: true };
  learnReasons(agents(null, message("snapshot", { agents: [agent], reasons: [gym] }, "agents")));
  assert.equal(reasonWord("gym"), "Gym");
  chooseLanguage("zh-CN");
  assert.equal(reasonWord("gym"), "健身");
  const before = agents(null, message("snapshot", { agents: [agent] }, "agents"));
  const after = agents(before, message("agents.reasons", [{ ...gym, zh: "锻炼" }], "agents"));
  assert.equal(after.agents, before.agents);
  learnReasons(after);
  assert.equal(reasonWord("gym"), "锻炼");
  learnReasons({ shift: { reasons: [{ ...gym, code: "nap", zh: "午睡" }] } });
  assert.equal(reasonWord("nap"), "午睡");
});

test("a limit is over when it has passed, and never without one", () => {
  assert.equal(overBy(null, 100), -Infinity);
  assert.equal(overBy(90.4, 100), 10);
  assert.ok(overBy(100, 100) <= 0);
});

test("a command that got lost on the way is sent once more with the same key; one that was refused is not", async () => {
  const keys = [];
  let answers = [() => Promise.reject(new TypeError("no network")), async () => ({ ok: true, status: 202, json: async () => ({ notes: [] }) })];
  const api = new Api((url, init) => {
    keys.push(init.headers["Idempotency-Key"]);
    return answers.shift()();
  }, () => undefined);
  assert.deepEqual(await api.command("me/shift/sign-out"), { notes: [] });
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  answers = [async () => ({ ok: false, status: 409, json: async () => ({ code: "ringing" }) })];
  await assert.rejects(api.command("me/shift/sign-out"), { code: "ringing" });
  assert.equal(keys.length, 3);
  assert.notEqual(keys[2], keys[0]);
});
