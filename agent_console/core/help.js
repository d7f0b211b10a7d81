/** Raised hands, messages and notices: what the stream tells of them, to an agent and to supervisors (pure). */

/** @import { HandJson, HelpJson, NoticeJson, SentNoticeJson } from "./help_shapes.js" */
/** @import { PushMessage } from "./shapes.js" */

/** What an agent knows of his own. `turn` rises with every message, so that an open thread asks again. @typedef {{hand: HandJson | null, unread: number, notices: NoticeJson[], turn: number}} OwnHelp */
/** What supervisors know; by the agent's user number. @typedef {{hands: Map<number, HandJson>, unread: Map<number, number>, notices: Map<number, SentNoticeJson>, turns: Map<number, number>}} HelpState */

/** @param {HelpJson | undefined} told @param {number} turn @returns {OwnHelp} */
export function ownHelp(told, turn = 0) {
  return { hand: told?.hand ?? null, unread: told?.unread ?? 0, notices: told?.notices ?? [], turn };
}

/** Does this message of the own topic belong to help? @param {string} type */
export const isHelp = (type) => /^(hand|message|notice|help)\./.test(type);

/**
 * @template {{help: OwnHelp}} State
 * @param {State} state @param {PushMessage} message @returns {State}
 */
export function withHelp(state, message) {
  return { ...state, help: changed(state.help, message) };
}

/** @param {OwnHelp} help @param {PushMessage} message @returns {OwnHelp} */
function changed(help, { type, data }) {
  if (type === "help.mine") return ownHelp(data, help.turn + 1);
  if (type.startsWith("hand.")) return { ...help, hand: type === "hand.lowered" ? null : data };
  if (type.startsWith("message.")) return { ...help, unread: data.unread.by_agent, turn: help.turn + 1 };
  const others = help.notices.filter((one) => one.id !== data.id);
  return { ...help, notices: type === "notice.gone" ? others : [...others, data] };
}

/** @template V @param {Map<number, V>} map @param {number} key @param {V | undefined} value */
function put(map, key, value) {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** @param {HelpState | null} state @param {PushMessage} message @returns {HelpState | null} */
export function help(state, { type, data }) {
  if (type === "snapshot" || type === "help.list") {
    return {
      hands: new Map(data.hands.map((/** @type {HandJson} */ one) => [one.user_id, one])),
      unread: new Map(data.unread.map((/** @type {any} */ one) => [one.user_id, one.unread])),
      notices: new Map(data.notices.map((/** @type {SentNoticeJson} */ one) => [one.id, one])),
      turns: new Map([...(state?.turns ?? [])].map(([id, turn]) => [id, turn + 1])),
    };
  }
  if (!state) return state;
  if (type.startsWith("hand.")) return { ...state, hands: put(state.hands, data.user_id, type === "hand.lowered" ? undefined : data) };
  if (type.startsWith("message.")) {
    const left = data.unread.by_supervisors;
    return { ...state, unread: put(state.unread, data.agent_id, left || undefined), turns: put(state.turns, data.agent_id, (state.turns.get(data.agent_id) ?? 0) + 1) };
  }
  if (type === "thread.gone") return { ...state, unread: put(state.unread, data.agent_id, undefined) };
  if (type === "notice.gone") return { ...state, notices: put(state.notices, data.id, undefined) };
  if (type === "notice.changed") return { ...state, notices: put(state.notices, data.id, data.withdrawn_at === null ? data : undefined) };
  return state;
}

/** Hands, the longest waiting first; those to whom nobody comes yet before the others. @param {HelpState | null} state */
export function waitingHands(state) {
  return [...(state?.hands.values() ?? [])].sort((a, b) => Number(a.coming_at !== null) - Number(b.coming_at !== null) || a.raised_at - b.raised_at);
}

/** The notices that still hold. @template {{expires_at: number}} T @param {Iterable<T>} notices @param {number} now */
export const holding = (notices, now) => [...notices].filter((one) => one.expires_at > now);
