/** One supervisor on one agent's call, as a line. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed } from "../../ui/parts.js";

/** @import { MonitoringJson } from "../../core/supervision_shapes.js" */

/** @type {Record<string, string>} */
export const modeIcons = { listen: "headset", whisper: "chat", barge: "users", takeOver: "phoneIn" };
/** @type {Record<string, string>} */
export const modeTexts = { listen: "monitor.listen", whisper: "monitor.whisper", barge: "monitor.barge", takeOver: "monitor.takeOver" };

/** @param {{session: MonitoringJson, frozenAt: number | null}} props */
export function SessionLine({ session, frozenAt }) {
  return html`<li class="session-line"><${Icon} name=${modeIcons[session.mode] ?? "headset"} size=${16} />
    <span><b>${session.supervisor.name}</b> ${t(modeTexts[session.mode] ?? "monitor.listen")} · ${session.agent.name}</span>
    ${session.state === "ringing" ? html`<span class="sub">${t("monitor.ringing")}</span>` : html`<${Elapsed} since=${session.on_at ?? session.asked_at} frozenAt=${frozenAt} />`}
  </li>`;
}
