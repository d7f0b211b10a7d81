/** The recordings of one call on its page: where to hear them, or why there is none. */

import { t, word } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAnswer } from "../../ui/parts.js";

/** @param {{api: import("../../core/api.js").Api, callId: string}} props */
export function CallRecordings({ api, callId }) {
  const answer = useAnswer(() => api.get("recordings/of-call", { call_id: callId }), [callId]);
  const rows = answer.data?.items ?? [];
  return html`<section class="panel call-recordings" aria-labelledby="recordings-title"><div class="panel-head"><h2 id="recordings-title">${t("recordings.title")}</h2></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    ${answer.data && rows.length === 0 && html`<p class="panel-line">${t("recordings.notRecorded")}</p>`}
    <ul>${rows.map((/** @type {any} */ row) => html`<li key=${row.id} class="panel-line">${row.state === "ready"
      ? html`<a class="button small" href=${`recordings.html#recording=${row.id}`}><${Icon} name="play" size=${16} />${t("recording.hear", { time: duration(row.seconds) })}</a>`
      : html`<span class="tag draft">${word("recordingState", row.state)}</span>`}${row.reason && html`<span>${word("recordingReason", row.reason)}</span>`}
      ${row.notes.map((/** @type {string} */ note) => html`<span class="sub" key=${note}>${word("recordingNote", note)}</span>`)}</li>`)}</ul></section>`;
}
