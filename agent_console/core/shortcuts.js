/** Keys for actions: which key is which, when one may act, and who acts (pure; nothing here knows a page). */

/**
 * The actions in the order of the list, each with its default key. Plain letters, because they are only heard while nobody
 * types; whoever wants others chooses others.
 * @type {[string, string][]}
 */
export const ACTIONS = [
  ["answer", "A"], ["hangUp", "X"], ["hold", "H"], ["mute", "M"], ["keypad", "K"], ["transfer", "T"], ["consult", "C"], ["complete", "F"],
  ["ready", "R"], ["notReady", "N"], ["next", "L"], ["note", "W"], ["search", "/"], ["help", "U"], ["list", "?"],
];
export const DEFAULTS = new Map(ACTIONS);

/** Milliseconds within which hang up has to be pressed a second time. */
export const GUARD = 1000;

/** Keys that move the focus, or that the browser and the screen reader want for themselves. */
const RESERVED = ["Tab", "Enter", "Escape", "Space", "F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12"];
const MODIFIERS = ["Control", "Alt", "Shift", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"];

/** @typedef {{key: string, code?: string, ctrlKey?: boolean, altKey?: boolean, shiftKey?: boolean, metaKey?: boolean, repeat?: boolean, isComposing?: boolean, keyCode?: number}} Pressed */

/** How a pressed key is written; empty for a modifier alone and while an input method puts signs together. @param {Pressed} event */
export function keyOf(event) {
  if (event.isComposing || event.keyCode === 229 || MODIFIERS.includes(event.key)) return "";
  const name = nameOf(event);
  // The sign says already that Shift was held for it: "?" and not "Shift+?".
  const shift = event.shiftKey && (name.length > 1 || /[A-Z0-9]/.test(name));
  return [event.ctrlKey && "Ctrl", event.metaKey && "Meta", event.altKey && "Alt", shift && "Shift", name].filter(Boolean).join("+");
}

/** @param {Pressed} event */
function nameOf({ key, code, altKey, ctrlKey }) {
  if (key === " ") return "Space";
  if (key.length > 1) return key;
  // A letter of another script, or what Alt makes of it, stands for the key on which it is.
  const place = /^Key([A-Z])$|^Digit([0-9])$/.exec(code ?? "");
  if (place && (altKey || ctrlKey || key.charCodeAt(0) > 127)) return /** @type {string} */ (place[1] ?? place[2]);
  return key.toUpperCase();
}

/** Why a key cannot be chosen; empty when it can. @param {string} key */
export function refusal(key) {
  const parts = key === "+" || key.endsWith("++") ? [...key.slice(0, -1).split("+").filter(Boolean), "+"] : key.split("+");
  const name = parts.at(-1) ?? "";
  const held = parts.slice(0, -1);
  if (RESERVED.includes(name) || name.length > 1 && !/^F\d+$/.test(name)) return "reserved";
  // Ctrl and Meta alone belong to the browser: copy, close, find.
  if (held.includes("Meta") || held.includes("Ctrl") && !held.includes("Alt")) return "reserved";
  return "";
}

/** Fields that take no text. */
const NO_TEXT = ["button", "checkbox", "radio", "range", "submit", "reset", "file", "color", "image"];

/**
 * Does somebody type into this? A choice counts too: there a letter chooses.
 * @param {{tagName?: string, type?: string, isContentEditable?: boolean} | null} target
 */
export function typing(target) {
  if (!target) return false;
  if (target.isContentEditable) return true;
  const tag = (target.tagName ?? "").toLowerCase();
  if (tag === "textarea" || tag === "select") return true;
  return tag === "input" && !NO_TEXT.includes(target.type ?? "text");
}

/**
 * The key of every action: the user's own, else the default, unless his own choice for another action has taken it.
 * @param {Record<string, string>} own @returns {Map<string, string>}
 */
export function keymap(own) {
  const taken = new Set(Object.values(own).filter(Boolean));
  return new Map(ACTIONS.map(([action, key]) => [action, own[action] ?? (taken.has(key) ? "" : key)]));
}

/** Which action a key stands for; undefined for none. @param {Map<string, string>} keys @param {string} key */
export function actionOf(keys, key) {
  return key ? [...keys].find(([, one]) => one === key)?.[0] : undefined;
}

/** The other action that has this key already; undefined when it is free. @param {Map<string, string>} keys @param {string} action @param {string} key */
export function clash(keys, action, key) {
  return key ? [...keys].find(([other, one]) => other !== action && one === key)?.[0] : undefined;
}

/**
 * One who can carry an action out. `why` is the code of why not now, empty when he can; the smallest `rank` goes first.
 * @typedef {{run: () => unknown, why: string, rank: number}} Doer
 */

/** Who carries which action out. Rooms enter what they can do, and take it out again. */
export class Registry {
  constructor() {
    /** @type {Map<string, Set<Doer>>} */
    this.doers = new Map();
  }

  /** @param {string} action @param {Doer} doer @returns {() => void} takes it out again */
  enter(action, doer) {
    const all = this.doers.get(action) ?? new Set();
    this.doers.set(action, all.add(doer));
    return () => void all.delete(doer);
  }

  /** Is there anybody for it on this page? @param {string} action */
  has(action) {
    return (this.doers.get(action)?.size ?? 0) > 0;
  }

  /** Who does it: the first who can, else the first, who says why not. @param {string} action @returns {Doer | undefined} */
  find(action) {
    const all = [...(this.doers.get(action) ?? [])].sort((a, b) => a.rank - b.rank);
    return all.find((one) => !one.why) ?? all[0];
  }
}

/**
 * A call is hung up by a second press within a second. Not by holding the key: a key that is leant on, or that sticks, repeats
 * and would hang up; and pressing twice works with every keyboard, switch and screen reader.
 */
export class Guard {
  constructor() {
    this.at = -Infinity;
  }

  /** Is this the second press? @param {number} now milliseconds */
  press(now) {
    const second = now - this.at <= GUARD;
    this.at = second ? -Infinity : now;
    return second;
  }
}
