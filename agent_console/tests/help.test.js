/** Hands, messages and notices out of the stream, for an agent and for supervisors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { help, holding, waitingHands } from "../core/help.js";
import { me } from "../core/topics.js";

const told = (type, data, topic = "me") => ({ seq: 1, ts: 5, type, topic, data });
const hand = (user_id, more = {}) => ({ id: `h${user_id}`, user_id, name: `U${user_id}`, team: "", raised_at: 100 - user_id, call_id: null, number: "", caller: "", queue: null, coming_by: null, coming_by_name: "", coming_at: null, ...more });
const notice = (id, more = {}) => ({ id, text: "x", by: "Eva", sent_at: 1, expires_at: 50, ...more });

test("an agent's own hand, messages and notices", () => {
  let state = me(null, told("snapshot", { agent: null, calls: [], pops: [], today: null }));
  assert.deepEqual(state.help, { hand: null, unread: 0, notices: [], turn: 1 });
  state = me(state, told("hand.raised", hand(1)));
  assert.equal(state.help.hand.id, "h1");
  state = me(state, told("hand.coming", hand(1, { coming_at: 9, coming_by_name: "Eva" })));
  assert.equal(state.help.hand.coming_by_name, "Eva");
  state = me(state, told("hand.lowered", hand(1)));
  assert.equal(state.help.hand, null);
  state = me(state, told("message.new", { agent_id: 1, message: {}, unread: { by_agent: 2, by_supervisors: 7 } }));
  assert.deepEqual([state.help.unread, state.help.turn], [2, 2]);
  state = me(state, told("message.read", { agent_id: 1, unread: { by_agent: 0, by_supervisors: 7 } }));
  assert.deepEqual([state.help.unread, state.help.turn], [0, 3]);
  state = me(state, told("notice.shown", notice(4)));
  state = me(state, told("notice.shown", notice(4)));
  assert.equal(state.help.notices.length, 1);
  state = me(state, told("notice.gone", { id: 4 }));
  assert.deepEqual(state.help.notices, []);
  state = me(state, told("help.mine", { hand: hand(1), unread: 5, notices: [notice(9)] }));
  assert.deepEqual([state.help.hand.id, state.help.unread, state.help.notices[0].id], ["h1", 5, 9]);
});

test("supervisors: the last word on each hand, thread and notice", () => {
  assert.equal(help(null, told("hand.raised", hand(1), "help")), null);
  let state = help(null, told("snapshot", { hands: [hand(1)], unread: [{ user_id: 1, unread: 3 }], notices: [] }, "help"));
  const before = state;
  state = help(state, told("hand.raised", hand(2), "help"));
  assert.deepEqual([...before.hands.keys()], [1]);
  assert.deepEqual(waitingHands(state).map((one) => one.user_id), [2, 1], "the longest waiting first");
  state = help(state, told("hand.coming", hand(2, { coming_at: 3 }), "help"));
  assert.deepEqual(waitingHands(state).map((one) => one.user_id), [1, 2], "who is looked after comes last");
  state = help(state, told("hand.lowered", hand(1), "help"));
  assert.deepEqual([...state.hands.keys()], [2]);
  state = help(state, told("message.read", { agent_id: 1, unread: { by_agent: 1, by_supervisors: 0 } }, "help"));
  assert.deepEqual([state.unread.get(1), state.turns.get(1)], [undefined, 1]);
  state = help(state, told("message.new", { agent_id: 8, unread: { by_agent: 0, by_supervisors: 1 } }, "help"));
  assert.equal(state.unread.get(8), 1);
  state = help(state, told("notice.changed", notice(3, { withdrawn_at: null, readers: [] }), "help"));
  state = help(state, told("notice.changed", notice(4, { withdrawn_at: null, readers: [] }), "help"));
  state = help(state, told("notice.changed", notice(3, { withdrawn_at: 7, readers: [] }), "help"));
  assert.deepEqual([...state.notices.keys()], [4]);
  const again = help(state, told("snapshot", { hands: [], unread: [], notices: [] }, "help"));
  assert.equal(again.turns.get(8), 2, "an open thread is asked for again after a gap");
  assert.deepEqual(holding([notice(1), notice(2, { expires_at: 90 })], 50).map((one) => one.id), [2]);
});

test("how a call ended is kept for a moment, but only of a call that was shown", () => {
  const call = { id: "a", state: "established", my_leg_state: "connected", ended_at: null };
  let state = me(null, told("snapshot", { agent: null, calls: [call], pops: [], today: null }));
  state = me(state, told("call.cleared", { ...call, id: "b", state: "cleared" }));
  assert.equal(state.ended, null);
  state = me(state, told("call.cleared", { ...call, state: "cleared", outcome: "noAnswer" }));
  assert.equal(state.ended.outcome, "noAnswer");
});
