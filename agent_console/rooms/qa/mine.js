/** The agent's own scores; and the word on his page that there is a new one. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";
import { ScoreTable } from "./score_list.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, turn: number}} props */
export function Mine({ api, turn }) {
  const answer = useAnswer(() => api.get("qa/mine", { limit: 200 }), [turn]);
  const rows = answer.data?.items ?? [];
  return html`<${Part} id="mine-title" title=${t("page.my_quality")}><${Problem} error=${answer.error} again=${answer.again} />${!answer.data && answer.busy && html`<${Loading} />`}
    ${answer.data && rows.length === 0 && html`<${Empty} icon="star" title=${t("qa.noneMine")} text=${t("qa.noneMineText")} />`}${rows.length > 0 && html`<${ScoreTable} rows=${rows} own />`}<//>`;
}

/** Asked whether a call of his may be shown. @param {{api: Api, id: string, turn: number}} props */
export function Consent({ api, id, turn }) {
  const answer = useAnswer(() => api.get(`qa/evaluations/${id}`), [id, turn]);
  const say = useAction(async (/** @type {boolean} */ given) => answer.set(await api.post(`qa/evaluations/${id}/consent`, { given })));
  if (!answer.data?.library) return null;
  const consent = answer.data.library;
  return html`<div class="notice"><${Icon} name="star" /><div class="notice-body"><p class="notice-text">${t("qa.consentAsk")}</p><p class="sub">${t(`qaConsent.${consent}`)}</p><${Problem} error=${say.error} /></div>
    ${consent !== "given" && html`<button type="button" class="button small primary" disabled=${say.busy} onClick=${() => say.run(true)}>${t("qa.consentGive")}</button>`}${consent !== "refused" && html`<button type="button" class="button small" disabled=${say.busy} onClick=${() => say.run(false)}>${t("qa.consentRefuse")}</button>`}</div>`;
}

/** @param {{news: {id: number, what: string} | null, close: () => void}} props */
export function QualityNews({ news, close }) {
  if (!news || news.what === "disputed") return null;
  return html`<div class="notice" role="status"><${Icon} name="star" /><div class="notice-body"><p class="notice-text">${t(`qaNews.${news.what}`)}</p></div>
    <a class="button small" href=${`my_quality.html#evaluation=${news.id}`}>${t("qa.look")}</a><button type="button" class="icon-button" onClick=${close}><${Icon} name="close" size=${16} label=${t("action.close")} /></button></div>`;
}
