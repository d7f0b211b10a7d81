/** The browser phone on the agent's page: one click before work, then its calls. */

import { CHECKS } from "../../core/browser_phone.js";
import { t } from "../../core/i18n.js";
import { cls, html, useEffect, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { useAction } from "../../ui/parts.js";
import { useShortcut } from "../../ui/shortcuts.js";
import { Devices } from "./devices.js";
import { Phone } from "./phone.js";

/** @import { App } from "../../ui/app.js" */
/** @import { PhoneCall } from "../../core/browser_phone.js" */

/** @param {{app: App, shown: {device: string, key: string | null, passed: boolean}}} props `shown`: as the server has it */
export function PhonePanel({ app, shown }) {
  const phone = useMemo(() => new Phone(app.api, app.storage), []);
  const [open, setOpen] = useState(false);
  useEffect(() => phone.heard(shown), [shown, phone.status.value]);
  useEffect(() => () => void phone.stop(), []);
  useEffect(() => {
    const ask = (/** @type {BeforeUnloadEvent} */ event) => phone.calls.value.length && event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  const status = phone.status.value;
  const ready = status === "ready";
  useKeys(phone, ready);
  const start = () => phone.start(status === "elsewhere");
  return html`<section class=${cls("panel", "phone", `phone-${status}`)} aria-labelledby="phone-title">
    <div class="panel-head"><h2 id="phone-title">${t("phone.title")}</h2>
      ${ready && html`<span class=${cls("phone-line", phone.registered.value ? "up" : "down")} role="status"><${Icon} name=${phone.registered.value ? "checkCircle" : "unplug"} size=${16} />
        ${phone.registered.value ? t("phone.ready") : t("phone.lineDown")}</span>`}
    </div>
    ${ready ? phone.calls.value.map((call) => html`<${Call} key=${call.id} call=${call} phone=${phone} />`) : html`<${Before} phone=${phone} start=${start} heldElsewhere=${Boolean(shown.key)} />`}
    ${phone.trouble.value && html`<p class="problem" role="alert">${phone.trouble.value}</p>`}
    ${status !== "starting" && html`<div class="phone-foot">
      <button type="button" class="button small quiet" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}><${Icon} name="headset" size=${14} />${t("phone.devices")}</button>
      ${ready && html`<button type="button" class="button small quiet" onClick=${start}>${t("phone.checkAgain")}</button>
        <button type="button" class="button small quiet" onClick=${() => phone.stop()}>${t("phone.stop")}</button>`}
    </div>`}
    ${open && html`<${Devices} sound=${phone.sound} />`}
  </section>`;
}

/** The keys of the phone go before those of the call's control. @param {Phone} phone @param {boolean} ready */
function useKeys(phone, ready) {
  const calls = phone.calls.value;
  const line = phone.line;
  const first = (/** @type {string[]} */ ...states) => states.map((state) => calls.find((call) => call.state === state)).find(Boolean);
  const key = (/** @type {string} */ action, /** @type {PhoneCall | undefined} */ call, /** @type {(call: PhoneCall) => unknown} */ what, missing = "no_call") =>
    useShortcut(action, () => call && what(call), !ready ? "phone_not_ready" : call ? "" : missing, ready ? -1 : 9);
  key("answer", first("ringing"), (call) => line.answer(call.id), "nothing_rings");
  key("hangUp", first("talking", "dialling", "held", "ringing"), (call) => line.hangUp(call.id));
  key("hold", first("talking", "held"), (call) => (call.state === "held" ? line.retrieve(call.id) : line.hold(call.id)));
  key("mute", first("talking"), (call) => line.mute(call.id, !call.muted));
}

/** @param {{phone: Phone, start: () => void, heldElsewhere: boolean}} props */
function Before({ phone, start, heldElsewhere }) {
  const status = phone.status.value;
  const results = phone.results.value;
  const button = { off: "phone.start", starting: "phone.starting", failed: "phone.tryAgain", elsewhere: "phone.takeOver" }[status] ?? "phone.start";
  return html`<div class="phone-before">
    ${status === "elsewhere" && html`<p>${t("phone.elsewhere")}</p>`}
    ${status === "off" && html`<p>${heldElsewhere ? t("phone.heldElsewhere") : t("phone.before")}</p>`}
    ${(status === "starting" || status === "failed") && html`<ul class="phone-checks">${CHECKS.map((name) => html`<${Check} key=${name} name=${name} result=${results[name] ?? "running"} />`)}</ul>`}
    ${status === "starting" && results["microphone"] === "running" && html`<label class="phone-level"><span>${t("phone.level")}</span>
      <meter min="0" max="0.3" value=${Math.min(0.3, phone.level.value)}></meter></label>`}
    <button type="button" class="button primary" disabled=${status === "starting"} onClick=${start}><${Icon} name="phone" />${t(button)}</button>
  </div>`;
}

/** One step of the check: how it came out and, when it did not, the way out. @param {{name: string, result: string}} props */
function Check({ name, result }) {
  const state = result === "ok" ? "good" : result === "running" ? "running" : "bad";
  const icon = { good: "check", running: "clock", bad: "close" }[state];
  return html`<li class=${`phone-check check-${state}`}><${Icon} name=${icon} size=${16} /><div><span>${t(`phone.check.${name}`)}</span>
    <span class="sr">${t(`phone.checkState.${state}`)}</span>
    ${state === "bad" && html`<p class="phone-fix">${t(`phone.fix.${result}`)}</p>`}</div></li>`;
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @param {{call: PhoneCall, phone: Phone}} props */
function Call({ call, phone }) {
  const [keys, setKeys] = useState(false);
  const [pressed, setPressed] = useState("");
  const line = phone.line;
  useShortcut("keypad", () => setKeys(!keys), call.state === "talking" ? "" : "no_call", -1);
  const act = useAction((/** @type {() => any} */ what) => Promise.resolve(what()));
  const press = (/** @type {string} */ digit) => {
    line.press(call.id, digit);
    setPressed(pressed + digit);
  };
  const who = call.name && call.name !== call.number ? `${call.name} ${call.number}` : call.number || t("call.withheld");
  const button = (/** @type {string} */ key, /** @type {string} */ icon, /** @type {() => any} */ what, kind = "", /** @type {boolean | undefined} */ on = undefined) =>
    html`<button type="button" class=${cls("button", "small", kind, on && "on")} aria-pressed=${on === undefined ? undefined : String(on)} disabled=${act.busy} onClick=${() => act.run(what)}>
      <${Icon} name=${icon} size=${16} />${t(key)}</button>`;
  if (call.state === "ringing") {
    return html`<div class="phone-call ringing" role="group" aria-label=${who}><span class="phone-who">${who}</span>
      ${button("phone.answer", "phone", () => line.answer(call.id), "good")}${button("phone.decline", "phoneOff", () => line.hangUp(call.id), "danger")}
      ${act.error ? html`<p class="problem" role="alert">${t("phone.answerFailed")}</p>` : null}</div>`;
  }
  const talking = call.state === "talking";
  return html`<div class=${`phone-call ${call.state}`} role="group" aria-label=${who}>
    <span class="phone-who">${who}</span>${talking && call.quality && html`<${Quality} quality=${call.quality} />`}
    <div class="phone-buttons">
      ${talking && button(call.muted ? "phone.unmute" : "phone.mute", "mask", () => line.mute(call.id, !call.muted), "", call.muted)}
      ${call.state === "held" ? button("phone.retrieve", "phone", () => line.retrieve(call.id), "primary") : talking && button("phone.hold", "hold", () => line.hold(call.id))}
      ${talking && button("phone.keys", "key", () => setKeys(!keys), "", keys)}
      ${button("phone.hangUp", "phoneOff", () => line.hangUp(call.id), "danger")}
    </div>
    ${call.muted && html`<p class="phone-muted" role="status">${t("phone.muted")}</p>`}
    ${keys && talking && html`<div class="phone-keys" role="group" aria-label=${t("phone.keys")}>${KEYS.map((digit) => html`<button key=${digit} type="button" class="button" onClick=${() => press(digit)}>${digit}</button>`)}
      <output class="phone-pressed" aria-label=${t("phone.pressed")}>${pressed}</output></div>`}
    ${act.error ? html`<p class="problem" role="alert">${t("phone.actionFailed")}</p>` : null}
  </div>`;
}

/** @param {{quality: NonNullable<PhoneCall["quality"]>}} props */
function Quality({ quality }) {
  const figures = t("phone.figures", { loss: (quality.loss * 100).toFixed(1), jitter: Math.round(quality.jitter_ms), rtt: quality.rtt_ms === null ? "–" : Math.round(quality.rtt_ms) });
  return html`<span class=${`phone-quality quality-${quality.grade}`} title=${figures}>${t(`phone.quality.${quality.grade}`)}<span class="phone-figures">${figures}</span></span>`;
}
