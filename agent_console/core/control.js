/** What an agent can do with his calls: what the stream tells of it, and what a typed number means (pure). */

/** @import { PushMessage } from "./shapes.js" */
/** @import { ColleagueJson, ControlJson, TargetJson } from "./control_shapes.js" */

/** Does this message tell of the control of a call? @param {string} type */
export const isControl = (type) => type.startsWith("control.");

/** @param {ControlJson[] | undefined} list @returns {Map<string, ControlJson>} */
export const controls = (list) => new Map((list ?? []).map((one) => [one.call_id, one]));

/**
 * @template {{control: Map<string, ControlJson>}} State
 * @param {State} state @param {PushMessage} message @returns {State}
 */
export function withControl(state, { type, data }) {
  const control = new Map(state.control);
  if (type === "control.gone") control.delete(data.call_id);
  else control.set(data.call_id, data);
  return { ...state, control };
}

/** Why not, as a code; empty when it is possible; unknown calls can do nothing. @param {ControlJson | undefined} control @param {import("./control_shapes.js").Command} command */
export const whyNot = (control, command) => (control ? control.can[command] ?? "" : "no_such_call");

/** How many digits an extension of a colleague or a service has at most. */
const EXTENSION = 6;

/** What somebody typed, as whom to call; null when it is no number. @param {string} text @returns {TargetJson | null} */
export function typed(text) {
  const number = text.replace(/[\s\-()./\u00a0]/g, "");
  if (!/^[0-9*#+]{1,20}$/.test(number)) return null;
  return { kind: number.length <= EXTENSION && !number.startsWith("+") ? "extension" : "external", value: number };
}

/** The colleagues whose name, number or team holds the text. @param {ColleagueJson[]} agents @param {string} text */
export function found(agents, text) {
  const wanted = text.trim().toLowerCase();
  return agents.filter((one) => !wanted || [one.name, one.number, one.team].some((part) => part.toLowerCase().includes(wanted)));
}
