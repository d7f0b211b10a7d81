/** The service level and sums over several queues. The formulas F1 to F6 stand in docs/glossary. */

/** @import { FiguresJson, QueueJson, AgentJson } from "./shapes.js" */

/** Parts of each definition: above and below the line. @type {Record<string, (f: FiguresJson) => [number, number]>} */
const definitions = {
  F1: (f) => [f.answered_within + f.abandoned_within, f.answered + f.abandoned],
  F2: (f) => [f.answered_within, f.answered],
  F3: (f) => [f.answered_within, f.answered + f.abandoned],
  F4: (f) => [f.answered_within, f.answered + f.abandoned - f.abandoned_within],
  F5: (f) => [f.answered_within + f.short_abandoned, f.answered + f.abandoned],
  F6: (f) => [f.answered_within, f.answered + f.abandoned - f.short_abandoned],
};

/** Service level, 0 to 1, or null when nobody has called. @param {string} definition @param {FiguresJson} figures */
export function serviceLevel(definition, figures) {
  const [above, below] = (definitions[definition] ?? /** @type {any} */ (definitions.F6))(figures);
  return below > 0 ? above / below : null;
}

/**
 * The figures of several queues as one. The service level and ASA are worked out from the sums, not averaged.
 * @param {QueueJson[]} queues @param {string} definition
 * @returns {FiguresJson}
 */
export function summed(queues, definition) {
  const sum = (/** @type {keyof FiguresJson} */ key) => queues.reduce((n, queue) => n + (queue.figures[key] ?? 0), 0);
  const answered = sum("answered");
  const waited = queues.reduce((n, { figures }) => n + (figures.asa ?? 0) * figures.answered, 0);
  const figures = {
    offered: sum("offered"), answered, abandoned: sum("abandoned"), short_abandoned: sum("short_abandoned"),
    answered_within: sum("answered_within"), abandoned_within: sum("abandoned_within"),
    service_level: /** @type {number | null} */ (null), asa: answered ? waited / answered : null,
    longest_wait_today: Math.max(0, ...queues.map((queue) => queue.figures.longest_wait_today ?? 0)),
  };
  figures.service_level = serviceLevel(definition, figures);
  return figures;
}

/** When the caller who waits longest joined, or null. @param {QueueJson[]} queues */
export function longestSince(queues) {
  let first = /** @type {number | null} */ (null);
  for (const queue of queues) {
    for (const { joined_at: at } of queue.waiting) if (first === null || at < first) first = at;
  }
  return first;
}

/**
 * How many agents of these queues are in each state; an agent of two queues counts once.
 * @param {Iterable<AgentJson>} agents @param {Set<string>} keys "pbx/name" of queues
 */
export function staffing(agents, keys) {
  const found = { ready: 0, talking: 0, wrapping: 0, notReady: 0, unreachable: 0, loggedOn: 0 };
  for (const agent of agents) {
    if (!agent.queues.some((member) => keys.has(`${agent.pbx}/${member.queue}`))) continue;
    if (agent.state === "loggedOff") continue;
    found.loggedOn += 1;
    if (agent.state === "ready") found.ready += 1;
    else if (agent.state === "busy" || agent.state === "alerting") found.talking += 1;
    else if (agent.state === "workingAfterCall") found.wrapping += 1;
    else if (agent.state === "notReady") found.notReady += 1;
    else found.unreachable += 1;
  }
  return found;
}
