/** The reducers: right at the end whatever came, and unchanged things keep their identity. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveStore } from "../core/store.js";
import { agentKey, agents, calls, me, queues, reducers, system } from "../core/topics.js";

const message = (type, data, topic = "x") => ({ seq: 1, ts: 1, type, topic, data });
const agent = (n, state = "ready") => ({ pbx: "p", device: `PJSIP/${n}`, state, queues: [], since: n, today: { answered: n } });

let seed = 3;
const random = (most) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % most;

test("agents: after any row of changes the last word on each agent stands", () => {
  for (let round = 0; round < 200; round++) {
    let state = agents(null, message("snapshot", { agents: [0, 1, 2, 3].map((n) => agent(n)) }));
    const truth = new Map([...state.agents].map(([key, value]) => [key, value.state]));
    for (let n = 0; n < 30; n++) {
      const one = agent(random(6), ["ready", "busy", "notReady"][random(3)]);
      const gone = random(8) === 0;
      state = agents(state, message(gone ? "agent.removed" : `agent.${one.state}`, one));
      if (gone) truth.delete(agentKey(one));
      else truth.set(agentKey(one), one.state);
    }
    assert.deepEqual(new Map([...state.agents].map(([key, value]) => [key, value.state])), truth);
  }
});

test("a change touches one row; the others and the state before stay what they were", () => {
  const before = agents(null, message("snapshot", { agents: [agent(0), agent(1)] }));
  const after = agents(before, message("agent.busy", agent(1, "busy")));
  assert.equal(after.agents.get("p/PJSIP/0"), before.agents.get("p/PJSIP/0"));
  assert.equal(before.agents.get("p/PJSIP/1").state, "ready");
  assert.equal(after.agents.get("p/PJSIP/1").state, "busy");
});

test("a change before the first snapshot, or of an unknown type, does nothing", () => {
  for (const reduce of Object.values(reducers)) {
    assert.equal(reduce(null, message("agent.ready", agent(1))), null);
    const state = { agents: new Map(), queues: new Map(), calls: new Map(), pops: new Map(), links: [] };
    assert.equal(reduce(state, message("weather.rain", {})), state);
  }
});

test("queues: figures that come alone leave who waits", () => {
  const queue = { pbx: "p", name: "q", label: "Q", waiting: [{ call_id: "1" }], figures: { offered: 1 }, agents: {} };
  let state = queues(null, message("snapshot", { queues: [queue] }));
  state = queues(state, message("queue.figures", { pbx: "p", name: "q", figures: { offered: 2 } }));
  const after = state.queues.get("p/q");
  assert.equal(after.figures.offered, 2);
  assert.equal(after.waiting.length, 1);
});

test("calls: one that is over leaves the list, also when its end is told twice", () => {
  let state = calls(null, message("snapshot", { calls: [{ id: "a", state: "queued", ended_at: null }] }));
  state = calls(state, message("call.cleared", { id: "a", state: "cleared", ended_at: 9 }));
  state = calls(state, message("call.cleared", { id: "a", state: "cleared", ended_at: 9 }));
  assert.equal(state.calls.size, 0);
});

test("system: calls of somebody who was erased", () => {
  const state = system(system(null, message("snapshot", { links: [], database: { up: true } })), message("system.forgotten", { call_ids: ["m:1"] }));
  assert.deepEqual(state.forgotten, ["m:1"]);
});

test("system: links by PBX, the database apart", () => {
  let state = system(null, message("snapshot", { links: [{ pbx: "b", up: true }], database: { up: true } }));
  state = system(state, message("system.link", { pbx: "a", up: false }));
  state = system(state, message("system.link", { pbx: "b", up: false }));
  state = system(state, message("system.database", { up: false, since: 3 }));
  assert.deepEqual(state.links.map((link) => [link.pbx, link.up]), [["a", false], ["b", false]]);
  assert.equal(state.database.up, false);
});

const empty = () => me(null, message("snapshot", { agent: null, calls: [], pops: [], today: { answered: 1 } }));
const pop = (state) => ({ call_id: "c", status: "matched", state });
const call = (leg, state = "delivered") => ({ id: "c", state, my_leg_state: leg, ended_at: leg === "cleared" ? 9 : null });

test("me: a pop goes when somebody else takes the call or nobody does", () => {
  for (const reason of ["elsewhere", "noAnswer"]) {
    let state = me(empty(), message("pop.show", pop("ringing")));
    state = me(state, message("pop.hide", { call_id: "c", reason }));
    assert.equal(state.pops.size, 0);
  }
});

test("me: after a talk the pop stays for the write-up; after a ring alone it goes", () => {
  let state = me(empty(), message("pop.show", pop("ringing")));
  state = me(state, message("pop.update", pop("talking")));
  state = me(state, message("pop.hide", { call_id: "c", reason: "ended" }));
  assert.equal(state.pops.get("c").state, "after");
  let rang = me(empty(), message("pop.show", pop("ringing")));
  rang = me(rang, message("pop.hide", { call_id: "c", reason: "ended" }));
  assert.equal(rang.pops.size, 0);
});

test("me: a call is there while the own leg lives", () => {
  let state = me(empty(), message("call.delivered", call("alerting")));
  assert.equal(state.calls.size, 1);
  state = me(state, message("call.connectionCleared", call("cleared", "established")));
  assert.equal(state.calls.size, 0);
});

test("me: the own state brings the day's figures", () => {
  const state = me(empty(), message("agent.busy", { ...agent(1, "busy"), today: { answered: 8, missed: 1 } }));
  assert.equal(state.agent.state, "busy");
  assert.deepEqual(state.today, { answered: 8, missed: 1 });
});

test("the store shows the first message at once and gathers a burst", () => {
  let now = 0;
  /** @type {(() => void)[]} */
  const later = [];
  const store = new LiveStore(() => now, (run) => later.push(run));
  let drawn = 0;
  store.agents.subscribe(() => drawn++);
  store.take({ ...message("snapshot", { agents: [agent(0)] }), topic: "agents" });
  assert.equal(drawn, 2);
  for (let n = 0; n < 500; n++) store.take({ ...message("agent.busy", agent(n % 20, "busy")), topic: "agents" });
  assert.equal(drawn, 2);
  assert.equal(later.length, 1);
  now = 16;
  later[0]();
  assert.equal(drawn, 3);
  assert.equal(store.agents.value.agents.size, 20);
});
