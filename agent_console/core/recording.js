/** What a player needs to know of a recording's drawing: heights, silences, speeds (pure). */

export const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];
/** Heights (of 255) below which nobody is heard. */
const QUIET = 3;
/** Seconds of silence that are worth jumping over, and what is left of them on both sides. */
const WORTH = 1.5;
const LEFT = 0.25;

/** @typedef {{customer: Uint8Array, agent: Uint8Array, step: number}} Drawing `step`: seconds that a height stands for */

/** @param {string} text base64: first the customer's heights, then as many of ours @param {number} step @returns {Drawing} */
export function drawingOf(text, step) {
  const all = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const half = Math.floor(all.length / 2);
  return { customer: all.slice(0, half), agent: all.slice(half), step: step || 1 };
}

/** Stretches in which both are silent, as [from, to] in seconds. @param {Drawing} drawing @returns {[number, number][]} */
export function silences({ customer, agent, step }) {
  /** @type {[number, number][]} */
  const found = [];
  let since = -1;
  for (let n = 0; n <= customer.length; n += 1) {
    const quiet = n < customer.length && (customer[n] ?? 0) <= QUIET && (agent[n] ?? 0) <= QUIET;
    if (quiet && since < 0) since = n;
    if (!quiet && since >= 0) {
      if ((n - since) * step >= WORTH) found.push([since * step + LEFT, n * step - LEFT]);
      since = -1;
    }
  }
  return found;
}

/** Where to jump when silence is passed over; null: nowhere. @param {[number, number][]} spans @param {number} at */
export function jumpOver(spans, at) {
  const span = spans.find(([from, to]) => at >= from && at < to - 0.1);
  return span ? span[1] : null;
}

/** The next speed up or down. @param {number} speed @param {1 | -1} by */
export function nextSpeed(speed, by) {
  const at = speeds.indexOf(speed);
  return speeds[Math.min(speeds.length - 1, Math.max(0, (at < 0 ? 1 : at) + by))] ?? 1;
}

/** Pauses as [from, to] in seconds, one that never ended up to `end`. @param {{kind: string, at_seconds: number}[]} marks @param {number} end @returns {[number, number][]} */
export function pauses(marks, end) {
  return spans(marks, end, ["paused", "silenced"], ["resumed", "resumedByLimit", "demanded"]);
}

/** Holds, in the same way. @param {{kind: string, at_seconds: number}[]} marks @param {number} end @returns {[number, number][]} */
export function holds(marks, end) {
  return spans(marks, end, ["held"], ["retrieved"]);
}

/** Where the call went to somebody else, and where it became a conference. @param {{kind: string, device: string | null, from_seconds: number, agent_name: string}[]} parts @returns {{kind: "transferred" | "conferenced", at: number, to: string}[]} */
export function turns(parts) {
  /** @type {{kind: "transferred" | "conferenced", at: number, to: string}[]} */
  const found = [];
  /** @type {string | null} */
  let last = null;
  let together = false;
  for (const part of parts) {
    if (part.kind === "conference" && !together) found.push({ kind: "conferenced", at: part.from_seconds, to: part.agent_name || part.device || "" });
    if (part.kind === "talk" && last !== null && part.device !== last && !together) found.push({ kind: "transferred", at: part.from_seconds, to: part.agent_name || part.device || "" });
    if (part.kind === "talk" || part.kind === "conference") last = part.device;
    together = part.kind === "conference";
  }
  return found;
}

/** @param {{kind: string, at_seconds: number}[]} marks @param {number} end @param {string[]} begins @param {string[]} ends @returns {[number, number][]} */
function spans(marks, end, begins, ends) {
  /** @type {[number, number][]} */
  const found = [];
  let since = -1;
  for (const mark of marks) {
    if (begins.includes(mark.kind)) since = since < 0 ? mark.at_seconds : since;
    if (ends.includes(mark.kind) && since >= 0) {
      found.push([since, mark.at_seconds]);
      since = -1;
    }
  }
  if (since >= 0) found.push([since, end]);
  return found;
}

/** Whether a mark is to be listed: of keys pressed one after the other only the first. @param {{kind: string, at_seconds: number}} mark @param {number} n @param {{kind: string, at_seconds: number}[]} marks */
export function firstOfKeys(mark, n, marks) {
  return mark.kind !== "key" || marks[n - 1]?.kind !== "key";
}

/** How many keys were pressed one after the other from this one on. @param {{kind: string, at_seconds: number}[]} marks @param {{kind: string, at_seconds: number}} first */
export function keysFrom(marks, first) {
  const rest = marks.slice(marks.indexOf(first));
  const other = rest.findIndex((mark) => mark.kind !== "key");
  return other < 0 ? rest.length : other;
}

/** The recording and second that an address names. @param {string} hash @returns {{id: string | null, at: number}} */
export function fromAddress(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const id = given.get("recording");
  const at = Number(given.get("t") ?? 0);
  return { id: id && /^\d{1,18}$/.test(id) ? id : null, at: Number.isFinite(at) && at > 0 ? at : 0 };
}
