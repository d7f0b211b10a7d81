/**
 * Snapshot and changes of each topic → its state (pure). A state is never changed in place: what did not change keeps
 * its identity, so that only the rows that changed are drawn.
 */

import { controls, isControl, withControl } from "./control.js";
import { help, isHelp, ownHelp, withHelp } from "./help.js";
import { moves } from "./moves.js";
import { isShift, withShift } from "./shift.js";
import { callbacks, voicemail } from "./work_lists.js";
import { isSupervision, lost, monitoring, withSupervision } from "./supervision.js";

/** @import { AgentJson, CallJson, LinkJson, MeJson, MyCallJson, PhoneJson, PopJson, PushMessage, QueueJson, ReasonJson, ShiftJson, ShiftNotice, SystemJson, TodayJson } from "./shapes.js" */

/** @import { Forced } from "./supervision.js" */
/** @import { MonitoredByJson } from "./supervision_shapes.js" */

/** @typedef {{agents: Map<string, AgentJson>, reasons: ReasonJson[]}} AgentsState */
/** @typedef {{queues: Map<string, QueueJson>}} QueuesState */
/** @typedef {{calls: Map<string, CallJson>}} CallsState */
/** @typedef {{agent: AgentJson | null, calls: Map<string, MyCallJson>, pops: Map<string, PopJson>, today: TodayJson | null, shift: ShiftJson | null, phone: PhoneJson | null, notice: ShiftNotice | null, monitored: MonitoredByJson[], forced: Forced | null, control: Map<string, import("./control_shapes.js").ControlJson>, help: import("./help.js").OwnHelp, ended: MyCallJson | null, recordings: Map<string, import("./shapes.js").MyRecordingJson>, quality: {turn: number, news: {id: number, what: string} | null}}} MeState */

/** @param {{pbx: string, device: string}} agent */
export const agentKey = (agent) => `${agent.pbx}/${agent.device}`;
/** @param {{pbx: string, name: string}} queue */
export const queueKey = (queue) => `${queue.pbx}/${queue.name}`;

/** @template T @param {Map<string, T>} map @param {string} key @param {T} value */
function put(map, key, value) {
  return new Map(map).set(key, value);
}

