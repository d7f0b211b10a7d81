/** The buttons of an agent's call. What is not possible now stays visible and says why; the PBX decides, not the click. */

import { t } from "../../core/i18n.js";
import { browserPhone, takeBack } from "../../core/browser_phone.js";
import { whyNot } from "../../core/control.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";
import { useShortcut } from "../../ui/shortcuts.js";
import { ControlButton } from "./control_button.js";
import { ConsultBar } from "./control_consult.js";
import { Keypad } from "./control_keypad.js";
import { Members } from "./control_members.js";
import { TargetDialog } from "./control_target.js";

/** @import { Api } from "../../core/api.js" */
/** @import { MyCallJson } from "../../core/shapes.js" */
/** @import { Command, ControlJson } from "../../core/control_shapes.js" */

/** Milliseconds after a change of the call in which a click on hang up is taken for one that was meant for something else. */
const GUARD = 1000;

/** Which call a key means when there are several: the one that is talked on. @type {Record<string, number>} */
const RANK = { dialling: 1, asking: 1, held: 2, ringing: 3 };

/** After these the agent talks to somebody else, and has to be heard. */
const TALKS_ON = ["consult", "conference"];

/** @param {string} callId */
const path = (callId) => `calls/${encodeURIComponent(callId)}`;

/**
 * @param {{call: MyCallJson, control: ControlJson | undefined, api: Api, stopped: boolean}} props
 * `stopped`: nothing is heard of the PBX, so nothing can be done
 */
export function CallControls({ call, control, api, stopped }) {
  const [asking, setAsking] = useState(/** @type {"transfer" | "consult" | "conference" | null} */ (null));
  const [keys, setKeys] = useState(false);
  const act = useAction(async (/** @type {string} */ name, /** @type {object} */ body) => {
    if (control?.can.hold === "held_by_phone" && TALKS_ON.includes(name)) await takeBack(browserPhone.peek(), call.number);
    return await api.command(`${path(call.id)}/${name}`, body);
  });
  const stage = control?.stage;
  const guarded = useGuard(`${call.id} ${stage}`);
  const why = (/** @type {Command} */ command) => (stopped ? "pbx_not_connected" : act.busy ? "busy" : whyNot(control, command));
  const run = (/** @type {string} */ name, body = {}) => act.run(name, body);
  const button = (/** @type {Command} */ command, /** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ click, pressed = /** @type {boolean | null} */ (null)) =>
    html`<${ControlButton} icon=${icon} label=${label} why=${why(command)} click=${click} pressed=${pressed} />`;
  const held = stage === "held";
  // The phone in this page has its own buttons for what a phone does; two of each would only puzzle.
  const inPage = browserPhone.value !== null;
  const rank = RANK[stage ?? ""] ?? 0;
  const byPhone = (/** @type {string} */ code) => (inPage ? "no_call" : code);
  useShortcut("hold", () => run(held ? "retrieve" : "hold"), byPhone(why(held ? "retrieve" : "hold")), rank);
  useShortcut("mute", () => run("mute", { on: !control?.muted }), byPhone(why("mute")), rank);
  useShortcut("keypad", () => setKeys(!keys), byPhone(why("dtmf")), rank);
  useShortcut("transfer", () => setAsking("transfer"), why("transfer"), rank);
  useShortcut("consult", () => setAsking("consult"), why("consult"), rank);
  useShortcut("hangUp", () => run("hangup"), byPhone(stopped ? "pbx_not_connected" : guarded ? "guarded" : ""), rank);
  if (!control) return null;
  const consulting = stage === "asking" || stage === "consulting";
  const choose = async (/** @type {import("../../core/control_shapes.js").TargetJson} */ to) => {
    const done = await run(asking ?? "transfer", { to });
    if (done) setAsking(null);
    return done;
  };
  return html`<div class="controls" role="group" aria-label=${t("control.title")} data-stage=${stage}>
    <div class="control-row">
      ${!inPage && (held ? button("retrieve", "play", t("control.retrieve"), () => run("retrieve")) : button("hold", "hold", t("control.hold"), () => run("hold")))}
      ${!inPage && button("mute", control.muted ? "micOff" : "mic", control.muted ? t("control.unmute") : t("control.mute"), () => run("mute", { on: !control.muted }), control.muted)}
      ${!inPage && button("dtmf", "keypad", t("control.keys"), () => setKeys(!keys), keys)}
      ${button("transfer", "forward", t("control.transfer"), () => setAsking("transfer"))}
      ${button("consult", "users", t("control.consult"), () => setAsking("consult"))}
      ${!consulting && button("conference", "plus", t("control.addThird"), () => setAsking("conference"))}
      ${button("park", "park", t("control.park"), () => run("park"))}
      ${!inPage && html`<${ControlButton} icon="phoneOff" label=${stage === "ringing" ? t("control.refuse") : t("control.hangup")} why=${stopped ? "pbx_not_connected" : guarded ? "guarded" : ""} click=${() => run("hangup")} kind="bad" />`}
    </div>
    ${control.tried && html`<p class="problem mild" role="status"><${Icon} name="phoneOff" /><span>${t(`control.tried.${control.tried}`)}</span></p>`}
    ${consulting && html`<${ConsultBar} control=${control} why=${why} run=${run} />`}
    ${stage === "conference" && html`<${Members} members=${control.members} run=${run} why=${why("members")} />`}
    ${stage === "waiting" && html`<p class="problem mild" role="status"><${Icon} name="hold" /><span>${t("error.waiting")}</span></p>`}
    ${keys && stage !== "ringing" && html`<${Keypad} send=${(/** @type {string} */ digits) => run("dtmf", { digits })} why=${why("dtmf")} />`}
    ${!asking && html`<${Problem} error=${act.error} />`}
    ${asking && html`<${TargetDialog} what=${asking} api=${api} choose=${choose} busy=${act.busy} error=${act.error} close=${() => { setAsking(null); act.clear(); }} />`}
  </div>`;
}

/** True for a second after `key` has changed. @param {string} key */
function useGuard(key) {
  const [free, setFree] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    const timer = setTimeout(() => setFree(key), GUARD);
    return () => clearTimeout(timer);
  }, [key]);
  return free !== key;
}
