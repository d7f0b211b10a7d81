/** What one is on oneself, always in sight: whom one hears, who hears oneself, and the way out. */

import { ownSession } from "../../core/supervision.js";
import { t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Problem, useAction } from "../../ui/parts.js";
import { SessionLine, modeIcons, modeTexts } from "./session_line.js";

/** @import { App } from "../../ui/app.js" */
/** @import { MonitorMode, MonitoringJson } from "../../core/supervision_shapes.js" */

/** The own session as a bar, and those of others below it. @param {{app: App, frozenAt: number | null}} props */
export function Supervision({ app, frozenAt }) {
  const state = app.live.monitoring.value;
  const own = ownSession(state, app.who.user.id);
  const others = [...(state?.sessions.values() ?? [])].filter((one) => one.id !== own?.id);
  if (!own && others.length === 0) return null;
  return html`<section class="panel supervision" aria-label=${t("monitor.section")}>
    ${own && html`<${OwnSession} session=${own} app=${app} frozenAt=${frozenAt} />`}
    ${others.length > 0 && html`<ul class="session-list" aria-label=${t("monitor.others")}>${others.map((one) => html`<${SessionLine} key=${one.id} session=${one} frozenAt=${frozenAt} />`)}</ul>`}
  </section>`;
}

/** @type {Record<string, string>} */
const heard = { listen: "monitor.muted", whisper: "monitor.agentHears", barge: "monitor.bothHear", takeOver: "monitor.bothHear" };

/** @param {{session: MonitoringJson, app: App, frozenAt: number | null}} props */
function OwnSession({ session, app, frozenAt }) {
  const act = useAction((/** @type {string} */ path) => app.api.command(path));
  const mode = (/** @type {MonitorMode} */ name) => html`<button type="button" class=${cls("button small", session.mode === name && "on")} aria-pressed=${session.mode === name ? "true" : "false"}
    disabled=${act.busy || session.state !== "on" || session.mode === name} onClick=${() => act.run(`agents/${session.agent.user_id}/${name}`)}><${Icon} name=${modeIcons[name] ?? "headset"} size=${16} />${t(modeTexts[name] ?? "monitor.listen")}</button>`;
  return html`<div class=${cls("own-session", `own-${session.mode}`)} role="status">
    <span class="own-who"><${Icon} name=${modeIcons[session.mode] ?? "headset"} /><b>${session.agent.name}</b>
      ${session.state === "ringing" ? html`<span>${t("monitor.answerPhone", { device: session.supervisor.device })}</span>` : html`<${Elapsed} since=${session.on_at ?? session.asked_at} frozenAt=${frozenAt} />`}</span>
    ${session.state === "on" && html`<span class=${cls("own-heard", session.muted && "muted-note")}><${Icon} name=${session.muted ? "mask" : "chat"} size=${16} />${t(heard[session.mode] ?? "monitor.muted")}</span>`}
    <span class="own-actions">${mode("listen")}${mode("whisper")}${mode("barge")}
      <button type="button" class="button small" disabled=${act.busy || session.state !== "on"} onClick=${() => act.run(`agents/${session.agent.user_id}/take-over`)}><${Icon} name="phoneIn" size=${16} />${t("monitor.takeOver")}</button>
      ${session.state === "on" && html`<a class="button small" href="quality.html#live" target="_blank" rel="noopener"><${Icon} name="pen" size=${16} />${t("qa.scoreLive")}</a>`}
      <button type="button" class="button small primary" disabled=${act.busy} onClick=${() => act.run(`monitoring/${encodeURIComponent(session.id)}/stop`)}>${t("monitor.stop")}</button></span>
    <${Problem} error=${act.error} />
  </div>`;
}
