/** Who was on whose call: newest first, by pages, with filters, as CSV. */

import { t } from "../../core/i18n.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Paging } from "../../ui/table.js";
import { ReportFilters, lastWeek, modes, queryOf } from "./report_filters.js";
import { modeIcons } from "./session_line.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function Report({ api }) {
  const [filters, setFilters] = useState(lastWeek);
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const query = queryOf(filters);
  const key = JSON.stringify(query);
  useEffect(() => setCursors([]), [key]);
  const agents = useAnswer(() => api.get("agents"), []);
  const queues = useAnswer(() => api.get("queues"), []);
  const answer = useAnswer(() => api.get("monitoring/sessions", { ...query, limit: 50, cursor: cursors[cursors.length - 1] }), [key, cursors.join()]);
  const save = useAction(async () => keep(await api.csv("monitoring/sessions", query)));
  const rows = answer.data?.items ?? [];
  const next = answer.data?.next_cursor;
  // Who supervises need not be an agent: those who are known are those who did.
  const [known, setKnown] = useState(/** @type {Map<number, string>} */ (new Map()));
  useEffect(() => {
    const told = rows.map((/** @type {any} */ row) => /** @type {[number, string]} */ ([row.supervisor.user_id, row.supervisor.name]));
    if (told.some((/** @type {[number, string]} */ one) => !known.has(one[0]))) setKnown(new Map([...known, ...told]));
  }, [answer.data]);
  return html`<${ReportFilters} filters=${filters} people=${agents.data?.items ?? []} supervisors=${[...known]} queues=${queues.data?.items ?? []} onApply=${setFilters} />
    <section class="panel call-list" aria-labelledby="report-title" aria-busy=${answer.busy ? "true" : "false"}>
    <div class="panel-head"><h2 id="report-title">${t("monitor.report")}</h2>${answer.busy && html`<span class="spinner small" aria-hidden="true"></span>`}
      <button type="button" class="button small panel-action" disabled=${rows.length === 0 || save.busy} onClick=${() => save.run()}><${Icon} name="download" size=${16} />CSV</button></div>
    <${Problem} error=${save.error} />
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 ? html`<${Empty} icon="headset" title=${t("monitor.reportNone")} text=${t("monitor.reportNoneText")} />` : null}
    ${rows.length > 0 && html`<div class="table-frame"><table class="table report-table"><thead><tr><th scope="col">${t("monitor.at")}</th><th scope="col">${t("monitor.supervisor")}</th>
      <th scope="col">${t("monitor.agent")}</th><th scope="col">${t("monitor.queue")}</th><th scope="col">${t("monitor.how")}</th><th scope="col" class="number">${t("monitor.length")}</th>
      <th scope="col">${t("monitor.ended")}</th><th scope="col">${t("monitor.told")}</th><th scope="col">${t("monitor.call")}</th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ row) => html`<${Row} key=${row.id} row=${row} labels=${queues.data?.items ?? []} />`)}</tbody></table></div>`}
    ${(cursors.length > 0 || next) && html`<${Paging} first=${cursors.length === 0} next=${Boolean(next)} busy=${answer.busy} page=${cursors.length + 1}
      back=${() => setCursors(cursors.slice(0, -1))} on=${() => setCursors([...cursors, next])} />`}
  </section>`;
}

/** @param {{row: any, labels: {name: string, label: string}[]}} props */
function Row({ row, labels }) {
  const used = modes.filter((mode) => row.mode === mode || row.stretches.some((/** @type {any} */ part) => part.mode === mode));
  const seconds = row.ended_at !== null && row.on_at !== null ? row.ended_at - row.on_at : null;
  const label = labels.find((one) => one.name === row.queue)?.label || row.queue;
  return html`<tr>
    <td data-label=${t("monitor.at")}>${dateTime(row.asked_at, siteZone.value)}</td>
    <th scope="row" data-label=${t("monitor.supervisor")}><span class="who">${row.supervisor.name}</span></th>
    <td data-label=${t("monitor.agent")}><span class="who">${row.agent.name}</span>${row.team && html`<span class="sub">${row.team}</span>`}</td>
    <td data-label=${t("monitor.queue")}>${label || "–"}</td>
    <td data-label=${t("monitor.how")}>${used.map((mode) => html`<span key=${mode} class="tag"><${Icon} name=${modeIcons[mode] ?? "headset"} size=${13} />${t(`monitor.act.${mode}`)}${row.seconds?.[mode] ? ` ${duration(row.seconds[mode])}` : ""}</span>`)}</td>
    <td class="number" data-label=${t("monitor.length")} title=${row.exact ? undefined : t("monitor.inexact")}>${seconds === null ? "–" : duration(seconds)}${row.exact ? "" : " ≈"}</td>
    <td data-label=${t("monitor.ended")}>${row.end_reason ? t(`monitor.end.${row.end_reason}`) : "–"}</td>
    <td data-label=${t("monitor.told")}>${t(row.told ? "monitor.toldYes" : "monitor.toldNo")}</td>
    <td data-label=${t("monitor.call")}><a href=${`history.html#call=${encodeURIComponent(row.call_id)}`}>${row.number || t("call.withheld")}</a></td>
  </tr>`;
}

/** Let the browser save a file. @param {Blob} blob */
function keep(blob) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: "monitoring.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
