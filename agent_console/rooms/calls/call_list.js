/** The call list: newest first, by pages, as CSV. */

import { caller } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { DialButton } from "../../ui/dial.js";
import { cls, html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Paging } from "../../ui/table.js";
import { queryOf } from "./call_filters.js";

/** @import { Api } from "../../core/api.js" */

/** @type {Record<string, string>} */
export const outcomeIcons = { answered: "check", abandoned: "phoneOff", leftQueue: "right", noAnswer: "phoneOff", busy: "pause", failed: "unplug", notQueued: "flow", merged: "flow", interrupted: "unplug" };

/** @param {{outcome: string | null, state: string}} props */
export function OutcomeBadge({ outcome, state }) {
  if (!outcome) return html`<span class="outcome running"><${Icon} name="phone" size=${14} />${word("callState", state)}</span>`;
  return html`<span class=${`outcome outcome-${outcome}`}><${Icon} name=${outcomeIcons[outcome] ?? "phone"} size=${14} />${word("outcome", outcome)}</span>`;
}

/** @param {{api: Api, filters: Record<string, string>, queueLabels: Map<string, string>}} props */
export function CallList({ api, filters, queueLabels }) {
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const query = queryOf(filters, siteZone.value);
  const key = JSON.stringify(query);
  useEffect(() => setCursors([]), [key]);
  const answer = useAnswer(() => api.get("calls", { ...query, limit: 50, cursor: cursors[cursors.length - 1] }), [key, cursors.join()]);
  const save = useAction(async () => keep(await api.csv("calls", query)));
  const rows = answer.data?.items ?? [];
  const next = answer.data?.next_cursor;
  return html`<section class="panel call-list" aria-labelledby="list-title" aria-busy=${answer.busy ? "true" : "false"}>
    <div class="panel-head"><h2 id="list-title">${t("calls.title")}</h2>${answer.busy && html`<span class="spinner small" aria-hidden="true"></span>`}
      <button type="button" class="button small panel-action" disabled=${rows.length === 0 || save.busy} onClick=${() => save.run()}><${Icon} name="download" size=${16} />CSV</button></div>
    <${Problem} error=${save.error} />
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 ? html`<${Empty} icon="search" title=${t("calls.none")} text=${t("calls.noneText")} />` : null}
    ${rows.length > 0 && html`<div class="table-frame"><table class="table call-table"><thead><tr><th scope="col">${t("calls.time")}</th><th scope="col">${t("calls.who")}</th>
      <th scope="col">${t("calls.queue")}</th><th scope="col">${t("calls.agent")}</th><th scope="col">${t("calls.outcome")}</th><th scope="col" class="number">${t("calls.wait")}</th>
      <th scope="col" class="number">${t("calls.talk")}</th><th scope="col" class="number">${t("calls.length")}</th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ row) => html`<${Row} key=${row.id} row=${row} queueLabels=${queueLabels} />`)}</tbody></table></div>`}
    ${(cursors.length > 0 || next) && html`<${Paging} first=${cursors.length === 0} next=${Boolean(next)} busy=${answer.busy} page=${cursors.length + 1}
      back=${() => setCursors(cursors.slice(0, -1))} on=${() => setCursors([...cursors, next])} />`}
  </section>`;
}

/** @param {{row: any, queueLabels: Map<string, string>}} props */
function Row({ row, queueLabels }) {
  const talked = row.agents.filter((/** @type {any} */ part) => part.talk_seconds > 0);
  const people = (talked.length ? talked : []).map((/** @type {any} */ part) => part.name || part.device);
  return html`<tr class=${cls(!row.exact && "inexact")}>
    <td data-label=${t("calls.time")}><a class="row-link" href=${`#call=${row.id}`}>${dateTime(row.started_at, siteZone.value)}</a></td>
    <th scope="row" data-label=${t("calls.who")}><span class="one-line"><${Icon} name=${row.direction === "outbound" ? "phoneOut" : row.direction === "internal" ? "users" : "phoneIn"} size=${15} label=${t(`direction.${row.direction}`)} />
      <span class="who">${row.customer?.name || caller(row) || t("call.withheld")}</span></span><${DialButton} number=${row.number} customerId=${row.customer?.id} back=${row.direction === "inbound"} />${row.number && (row.customer?.name || row.name) && html`<span class="sub">${row.number}</span>`}</th>
    <td data-label=${t("calls.queue")}>${row.queue ? queueLabels.get(row.queue) || row.queue : "–"}</td>
    <td data-label=${t("calls.agent")}>${people.join(", ") || "–"}</td>
    <td data-label=${t("calls.outcome")}><${OutcomeBadge} outcome=${row.outcome} state=${row.state} /></td>
    <td class="number" data-label=${t("calls.wait")}>${duration(row.wait_seconds)}</td>
    <td class="number" data-label=${t("calls.talk")}>${duration(row.talk_seconds)}</td>
    <td class="number" data-label=${t("calls.length")}>${duration(row.seconds)}</td>
  </tr>`;
}

/** Let the browser save a file. @param {Blob} blob */
function keep(blob) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: "calls.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
