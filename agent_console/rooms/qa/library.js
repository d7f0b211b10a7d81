/** Excellent calls that their agents let others hear: the list, and one of them with its player. */

import { t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, own?: boolean, userId?: number, turn?: number, queueLabels?: Map<string, string>}} props `own`: as an agent sees it */
export function Library({ api, own, userId, turn, queueLabels }) {
  const answer = useAnswer(() => api.get("qa/library"), [turn]);
  const rows = answer.data?.items ?? [];
  const deaf = rows.length > 0 && rows.every((/** @type {any} */ one) => one.consent === "given" && !one.may_hear);
  return html`<${Part} id="library-title" title=${t("qa.library")}><${Problem} error=${answer.error} again=${answer.again} />${!answer.data && answer.busy && html`<${Loading} />`}
    ${answer.data && rows.length === 0 && html`<${Empty} icon="star" title=${t("qa.noLibrary")} text=${t(own ? "qa.noLibraryOwn" : "qa.noLibraryText")} />`}
    ${deaf && html`<p class="problem mild" role="status"><${Icon} name="mic" size=${16} /><span>${t("qa.libraryDeaf")}</span></p>`}
    <ul>${rows.map((/** @type {any} */ one) => html`<li class="library-line" key=${one.evaluation_id}><span class="score-mark grade-best">${points(one.score)}</span>
      <div><b>${one.title}</b><span class="sub">${one.agent_name}${one.queue && ` · ${queueLabels?.get(one.queue) || one.queue}`} · ${dateTime(one.subject_at, siteZone.value)} · ${duration(one.seconds)}</span></div>
      ${one.consent !== "given" && html`<span class="tag">${t(`qaConsent.${one.consent}`)}</span>`}
      ${one.may_hear && html`<a class="button small" href=${`#library=${one.evaluation_id}`}><${Icon} name="play" size=${15} />${t("qa.hear")}</a>`}${(!own || one.agent_id === userId) && html`<a class="button small quiet-button" href=${`#evaluation=${one.evaluation_id}`}>${t("qa.openScore")}</a>`}</li>`)}</ul><//>`;
}

/** @param {{api: Api, id: string, Player: any, back: string, queueLabels?: Map<string, string>}} props `Player` is the room of recordings' */
export function LibraryCall({ api, id, Player, back, queueLabels }) {
  const list = useAnswer(() => api.get("qa/library"), [id]);
  const recording = useAnswer(() => api.get(`qa/library/${id}/recording`), [id]);
  const one = (list.data?.items ?? []).find((/** @type {any} */ other) => String(other.evaluation_id) === id);
  return html`<article class="evaluation"><a class="button small" href=${back}><${Icon} name="left" size=${16} />${t("qa.back")}</a>
    <${Problem} error=${list.error || recording.error} again=${recording.again} />${!recording.data && recording.busy && html`<${Loading} />`}
    ${one && html`<section class="panel call-head"><div class="call-title"><h1>${one.title}</h1><span class="head-score"><span class="score-mark grade-best">${points(one.score)}</span></span></div>
      <dl class="facts"><div><dt>${t("qa.agent")}</dt><dd>${one.agent_name}</dd></div>${one.queue && html`<div><dt>${t("qa.queue")}</dt><dd>${queueLabels?.get(one.queue) || one.queue}</dd></div>`}<div><dt>${t("qa.callAt")}</dt><dd>${dateTime(one.subject_at, siteZone.value)}</dd></div><div><dt>${t("qa.length")}</dt><dd>${duration(one.seconds)}</dd></div></dl></section>`}
    ${recording.data && html`<${Player} api=${api} detail=${recording.data} start=${0} listen=${`qa/library/${id}/listen`} /><p class="sub">${t("qa.libraryHeard")}</p>`}</article>`;
}
