/** What an agent is told of supervision: who is on his call, where the rules say so, and why a call of his is gone. */

import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { modeIcons } from "./session_line.js";

/** @import { Forced } from "../../core/supervision.js" */
/** @import { MonitoredByJson } from "../../core/supervision_shapes.js" */

/** @type {Record<string, string>} */
const texts = { listen: "monitored.listen", whisper: "monitored.whisper", barge: "monitored.barge", takeOver: "monitored.barge" };

/** @param {{monitored: MonitoredByJson[], forced: Forced | null}} props */
export function SupervisionNotices({ monitored, forced }) {
  const [seen, setSeen] = useState(/** @type {Forced | null} */ (null));
  return html`${monitored.map((one) => html`<p key=${one.id} class="problem mild monitored" role="status"><${Icon} name=${modeIcons[one.mode] ?? "headset"} /><span>${t(texts[one.mode] ?? "monitored.listen", { name: one.name })}</span></p>`)}
    ${forced && forced !== seen && html`<div class="problem mild" role="alert"><${Icon} name="shield" /><span>${forced.how === "takenOver" ? t("forced.takenOver", { name: forced.by }) : t("forced.released", { name: forced.by, text: forced.text })}</span>
      <button type="button" class="icon-button" onClick=${() => setSeen(forced)}><${Icon} name="close" size=${16} label=${t("action.close")} /></button></div>`}`;
}
