/** Whether an agent's call is being recorded, and the button that pauses it; both as the PBX says, not as was clicked. */

import { t, word } from "../../core/i18n.js";
import { second } from "../../core/time.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";

/** @import { MyRecordingJson } from "../../core/shapes.js" */

/** @param {{callId: string, recording: MyRecordingJson | undefined, api: import("../../core/api.js").Api, stopped: boolean}} props */
export function RecordButton({ callId, recording, api, stopped }) {
  const act = useAction((/** @type {string} */ what) => api.command(`calls/${encodeURIComponent(callId)}/recording/${what}`));
  if (!recording || recording.state === "off") return null;
  const on = recording.state === "on";
  if (recording.trouble) return html`<div class="record-line" data-recording="lost"><span class="record-state lost" role="alert"><${Icon} name="server" size=${16} />${word("recordingReason", recording.trouble)}</span></div>`;
  const left = recording.resumes_at === null ? null : Math.max(0, Math.ceil(recording.resumes_at - second.value));
  const label = on ? t("recording.pauseRecording") : recording.state === "paused" ? t("recording.resumeRecording") : t("recording.demand");
  return html`<div class="record-line" data-recording=${recording.state}><span class=${cls("record-state", on && "on")} role="status"><span class="record-dot" aria-hidden="true"></span>${t(`myRecording.${recording.state}`)}
      ${left !== null && html`<span class="sub">${t("recording.resumesIn", { n: left })}</span>`}</span>
    <button type="button" class="control-button" aria-disabled=${stopped || act.busy ? "true" : "false"} onClick=${() => !stopped && act.run(on ? "pause" : "resume")}><${Icon} name=${on ? "pause" : "play"} size=${18} /><span>${label}</span></button>
    <${Problem} error=${act.error} /></div>`;
}
