/** The recordings that were found, newest first, by pages, as CSV. */

import { queryString } from "../../core/api.js";
import { percent } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Paging } from "../../ui/table.js";
import { Why } from "./manage.js";
import { queryOf } from "./search_form.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, filters: Record<string, string>, queueLabels: Map<string, string>, takes: boolean}} props */
export function ResultList({ api, filters, queueLabels, takes }) {
  const [asking, setAsking] = useState(false);
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const query = queryOf(filters, siteZone.value);
  const key = JSON.stringify(query);
  useEffect(() => setCursors([]), [key]);
  const answer = useAnswer(() => api.get("recordings", { ...query, limit: 50, cursor: cursors[cursors.length - 1] }), [key, cursors.join()]);
  const save = useAction(async () => keep(await api.csv("recordings", query)));
  const take = async (/** @type {string} */ why) => {
    const { url } = await api.post("recordings/bundle", { why, search: asked(query) });
    Object.assign(document.createElement("a"), { href: url, download: "" }).click();
    setAsking(false);
  };
  const rows = answer.data?.items ?? [];
  const next = answer.data?.next_cursor;
  return html`<section class="panel call-list" aria-labelledby="list-title" aria-busy=${answer.busy ? "true" : "false"}>
    <div class="panel-head"><h2 id="list-title">${t("recordings.title")}</h2>${answer.busy && html`<span class="spinner small" aria-hidden="true"></span>`}
      <button type="button" class="button small panel-action" disabled=${rows.length === 0 || save.busy} onClick=${() => save.run()}><${Icon} name="download" size=${16} />CSV</button>
      <a class=${cls("button small", rows.length === 0 && "off")} href=${`/api/v1/recordings/xlsx${queryString(query)}`} download><${Icon} name="download" size=${16} />XLSX</a>
      ${takes && html`<button type="button" class="button small" disabled=${rows.length === 0} onClick=${() => setAsking(true)}><${Icon} name="download" size=${16} />${t("recordings.bundle")}</button>`}</div>
    ${asking && html`<${Why} what="bundle" act=${take} close=${() => setAsking(false)} />`}
    <${Problem} error=${save.error} />
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 ? html`<${Empty} icon="search" title=${t("recordings.none")} text=${t("recordings.noneText")} />` : null}
    ${rows.length > 0 && html`<div class="table-frame"><table class="table call-table"><thead><tr><th scope="col">${t("calls.time")}</th><th scope="col">${t("recordings.customer")}</th><th scope="col">${t("calls.agent")}</th>
      <th scope="col">${t("calls.queue")}</th><th scope="col" class="number">${t("calls.length")}</th><th scope="col" class="number">${t("recording.longestSilence")}</th><th scope="col" class="number">${t("recording.talkOver")}</th>
      <th scope="col" class="number">${t("recording.agentShare")}</th><th scope="col">${t("recording.tags")}</th></tr></thead><tbody>${rows.map((/** @type {any} */ row) => html`<${Row} key=${row.id} row=${row} queueLabels=${queueLabels} />`)}</tbody></table></div>`}
    ${(cursors.length > 0 || next) && html`<${Paging} first=${cursors.length === 0} next=${Boolean(next)} busy=${answer.busy} page=${cursors.length + 1} back=${() => setCursors(cursors.slice(0, -1))} on=${() => setCursors([...cursors, next])} />`}
  </section>`;
}

/** @param {{row: any, queueLabels: Map<string, string>}} props */
function Row({ row, queueLabels }) {
  const odd = row.state !== "ready" || row.notes.length > 0;
  return html`<tr class=${cls(odd && "inexact")}><td data-label=${t("calls.time")}><a class="row-link" href=${`#recording=${row.id}`}>${dateTime(row.started_at, siteZone.value)}</a></td>
    <th scope="row" data-label=${t("recordings.customer")}><span class="one-line"><${Icon} name=${row.direction === "outbound" ? "phoneOut" : "phoneIn"} size=${15} label=${row.direction ? t(`direction.${row.direction}`) : t("recordings.title")} /><span class="who">${row.customer_name || row.number || (row.state === "recording" ? "–" : t("call.withheld"))}</span></span>
      ${row.customer_name && row.number && html`<span class="sub">${row.number}</span>`}</th>
    <td data-label=${t("calls.agent")}>${row.agents.join(", ") || "–"}</td><td data-label=${t("calls.queue")}>${row.queue ? queueLabels.get(row.queue) || row.queue : "–"}</td>
    <td class="number" data-label=${t("calls.length")}>${duration(row.seconds)}</td>
    ${row.state === "ready" ? html`<td class="number" data-label=${t("recording.longestSilence")}>${duration(row.longest_silence)}</td><td class="number" data-label=${t("recording.talkOver")}>${row.talk_over === null ? "–" : row.talk_over.toFixed(1)}</td><td class="number" data-label=${t("recording.agentShare")}>${percent(row.agent_share)}</td>` : html`<td colspan="3"><span class="tag draft">${word("recordingState", row.state)}${row.reason ? ` · ${word("recordingReason", row.reason)}` : ""}</span></td>`}
    <td data-label=${t("recording.tags")}>${row.hold && html`<span class="tag draft"><${Icon} name="shield" size=${14} label=${t("recording.held")} /></span>`}${row.tags.map((/** @type {string} */ tag) => html`<span class="tag" key=${tag}>${tag}</span>`)}</td></tr>`;
}

const numbers = ["agent", "min_seconds", "max_seconds", "min_held", "min_silence", "min_talk_over"];

/** The search as the body of a request: what is not asked for is left out, numbers are numbers. @param {Record<string, string>} query */
function asked(query) {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  return Object.fromEntries(given.map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value]));
}

/** Let the browser save a file. @param {Blob} blob */
function keep(blob) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: "recordings.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
