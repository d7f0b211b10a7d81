/** The server's clock, durations, and times of day in the site's time zone (not the browser's). */

import { signal } from "../vendor/signals-core.js";

/**
 * Guesses the server's clock from the stamps on its messages. A message is always some time under way, so of the last
 * offsets the largest is nearest to the truth.
 */
export class ServerClock {
  /** @param {() => number} localNow milliseconds, such as Date.now */
  constructor(localNow) {
    this.localNow = localNow;
    /** @type {number[]} */
    this.offsets = [];
    this.offset = 0;
  }

  /** A message with this stamp (unix seconds) has come just now. @param {number} ts */
  heard(ts) {
    this.offsets.push(ts - this.localNow() / 1000);
    if (this.offsets.length > 8) this.offsets.shift();
    this.offset = Math.max(...this.offsets);
  }

  /** The browser's clock was set: forget what was measured by the old one. */
  forget() {
    this.offsets = [];
  }

  /** Unix seconds by the server's clock. */
  now() {
    return this.localNow() / 1000 + this.offset;
  }
}

/** The whole second that it is by the server's clock. Whoever shows a running time reads this. */
export const second = signal(0);

/** What the site has settled; filled from the topic `system`. */
export const siteZone = signal("Asia/Shanghai");

/**
 * Keep `second` true. It is set from the clock at every beat, never counted up, so it cannot drift; the next beat is
 * timed to fall just after the second turns. Returns the function that stops it.
 * @param {ServerClock} clock
 * @param {(run: () => void, milliseconds: number) => any} later
 * @param {(id: any) => void} cancel
 */
export function beat(clock, later, cancel) {
  /** @type {any} */
  let id;
  const step = () => {
    const now = clock.now();
    second.value = Math.floor(now);
    id = later(step, 1000 - ((now * 1000) % 1000) + 5);
  };
  step();
  return () => cancel(id);
}

/** 0:07 · 12:34 · 1:02:03. Never negative. @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone @param {string} language @param {Intl.DateTimeFormatOptions} options */
function format(zone, language, options) {
  const key = `${zone}|${language}|${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(language, { ...options, timeZone: zone, hourCycle: "h23" })));
  return found;
}

/** 14:03:22. @param {number} ts @param {string} zone */
export function timeOfDay(ts, zone) {
  return format(zone, "en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ts * 1000);
}

/** 14:03. @param {number} ts @param {string} zone */
export function shortTime(ts, zone) {
  return format(zone, "en-GB", { hour: "2-digit", minute: "2-digit" }).format(ts * 1000);
}

/** Year, month, day and so on of a moment in `zone`. @param {number} ts @param {string} zone */
export function parts(ts, zone) {
  const made = format(zone, "en-GB", {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(ts * 1000);
  return /** @type {Record<string, string>} */ (Object.fromEntries(made.map((part) => [part.type, part.value])));
}

/** 2026-11-23 14:03. @param {number} ts @param {string} zone */
export function dateTime(ts, zone) {
  const p = parts(ts, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

/** 2026-11-23. @param {number} ts @param {string} zone */
export function day(ts, zone) {
  const p = parts(ts, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** Monday 23 November, in the language of the page. @param {number} ts @param {string} zone @param {string} language */
export function longDay(ts, zone, language) {
  return format(zone, language, { weekday: "long", month: "long", day: "numeric" }).format(ts * 1000);
}

/**
 * Unix seconds of a wall-clock time in `zone`, such as 2026-11-23T14:03 from a date field; NaN when it is no time.
 * Right across changes of summer time: the offset is looked up at the moment itself.
 * @param {string} local @param {string} zone
 */
export function fromLocal(local, zone) {
  const asUtc = Date.parse(`${local.length === 10 ? `${local}T00:00` : local}Z`) / 1000;
  if (Number.isNaN(asUtc)) return NaN;
  const offsetAt = (/** @type {number} */ ts) => {
    const p = parts(ts, zone);
    return Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}Z`) / 1000 - Math.floor(ts);
  };
  const first = asUtc - offsetAt(asUtc);
  return asUtc - offsetAt(first);
}
