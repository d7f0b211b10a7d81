/** What each report of quality shows, over what it can be taken, and where its lines lead (no DOM). */

import { percent } from "../../core/format.js";
import { points } from "../../core/quality.js";
import { duration } from "../../core/time.js";

/** @typedef {[key: string, text: string, kind: "count" | "score" | "share" | "seconds" | "bar" | "coverage"]} Column */

/** @typedef {{path: string, by: string[], columns: Column[]}} Report */

/** @type {Record<string, Report>} */
const reports = {
  scores: { path: "qa/reports", by: ["agent", "team", "queue", "grader", "form", "question", "week"], columns: [
    ["evaluations", "qa.evaluations", "count"], ["score", "qa.meanScore", "bar"], ["lowest", "qa.lowest", "score"], ["failed", "qa.failRate", "share"],
    ["disputed", "qa.disputeRate", "share"], ["changed", "qa.changeRate", "share"], ["acknowledged", "qa.ackRate", "share"]] },
  trend: { path: "qa/reports/trend", by: ["agent", "team", "queue", "question", "form", "grader"], columns: [] },
  graders: { path: "qa/reports/graders", by: ["grader"], columns: [
    ["evaluations", "qa.evaluations", "count"], ["rechecks", "qa.rechecks", "count"], ["calibrations", "qaTab.calibration", "count"], ["heard", "qa.heard", "seconds"],
    ["taken", "qa.taken", "seconds"], ["score", "qa.meanScore", "score"], ["off", "qa.offRecheck", "score"], ["disputed", "qa.disputeRate", "share"], ["changed", "qa.changeRate", "share"]] },
  recordings: { path: "qa/reports/recordings", by: ["agent", "team", "queue", "week"], columns: [
    ["recordings", "qa.recordings", "count"], ["seconds", "qa.length", "seconds"], ["scored", "qa.scored", "count"], ["coverage", "qa.coverage", "coverage"],
    ["silence", "qa.silenceShare", "share"], ["talk_over", "qa.talkOverShare", "share"], ["longest_silence", "qa.longestSilence", "seconds"]] },
};

export const reportNames = Object.keys(reports);

/** @param {string} name @returns {Report} */
export function reportOf(name) {
  const found = reports[name];
  if (!found) throw new Error(`no report ${name}`);
  return found;
}

/** A figure as people read it. @param {any} value @param {string} kind */
export function shown(value, kind) {
  if (value === null || value === undefined) return "–";
  if (kind === "share" || kind === "coverage") return percent(value, value > 0 && value < 0.1 ? 1 : 0);
  if (kind === "seconds") return duration(value);
  return kind === "count" ? String(value) : points(value);
}

/** @type {Record<string, string>} */
const filters = { agent: "agent_id", team: "team", queue: "queue", grader: "grader_id", form: "form_id", question: "question" };

/**
 * Where a line leads: to the scores that it counts, or to the recordings. Empty: nowhere.
 * @param {string} report @param {string} by @param {string} key @param {{from: number, to: number}} span of unix seconds @param {{from: string, to: string}} days of the site
 */
export function drill(report, by, key, span, days) {
  if (report === "recordings") {
    if (by === "team") return "";
    const of = by === "week" ? {} : { [by]: key };
    return key || by === "week" ? `recordings.html#${new URLSearchParams({ ...days, ...of })}` : "";
  }
  const of = key && by !== "week" ? { [filters[by] ?? by]: key } : {};
  // What a line of the scores counts: first scores, not their re-checks.
  return `#scores&${new URLSearchParams({ from: String(span.from), to: String(span.to), ...of, ...(report === "graders" ? {} : { purpose: "score" }) })}`;
}

/**
 * The points of a trend as one line for each key, those with most scores first, and all its weeks without a gap.
 * @param {{key: string, label: string, week: string, evaluations: number, score: number | null}[]} rows
 */
export function series(rows) {
  const days = rows.map((row) => Date.parse(`${row.week}T00:00Z`));
  const weeks = [];
  for (let at = Math.min(...days); at <= Math.max(...days); at += 7 * 86_400_000) weeks.push(new Date(at).toISOString().slice(0, 10));
  /** @type {Map<string, {key: string, label: string, evaluations: number, points: Map<string, {score: number | null, evaluations: number}>}>} */
  const lines = new Map();
  for (const row of rows) {
    const line = lines.get(row.key) ?? { key: row.key, label: row.label, evaluations: 0, points: new Map() };
    line.evaluations += row.evaluations;
    line.points.set(row.week, { score: row.score, evaluations: row.evaluations });
    lines.set(row.key, line);
  }
  return { weeks, lines: [...lines.values()].sort((a, b) => b.evaluations - a.evaluations || a.key.localeCompare(b.key)) };
}
