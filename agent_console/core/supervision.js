/** Who is on whose call, and the list of lost calls: what the stream tells of them (pure). */

/** @import { LostJson, MonitoredByJson, MonitoringJson, PushMessage } from "./supervision_shapes.js" */

/** @typedef {{sessions: Map<string, MonitoringJson>}} MonitoringState */
/** @typedef {{items: Map<number, LostJson>}} LostState */
/** @typedef {{ts: number, how: string, by: string, text: string}} Forced */

/** @template {string | number} Key @template {{id: any}} T @param {T[]} list @returns {Map<Key, T>} */
const byId = (list) => new Map(list.map((one) => [one.id, one]));

/** @template K, V @param {Map<K, V>} map @param {K} key @param {V | null} value */
function changed(map, key, value) {
  const copy = new Map(map);
  if (value === null) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** @param {MonitoringState | null} state @param {PushMessage} message @returns {MonitoringState | null} */
export function monitoring(state, { type, data }) {
  if (type === "snapshot") return { sessions: byId(data.sessions) };
  if (!state || !type.startsWith("monitoring.")) return state;
  return { sessions: changed(state.sessions, data.id, data.state === "ended" ? null : data) };
}

const WORK = ["open", "claimed"];

/** What is over goes from the list. @param {LostState | null} state @param {PushMessage} message @returns {LostState | null} */
export function lost(state, { type, data }) {
  if (type === "snapshot" || type === "lost.list") return { items: byId(data.items) };
  if (state && type === "lost.removed") return { items: changed(state.items, data.id, null) };
  if (!state || type !== "lost.changed") return state;
  const known = state.items.get(data.id);
  if (known && known.revision > data.revision) return state;
  return { items: changed(state.items, data.id, WORK.includes(data.state) ? data : null) };
}

/** Does this message tell an agent of supervision, although it looks like one of a call? @param {string} type */
export const isSupervision = (type) => type.startsWith("monitoring.") || type === "call.forced";

/**
 * The part of the own topic's state that tells who is on one's call, and what was forced.
 * @template {{monitored: MonitoredByJson[], forced: Forced | null}} State
 * @param {State} state @param {PushMessage} message @returns {State}
 */
export function withSupervision(state, { type, ts, data }) {
  if (type === "call.forced") return { ...state, forced: { ts, how: data.how, by: data.by, text: data.text } };
  const others = state.monitored.filter((one) => one.id !== data.id);
  return { ...state, monitored: type === "monitoring.ended" ? others : [...others, data] };
}

/** What a supervisor is on now. @param {MonitoringState | null} state @param {number} userId */
export function ownSession(state, userId) {
  return [...(state?.sessions.values() ?? [])].find((one) => one.supervisor.user_id === userId) ?? null;
}

/** Who is on an agent's call. @param {MonitoringState | null} state @param {number | null} agentId */
export function sessionsOn(state, agentId) {
  return [...(state?.sessions.values() ?? [])].filter((one) => one.agent.user_id === agentId && one.state === "on");
}
