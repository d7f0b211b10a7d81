/** The agent's own calls of the day; each can be opened again to finish its write-up. */

import { caller } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { duration, shortTime, siteZone } from "../../core/time.js";
import { cls, html, useEffect } from "../../ui/html.js";
import { DialButton } from "../../ui/dial.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/**
 * @param {{api: Api, userId: number, live: Set<string>, turn: number, hasDraft: (callId: string) => boolean, chosen: string | null, onOpen: (row: any) => void}} props
 * `live` calls stand above and not here too; `turn` changes when a call of his ended: the list is asked for again
 */
export function MyDay({ api, userId, live, turn, hasDraft, chosen, onOpen }) {
  const answer = useAnswer(() => api.get("calls/mine", { limit: 50 }), []);
  // History is written a moment after the call: ask again shortly after each end.
  useEffect(() => {
    if (!turn) return undefined;
    const timers = [400, 2500].map((wait) => setTimeout(answer.again, wait));
    return () => timers.forEach(clearTimeout);
  }, [turn]);
  const rows = (answer.data?.items ?? []).filter((/** @type {any} */ row) => !live.has(row.call_id) && (row.ended_at !== null || own(row, userId)?.result));
  return html`<section class="panel my-day" aria-labelledby="my-day-title">
    <div class="panel-head"><h2 id="my-day-title">${t("myDay.title")}</h2>${rows.length > 0 && html`<span class="count">${rows.length}</span>`}</div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 ? html`<${Empty} icon="clock" title=${t("myDay.none")} />` : null}
    <ul class="day-list">${rows.map((/** @type {any} */ row) => html`<li key=${row.call_id}><${DayRow} row=${row} part=${own(row, userId)} draft=${hasDraft(row.call_id)}
      chosen=${row.call_id === chosen} onOpen=${onOpen} /><${DialButton} number=${row.number} customerId=${row.customer?.id} /></li>`)}</ul>
  </section>`;
}

/** @param {any} row @param {number} userId */
function own(row, userId) {
  return row.agents.find((/** @type {any} */ part) => part.user_id === userId);
}

/** @param {{row: any, part: any, draft: boolean, chosen: boolean, onOpen: (row: any) => void}} props */
function DayRow({ row, part, draft, chosen, onOpen }) {
  const missed = !part || part.talk_seconds === 0 && part.result !== "answered";
  const icon = missed ? "phoneOff" : row.direction === "outbound" ? "phoneOut" : "phoneIn";
  return html`<button type="button" class=${cls("day-row", missed && "missed", chosen && "chosen")} aria-pressed=${chosen ? "true" : "false"} onClick=${() => onOpen(row)}>
    <${Icon} name=${icon} size=${16} label=${missed ? t("myDay.missed") : t(`direction.${row.direction}`)} />
    <span class="day-who">${row.customer?.name || caller(row) || t("call.withheld")}</span>
    <span class="day-length">${missed ? (part?.result === "elsewhere" ? t("myDay.elsewhere") : t("myDay.missed")) : duration(part.talk_seconds)}</span>
    <time class="day-time">${shortTime(row.started_at, siteZone.value)}</time>
    ${draft && html`<span class="tag draft"><${Icon} name="pen" size=${13} />${t("myDay.draft")}</span>`}
  </button>`;
}
