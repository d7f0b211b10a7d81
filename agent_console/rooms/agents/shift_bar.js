/**
 * What an agent does with his shift: sign in and out, ready, not ready, what comes after the call, after-call work.
 * Nothing here changes the screen: what was asked shows when the stream tells it.
 */

import { reasonWord } from "../../core/shift.js";
import { language, t } from "../../core/i18n.js";
import { duration, second } from "../../core/time.js";
import { computed, html, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";
import { useShortcut } from "../../ui/shortcuts.js";
import { OverrunMark } from "./shift_marks.js";
import { Menu } from "./shift_menu.js";
import { QueueChoiceDialog } from "./shift_queues.js";

/** @import { Api } from "../../core/api.js" */
/** @import { AgentJson, ShiftJson } from "../../core/shapes.js" */
/** @typedef {(event: Event, path: string, body?: object) => void} Command */

/** @param {{shift: ShiftJson | null, agent: AgentJson | null, api: Api, stopped: boolean}} props `stopped`: nothing can be asked now */
export function ShiftBar({ shift, agent, api, stopped }) {
  const [choosing, setChoosing] = useState(false);
  const [notes, setNotes] = useState(/** @type {{queue: string}[]} */ ([]));
  const action = useAction(async (path, body) => {
    setNotes([]);
    const done = await api.command(`me/shift/${path}`, body);
    setNotes(done?.notes ?? []);
  });
  const free = stopped ? "pbx_not_connected" : action.busy ? "busy" : !shift?.signed_in ? "off_duty" : agent?.state === "alerting" ? "ringing" : agent?.call ? "on_call" : "";
  useShortcut("ready", () => action.run("state", { state: "ready" }), free);
  // Where the menu is not on the page it cannot say why not.
  useShortcut("notReady", () => undefined, free || "busy", 9);
  if (!shift || !agent) return null;
  const command = (/** @type {Event} */ event, /** @type {string} */ path, /** @type {object} */ body = {}) => {
    // The second click of a double click would fall on whatever stands there by then.
    if (/** @type {MouseEvent} */ (event).detail > 1) return;
    action.run(path, body);
  };
  const signIn = (/** @type {Event} */ event) => (shift.queues.length > 1 ? setChoosing(true) : command(event, "sign-in", { queues: null }));
  const off = stopped || action.busy;
  return html`<div class="shift" role="group" aria-label=${t("shift.label")}>
    ${!shift.signed_in
      ? html`<button type="button" class="button primary" disabled=${off || shift.queues.length === 0} title=${shift.queues.length === 0 ? t("shift.noQueues") : undefined} onClick=${signIn}><${Icon} name="power" size=${16} />${t("shift.signIn")}</button>`
      : html`<${Working} shift=${shift} agent=${agent} command=${command} off=${off} onQueues=${() => setChoosing(true)} />`}
    <${Problem} error=${action.error} />
    ${notes.length > 0 && html`<div class="problem mild" role="status"><${Icon} name="pause" /><span>${t("shift.static", { queues: notes.map((note) => note.queue).join(", ") })}</span></div>`}
    ${choosing && html`<${QueueChoiceDialog} shift=${shift} busy=${action.busy} error=${action.error} close=${() => setChoosing(false)}
      onChosen=${async (/** @type {string[]} */ queues) => (await action.run("sign-in", { queues })) && setChoosing(false)} />`}
  </div>`;
}

/** @param {{shift: ShiftJson, agent: AgentJson, command: Command, off: boolean, onQueues: () => void}} props */
function Working({ shift, agent, command, off, onQueues }) {
  const onCall = agent.state === "busy" || agent.state === "alerting" || Boolean(agent.call);
  if (onCall) return html`<${Next} shift=${shift} command=${command} off=${off} />`;
  if (shift.acw) return html`<${Acw} shift=${shift} command=${command} off=${off} /><${Next} shift=${shift} command=${command} off=${off} />`;
  const choices = [
    { key: "queues", label: t("shift.queues"), icon: "queue", choose: onQueues },
    { key: "out", label: t("shift.signOut"), icon: "power", choose: (/** @type {Event} */ event) => command(event, "sign-out") },
  ];
  return html`
    ${shift.state !== "ready" && html`<button type="button" class="button primary" disabled=${off} onClick=${(/** @type {Event} */ event) => command(event, "state", { state: "ready" })}><${Icon} name="checkCircle" size=${16} />${t("shift.ready")}</button>`}
    <${Menu} label=${t("shift.notReady")} icon="pause" shortcut="notReady" disabled=${off} choices=${reasonChoices(shift, (event, reason) => command(event, "state", { state: "notReady", reason }))} />
    <${Menu} label=${t("shift.more")} disabled=${off} choices=${choices} class="quiet-button" />
    <${OverrunMark} limit=${shift.limit_at} />`;
}

/** @param {ShiftJson} shift @param {(event: Event, reason: string) => void} choose */
function reasonChoices(shift, choose) {
  return shift.reasons.map((reason) => {
    const limit = reason.limit_seconds ? ` · ${duration(reason.limit_seconds)}` : "";
    return { key: reason.code, label: `${reasonWord(reason.code)}${limit}`, choose: (/** @type {Event} */ event) => choose(event, reason.code) };
  });
}

/** What was chosen for after the call, and the choosing of it. @param {{shift: ShiftJson, command: Command, off: boolean}} props */
function Next({ shift, command, off }) {
  const next = shift.next;
  if (next) {
    const name = next.state === "notReady" ? reasonWord(next.reason) : t(next.state === "ready" ? "shift.ready" : "shift.signOut");
    return html`<span class="shift-next" role="status"><${Icon} name="right" size=${14} />${t("shift.nextIs", { state: name })}
      <button type="button" class="icon-button" disabled=${off} onClick=${(/** @type {Event} */ event) => command(event, "next", { state: null })}><${Icon} name="close" size=${14} label=${t("shift.nextUndo")} /></button></span>`;
  }
  const plain = (/** @type {string} */ state, /** @type {string} */ label, /** @type {string} */ icon) => ({ key: state, label, icon, choose: (/** @type {Event} */ event) => command(event, "next", { state }) });
  const choices = [
    ...(shift.state === "ready" || shift.acw ? [] : [plain("ready", t("shift.ready"), "checkCircle")]),
    ...reasonChoices(shift, (event, reason) => command(event, "next", { state: "notReady", reason })),
    plain("loggedOff", t("shift.signOut"), "power"),
  ];
  return html`<${Menu} label=${t("shift.next")} icon="clock" shortcut="next" disabled=${off} choices=${choices} />`;
}

/** @param {{shift: ShiftJson, command: Command, off: boolean}} props */
function Acw({ shift, command, off }) {
  const acw = /** @type {NonNullable<ShiftJson["acw"]>} */ (shift.acw);
  const left = useMemo(() => computed(() => t("shift.left", { time: duration(Math.ceil(acw.until) - second.value) })), [acw.until, language.value]);
  const done = acw.outcome_required;
  return html`<time role="timer" class="shift-left" aria-label=${t("shift.acwLeft")}>${left}</time>
    <button type="button" class="button" disabled=${off || !acw.extendable} onClick=${(/** @type {Event} */ event) => command(event, "acw/extend")}><${Icon} name="plus" size=${16} />${t("shift.extend")}</button>
    <button type="button" class="button primary" disabled=${off || done} title=${done ? t("error.outcome_missing") : undefined} onClick=${(/** @type {Event} */ event) => command(event, "acw/finish")}><${Icon} name="check" size=${16} />${t("shift.finish")}</button>`;
}
