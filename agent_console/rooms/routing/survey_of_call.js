/** What the caller answered after this call, on its page. Nothing where nobody was asked. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Problem, useAnswer } from "../../ui/parts.js";

/** @param {{api: import("../../core/api.js").Api, callId: string}} props */
export function CallSurvey({ api, callId }) {
  const answer = useAnswer(() => api.get(`calls/${encodeURIComponent(callId)}/survey`), [callId]);
  const items = answer.data?.items ?? [];
  if (!answer.error && items.length === 0) return null;
  return html`<section class="panel" aria-labelledby="call-survey-title"><div class="panel-head"><h2 id="call-survey-title">${t("survey.ofCall")}</h2></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    <ul class="steps">${items.map((/** @type {any} */ one) => html`<li key=${`${one.survey}/${one.question}`}><span>${one.label || t("survey.question", { n: one.question + 1 })}</span><b>${one.value === null ? t("survey.unanswered") : `${one.value} / ${one.kind === "csat" ? 5 : 10}`}</b><span class="quiet">${[one.queue, one.agent_name].filter(Boolean).join(" · ")}</span></li>`)}</ul></section>`;
}
