/** A call's journey laid out for drawing (pure): lanes, bars and marks with places between 0 and 1. */

/** @import { SegmentJson } from "./shapes.js" */

/** @typedef {{n: number, kind: string, from: number, to: number, seconds: number, open: boolean, result: string | null, queue: string | null, device: string | null, heldSeconds: number, exact: boolean}} Bar */
/** @typedef {{key: string, kind: "ivr" | "queue" | "agent", name: string, device: string, bars: Bar[]}} Lane */

/**
 * @param {{started_at: number, ended_at: number | null, segments: SegmentJson[]}} call
 * @param {number} now unix seconds: where bars end that are still open
 * @returns {{lanes: Lane[], start: number, end: number, ticks: {at: number, seconds: number}[]}}
 */
export function journey(call, now) {
  const start = call.started_at;
  const ends = call.segments.map((segment) => segment.ended_at ?? now);
  const end = Math.max(start + 1, call.ended_at ?? now, ...ends);
  const place = (/** @type {number} */ at) => Math.min(1, Math.max(0, (at - start) / (end - start)));
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  for (const segment of [...call.segments].sort((a, b) => a.started_at - b.started_at || a.n - b.n)) {
    const lane = laneOf(segment, lanes);
    const to = segment.ended_at ?? end;
    lane.bars.push({
      n: segment.n, kind: segment.kind, from: place(segment.started_at), to: place(to), seconds: Math.max(0, to - segment.started_at),
      open: segment.ended_at === null, result: segment.result, queue: segment.queue, device: segment.device,
      heldSeconds: segment.held_seconds ?? 0,
      exact: segment.exact !== false,
    });
  }
  return { lanes: [...lanes.values()], start, end, ticks: ticks(end - start) };
}

/** @param {SegmentJson} segment @param {Map<string, Lane>} lanes @returns {Lane} */
function laneOf(segment, lanes) {
  const system = segment.kind === "ivr" || segment.kind === "queue" || segment.kind === "park" || !segment.device;
  const key = system ? (segment.kind === "queue" ? `queue:${segment.queue}` : segment.kind) : `agent:${segment.device}`;
  const found = lanes.get(key);
  if (found) {
    if (!found.name && segment.agent_name) found.name = segment.agent_name;
    return found;
  }
  const kind = system ? (segment.kind === "queue" ? "queue" : "ivr") : "agent";
  const name = kind === "queue" ? segment.queue ?? "" : segment.agent_name ?? "";
  /** @type {Lane} */
  const lane = { key, kind, name, device: system ? "" : segment.device ?? "", bars: [] };
  lanes.set(key, lane);
  return lane;
}

/** Four to nine round marks along the time. @param {number} seconds */
export function ticks(seconds) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  const step = steps.find((wide) => seconds / wide <= 9) ?? 86400;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, n) => ({ at: (n * step) / seconds, seconds: n * step }));
}