/** @template T @param {Map<string, T>} map @param {string} key */
function without(map, key) {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/** @template T @param {T[] | undefined | null} list @param {(item: any) => string} key @returns {Map<string, T>} */
function keyed(list, key) {
  return new Map((list ?? []).map((item) => [key(item), item]));
}

/** @param {AgentsState | null} state @param {PushMessage} message @returns {AgentsState | null} */
export function agents(state, { type, data }) {
  if (type === "snapshot") return { agents: keyed(data.agents, agentKey), reasons: data.reasons ?? [] };
  if (state && type === "agents.reasons") return { ...state, reasons: data };
  if (!state || !type.startsWith("agent.")) return state;
  if (type === "agent.removed") return { ...state, agents: without(state.agents, agentKey(data)) };
  return { ...state, agents: put(state.agents, agentKey(data), data) };
}

/** @param {QueuesState | null} state @param {PushMessage} message @returns {QueuesState | null} */
export function queues(state, { type, data }) {
  if (type === "snapshot") return { queues: keyed(data.queues, queueKey) };
  if (!state || !type.startsWith("queue.")) return state;
  const key = queueKey(data);
  if (type === "queue.removed") return { queues: without(state.queues, key) };
  const before = state.queues.get(key);
  // Figures may come alone: what the change does not name stays.
  return { queues: put(state.queues, key, before ? { ...before, ...data } : data) };
}

/** A live call goes from the list when it is over. @param {CallsState | null} state @param {PushMessage} message @returns {CallsState | null} */
export function calls(state, { type, data }) {
  if (type === "snapshot") return { calls: keyed(data.calls, (/** @type {CallJson} */ call) => call.id) };
  if (!state || !type.startsWith("call.")) return state;
  const over = data.state === "cleared" || data.ended_at !== null && data.ended_at !== undefined;
  return { calls: over ? without(state.calls, data.id) : put(state.calls, data.id, data) };
}

/** @param {SystemJson | null} state @param {PushMessage} message @returns {SystemJson | null} */
export function system(state, { type, data }) {
  if (type === "snapshot") return data;
  if (!state) return state;
  if (type === "system.link") {
    const others = state.links.filter((/** @type {LinkJson} */ link) => link.pbx !== data.pbx);
    return { ...state, links: [...others, data].sort((a, b) => (a.pbx < b.pbx ? -1 : 1)) };
  }
  if (type === "system.recordings") return { ...state, recordings: data };
  if (type === "system.forgotten") return { ...state, forgotten: data.call_ids };
  if (type === "system.database") return { ...state, database: data };
  return state;
}

/** Does this call still concern the agent? @param {MyCallJson} call */
export function alive(call) {
  return call.state !== "cleared" && call.my_leg_state !== "cleared" && !call.ended_at;
}

/** @param {MeState | null} state @param {PushMessage} message @returns {MeState | null} */
export function me(state, message) {
  const { type, data } = message;
  if (type === "snapshot") {
    const snapshot = /** @type {MeJson} */ (data);
    return {
      agent: snapshot.agent ?? null,
      calls: new Map((snapshot.calls ?? []).filter(alive).map((call) => [call.id, call])),
      pops: keyed(snapshot.pops, (pop) => pop.call_id),
      today: snapshot.today ?? snapshot.agent?.today ?? null,
      shift: snapshot.shift ?? null,
      phone: snapshot.phone ?? null,
      notice: state?.notice ?? null,
      monitored: snapshot.monitored_by ?? [],
      forced: state?.forced ?? null,
      control: controls(snapshot.control),
      help: ownHelp(snapshot.help, (state?.help.turn ?? 0) + 1),
      ended: state?.ended ?? null,
      recordings: keyed(snapshot.recording, (one) => one.call_id),
      quality: state?.quality ?? { turn: 0, news: null },
    };
  }
  if (!state) return state;
  if (isShift(type)) return withShift(state, message);
  if (isHelp(type)) return withHelp(state, message);
  if (isControl(type)) return withControl(state, message);
  if (isSupervision(type)) return withSupervision(state, message);
  if (type === "agent.removed") return { ...state, agent: null };
  if (type.startsWith("agent.")) {
    return { ...state, agent: data, today: data.today ? { ...state.today, ...data.today } : state.today };
  }
  if (type.startsWith("call.")) return myCall(state, data);
  if (type === "pop.show" || type === "pop.update") return { ...state, pops: put(state.pops, data.call_id, data) };
  if (type === "pop.hide") return { ...state, pops: hidden(state.pops, data) };
  if (type === "qa.changed") return { ...state, quality: { turn: state.quality.turn + 1, news: data } };
  if (type === "recording.changed") return { ...state, recordings: put(state.recordings, data.call_id, data) };
  if (type === "phone.changed") return { ...state, phone: data };
  if (type === "today") return { ...state, today: data };
  return state;
}

/** @param {MeState} state @param {MyCallJson} call @returns {MeState} */
function myCall(state, call) {
  if (alive(call)) return { ...state, calls: put(state.calls, call.id, call) };
  // How it ended is shown for a moment, where it was on the screen at all.
  return { ...state, calls: without(state.calls, call.id), recordings: without(state.recordings, call.id), ended: state.calls.has(call.id) ? call : state.ended };
}

/**
 * A pop that only rang goes. Of a talk something unsaved may be on the screen: it stays, marked, and the page decides.
 * @param {Map<string, PopJson>} pops @param {{call_id: string, reason: string}} hide
 */
function hidden(pops, { call_id: id, reason }) {
  const pop = pops.get(id);
  if (pop && reason === "ended" && pop.state !== "ringing") return put(pops, id, { ...pop, state: /** @type {const} */ ("after"), gone: true });
  return without(pops, id);
}

/** @type {Record<string, (state: any, message: PushMessage) => any>} */
export const reducers = { agents, queues, calls, system, me, monitoring, lost, help, moves, callbacks, voicemail };
