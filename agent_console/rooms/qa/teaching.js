/** Coaching that is open or done. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, turn?: number, own?: boolean}} props */
export function Coaching({ api, turn, own }) {
  const answer = useAnswer(() => api.get("qa/coaching"), [turn]);
  const done = useAction(async (/** @type {number} */ id) => {
    await api.post(`qa/coaching/${id}/done`);
    answer.again();
  });
  const rows = answer.data?.items ?? [];
  return html`<${Part} id="coaching-title" title=${t("qa.coaching")}><${Problem} error=${answer.error || done.error} again=${answer.again} />${answer.data && rows.length === 0 && html`<${Empty} icon="users" title=${t("qa.noCoaching")} text=${own ? undefined : t("qa.noCoachingText")} />`}
    <ul>${rows.map((/** @type {any} */ one) => html`<li class="coaching" key=${one.id}><div><b>${one.agent_name}</b>${one.label && html`<span class="tag">${one.label}</span>`}<p>${one.text}</p><span class="sub">${one.created_by} · ${dateTime(one.created_at, siteZone.value)}${one.due && ` · ${t("qa.dueOn", { day: one.due })}`}</span></div>
      <a class="button small quiet-button" href=${`#evaluation=${one.evaluation_id}`}>${t("qa.openScore")}</a>${one.done_at ? html`<span class="tag qa-acknowledged"><${Icon} name="check" size=${13} />${t("qa.coached")}</span>` : html`<button type="button" class="button small" disabled=${done.busy} onClick=${() => done.run(one.id)}><${Icon} name="check" size=${15} />${t("qa.coached")}</button>`}</li>`)}</ul><//>`;
}
