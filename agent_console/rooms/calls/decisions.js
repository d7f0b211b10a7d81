/** Why a call went where it went: the server's decisions with their reasons. Nothing where nothing was decided. */

import { shortDevice } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { siteZone, timeOfDay } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Problem, useAnswer } from "../../ui/parts.js";
import { reasonText, resultValues } from "./decision_words.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, id: string, queueLabels: Map<string, string>}} props */
export function Decisions({ api, id, queueLabels }) {
  const answer = useAnswer(() => api.get(`calls/${encodeURIComponent(id)}/decisions`), [id]);
  const items = answer.data?.items ?? [];
  if (!answer.error && items.length === 0) return null;
  const label = (/** @type {string} */ queue) => queueLabels.get(queue) || queue;
  return html`<section class="panel" aria-labelledby="decisions-title"><div class="panel-head"><h2 id="decisions-title">${t("decisions.title")}</h2></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    <ol class="steps">${items.map((/** @type {any} */ one, /** @type {number} */ n) => html`<li key=${n}><time>${timeOfDay(one.at, siteZone.value)}</time>
      <span>${t(`decision.${one.kind}`, resultValues(one, label, shortDevice))}${one.reasons.length > 0 && `${t("decisions.colon")}${one.reasons.map(reasonText).join(t("decisions.and"))}`}</span></li>`)}</ol></section>`;
}
