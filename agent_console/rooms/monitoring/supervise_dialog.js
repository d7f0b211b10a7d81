/** What a supervisor does on an agent's call: listen, whisper, barge in, take it over, end it. */

import { ownSession, sessionsOn } from "../../core/supervision.js";
import { caller } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, signal, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";
import { SessionLine, modeIcons, modeTexts } from "./session_line.js";

/** @import { App } from "../../ui/app.js" */
/** @import { AgentJson } from "../../core/shapes.js" */
/** @import { MonitorMode } from "../../core/supervision_shapes.js" */

/** The agent whose call is looked at; by "pbx/device" no more than one. */
const chosen = signal(/** @type {number | null} */ (null));

/** The button in an agent's row; nothing for those who are not on a call. @param {{agent: AgentJson, app: App}} props */
export function SuperviseButton({ agent, app }) {
  if (!agent.call || agent.user_id === null || agent.user_id === app.who.user.id || agent.state !== "busy") return null;
  const listeners = sessionsOn(app.live.monitoring.value, agent.user_id);
  const names = listeners.map((one) => one.supervisor.name).join(", ");
  return html`<button type="button" class=${cls("icon-button", listeners.length > 0 && "watched")} onClick=${() => (chosen.value = agent.user_id)}>
    <${Icon} name="headset" size=${16} label=${listeners.length ? t("monitor.openWatched", { name: agent.name, names }) : t("monitor.open", { name: agent.name })} />
    ${listeners.length > 0 && html`<b class="watched-n">${listeners.length}</b>`}</button>`;
}

/** The dialog, while an agent is chosen. @param {{app: App}} props */
export function SuperviseDialog({ app }) {
  const agent = [...(app.live.agents.value?.agents.values() ?? [])].find((one) => one.user_id === chosen.value && one.user_id !== null);
  if (chosen.value === null || !agent) return null;
  const close = () => (chosen.value = null);
  return html`<${Dialog} title=${t("monitor.title", { name: agent.name })} close=${close}><${Choices} agent=${agent} app=${app} close=${close} /><//>`;
}

/** @param {{agent: AgentJson, app: App, close: () => void}} props */
function Choices({ agent, app, close }) {
  const [releasing, setReleasing] = useState(false);
  const state = app.live.monitoring.value;
  const own = ownSession(state, app.who.user.id);
  const others = sessionsOn(state, agent.user_id).filter((one) => one.supervisor.user_id !== app.who.user.id);
  const here = own && own.agent.user_id === agent.user_id ? own : null;
  const act = useAction((/** @type {string} */ name) => app.api.command(`agents/${agent.user_id}/${name}`));
  const take = async () => {
    if (await act.run("take-over")) close();
  };
  if (!agent.call) return html`<div class="stack"><p>${t("monitor.over", { name: agent.name })}</p><div class="form-end"><button type="button" class="button" onClick=${close}>${t("action.close")}</button></div></div>`;
  if (releasing) return html`<${Release} agent=${agent} app=${app} close=${close} back=${() => setReleasing(false)} />`;
  const mode = (/** @type {MonitorMode} */ name) => html`<button type="button" class=${cls("mode", here?.mode === name && "on")} aria-pressed=${here?.mode === name ? "true" : "false"}
    disabled=${act.busy || here?.mode === name} onClick=${() => act.run(name)}><${Icon} name=${modeIcons[name]} size=${22} /><b>${t(modeTexts[name] ?? "monitor.listen")}</b><span class="sub">${t(hints[name] ?? "monitor.listenHint")}</span></button>`;
  return html`<div class="stack">
    <p class="sub">${t("monitor.with", { caller: caller(agent.call) || t("call.withheld"), queue: agent.call.queue ?? "–" })}</p>
    <div class="modes" role="group" aria-label=${t("monitor.modes")}>${mode("listen")}${mode("whisper")}${mode("barge")}</div>
    ${here?.state === "ringing" && html`<p class="problem mild" role="status"><${Icon} name="bell" /><span>${t("monitor.answerPhone", { device: here.supervisor.device })}</span></p>`}
    ${here?.muted && here.state === "on" && html`<p class="muted-note" role="status"><${Icon} name="mask" />${t("monitor.muted")}</p>`}
    ${others.length > 0 && html`<ul class="session-list" aria-label=${t("monitor.others")}>${others.map((one) => html`<${SessionLine} key=${one.id} session=${one} frozenAt=${null} />`)}</ul>`}
    <${Problem} error=${act.error} />
    <div class="form-end">
      <button type="button" class="button" disabled=${act.busy} onClick=${take}><${Icon} name="phoneIn" size=${16} />${t("monitor.takeOver")}</button>
      <button type="button" class="button danger-button" disabled=${act.busy} onClick=${() => setReleasing(true)}><${Icon} name="phoneOff" size=${16} />${t("monitor.release")}</button>
    </div>
  </div>`;
}

/** @type {Record<string, string>} */
const hints = { listen: "monitor.listenHint", whisper: "monitor.whisperHint", barge: "monitor.bargeHint" };

/** @param {{agent: AgentJson, app: App, close: () => void, back: () => void}} props */
function Release({ agent, app, close, back }) {
  const [text, setText] = useState("");
  const [callId] = useState(agent.call?.id ?? "");
  const act = useAction(() => app.api.command(`calls/${encodeURIComponent(callId)}/release`, { text: text.trim() }));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim() && (await act.run())) close();
  };
  return html`<form class="stack" onSubmit=${submit}>
    <p>${t("monitor.releaseText", { name: agent.name })}</p>
    <${Field} label=${t("monitor.why")} hint=${t("force.textHint")}><input required maxlength="200" value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} /><//>
    <${Problem} error=${act.error} />
    <div class="form-end"><button type="submit" class="button danger-button" disabled=${act.busy}>${act.busy ? t("action.busy") : t("monitor.release")}</button>
      <button type="button" class="button" onClick=${back}>${t("action.cancel")}</button></div>
  </form>`;
}
