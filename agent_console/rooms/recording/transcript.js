/** What was said, as a program has heard it; read on demand, as reading stands in the audit log. */

import { t, word } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, id: number, seek: (at: number) => void}} props */
export function Transcript({ api, id, seek }) {
  const [open, setOpen] = useState(false);
  return html`<section class="panel transcript" aria-labelledby="transcript-title"><div class="panel-head"><h2 id="transcript-title">${t("transcript.title")}</h2>
      ${!open && html`<button type="button" class="button small" onClick=${() => setOpen(true)}><${Icon} name="note" size=${16} />${t("transcript.show")}</button>`}</div>
    ${open ? html`<${Lines} api=${api} id=${id} seek=${seek} />` : html`<p class="panel-line sub">${t("transcript.audited")}</p>`}</section>`;
}

/** @param {{api: Api, id: number, seek: (at: number) => void}} props */
function Lines({ api, id, seek }) {
  const answer = useAnswer(() => api.get(`recordings/${id}/transcript`), [id]);
  const found = answer.data;
  if (answer.error) return html`<${Problem} error=${answer.error} again=${answer.again} />`;
  if (!found) return html`<${Loading} />`;
  if (found.state !== "ready") return html`<p class="panel-line">${found.state === "waiting" ? t("transcript.waiting") : word("transcriptReason", found.reason)}
    ${found.state === "waiting" && html` <button type="button" class="button small" onClick=${answer.again}>${t("action.tryAgain")}</button>`}</p>`;
  if (found.lines.length === 0) return html`<p class="panel-line">${t("transcript.nothing")}</p>`;
  return html`<p class="panel-line sub">${t("transcript.heardAs", { language: t(`transcriptLanguage.${found.language}`), engine: found.engine })}</p>
    <ol class="transcript-lines">${found.lines.map((/** @type {any} */ line) => html`<li key=${`${line.side}${line.from_seconds}`} data-side=${line.side}>
      <button type="button" class="link mark-time" onClick=${() => seek(line.from_seconds)}>${duration(line.from_seconds)}</button>
      <span class="tag">${t(`recording.${line.side}Side`)}</span><span lang=${found.language}>${line.text}</span></li>`)}</ol>`;
}
