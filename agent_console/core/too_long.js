/** What lasts too long (pure). Seconds. */

/** @import { AgentJson } from "./shapes.js" */

export const LONG_CALL = 600;
export const LONG_WRAP = 180;

/** Why an agent should be looked at now: a call, a wrap-up or a pause that lasts too long; null when none does. @param {AgentJson} agent @param {number} now */
export function tooLong(agent, now) {
  if (agent.state === "busy" && agent.call && now - agent.call.since > LONG_CALL) return "call";
  if (agent.state === "workingAfterCall" && now - agent.since > LONG_WRAP) return "wrap";
  const limit = agent.shift?.limit_at;
  return agent.state === "notReady" && limit !== null && limit !== undefined && now > limit ? "pause" : null;
}
