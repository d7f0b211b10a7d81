/** The phone in this page, for whoever offers buttons for it; null where the agent's device is another one. */

import { signal } from "../vendor/signals-core.js";

/**
 * One call of the phone. `state`: ringing, dialling, talking, held.
 * @typedef {object} PhoneCall
 * @property {string} id the SIP Call-ID
 * @property {string} state
 * @property {boolean} inbound
 * @property {boolean} muted
 * @property {string} number
 * @property {string} name
 * @property {{grade: string, loss: number, jitter_ms: number, rtt_ms: number | null} | null} quality
 */

/**
 * @typedef {object} PhoneControls
 * @property {() => PhoneCall[]} calls
 * @property {(id: string) => Promise<void>} answer
 * @property {(id: string) => void} hangUp
 * @property {(id: string) => Promise<void>} hold
 * @property {(id: string) => Promise<void>} retrieve
 * @property {(id: string, muted: boolean) => void} mute
 * @property {(id: string, digits: string) => void} press
 */

export const browserPhone = signal(/** @type {PhoneControls | null} */ (null));

/**
 * A call that this page's own phone holds is taken back, before the PBX puts its agent together with somebody else: the PBX
 * cannot take it back for the phone, and the agent would hear nobody.
 * @param {PhoneControls | null} phone @param {string} number the other side's, of the call
 */
export async function takeBack(phone, number) {
  const held = (phone?.calls() ?? []).filter((call) => call.state === "held");
  const call = held.find((one) => one.number === number) ?? held[0];
  if (phone && call) await phone.retrieve(call.id);
}

/** The checks before work, in the order in which they are shown. */
export const CHECKS = ["speaker", "notification", "microphone", "network"];

/** Does the caller of this SIP request ask to be answered without ringing? @param {(name: string) => string | undefined} header */
export function answersItself(header) {
  const told = [header("Call-Info"), header("Alert-Info")].join(" ");
  return /answer-after\s*=\s*0|auto-?answer|ring answer/i.test(told);
}
