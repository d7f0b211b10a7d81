/** An agent's shift: what the stream tells of it, and the names of reasons (pure). */

import { signal } from "../vendor/signals-core.js";
import { language, word } from "./i18n.js";

/** @import { PushMessage, ReasonJson, ShiftJson, ShiftNotice } from "./shapes.js" */

/** The admin's reasons by code, as the stream told them last. */
export const reasonNames = signal(/** @type {Map<string, ReasonJson>} */ (new Map()));

/** Learn the names of reasons from whatever state tells them. @param {any} state of a topic */
export function learnReasons(state) {
  const told = /** @type {ReasonJson[] | undefined} */ (state?.reasons ?? state?.shift?.reasons);
  if (!told || told.every((one) => reasonNames.peek().get(one.code) === one)) return;
  reasonNames.value = new Map([...reasonNames.peek(), ...told.map((one) => /** @type {[string, ReasonJson]} */ ([one.code, one]))]);
}

/** The name of a reason in the language of the page; the admin's word goes before ours. @param {string} code */
export function reasonWord(code) {
  const named = reasonNames.value.get(code);
  if (named) return language.value === "zh-CN" ? named.zh : named.en;
  return word("reason", code);
}

const NOTICES = ["agent.forced", "agent.moved", "shift.notice", "shift.overrun"];

/** Does this message belong to the shift, although it looks like another one's? @param {string} type */
export const isShift = (type) => type.startsWith("shift.") || type === "session.takenOver" || NOTICES.includes(type);

/**
 * The part of the own topic's state that belongs to the shift.
 * @template {{shift: ShiftJson | null, notice: ShiftNotice | null}} State
 * @param {State} state @param {PushMessage} message @returns {State}
 */
export function withShift(state, { type, ts, data }) {
  if (type === "shift.changed") return { ...state, shift: data };
  if (type === "session.takenOver") return state.shift ? { ...state, shift: { ...state.shift, tab: data.tab } } : state;
  if (NOTICES.includes(type)) return { ...state, notice: { type, ts, data } };
  return state;
}

/** Seconds by which the reason lasts too long; 0 or less while it does not. @param {number | null | undefined} limit @param {number} now */
export function overBy(limit, now) {
  return limit === null || limit === undefined ? -Infinity : now - Math.floor(limit);
}

/** May this tab act? Any may until one has said that it does. @param {ShiftJson | null} shift @param {string} tab */
export function acts(shift, tab) {
  return !shift || !shift.tab || shift.tab === tab;
}
