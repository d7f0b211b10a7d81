/** The audit log: who changed what, newest first. */

import { t, word } from "../../core/i18n.js";
import { siteZone, day, timeOfDay } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Paging } from "../../ui/table.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function Audit({ api }) {
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const answer = useAnswer(() => api.get("audit", { cursor: cursors[cursors.length - 1], limit: 50 }), [cursors.join()]);
  const [found, setFound] = useState(/** @type {{broken_at: number | null} | null} */ (null));
  const check = useAction(async () => setFound(await api.get("audit/check")));
  const rows = answer.data?.items ?? [];
  const next = answer.data?.next_cursor;
  return html`<section class="panel" aria-labelledby="audit-title"><div class="panel-head"><h2 id="audit-title">${t("audit.title")}</h2><span class="panel-note">${t("audit.note")}</span>
      <button type="button" class="button small" disabled=${check.busy} onClick=${() => check.run()}><${Icon} name="shield" size=${16} />${t("audit.check")}</button></div>
    ${found && html`<p class=${found.broken_at === null ? "problem good" : "problem"} role="status"><${Icon} name=${found.broken_at === null ? "checkCircle" : "unplug"} /><span>${found.broken_at === null ? t("audit.whole") : t("audit.broken", { n: found.broken_at })}</span></p>`}
    <${Problem} error=${check.error} />
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 && html`<${Empty} icon="list" title=${t("audit.none")} />`}
    ${rows.length > 0 && html`<div class="table-frame"><table class="table audit-table"><thead><tr><th scope="col">${t("audit.at")}</th><th scope="col">${t("audit.who")}</th><th scope="col">${t("audit.action")}</th><th scope="col">${t("audit.subject")}</th><th scope="col">${t("audit.details")}</th><th scope="col">${t("audit.address")}</th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ row) => html`<tr key=${row.id}><td><time>${day(row.at, siteZone.value)} ${timeOfDay(row.at, siteZone.value)}</time></td><td>${row.login}</td><td>${word("audit", row.action)}</td><td>${row.subject}</td>
        <td class="details">${details(row.action, row.details ?? {}).map(([key, text]) => html`<span key=${key}><b>${key}</b> ${text}</span>`)}</td><td class="quiet">${row.address}</td></tr>`)}</tbody></table></div>`}
    ${(cursors.length > 0 || next) && html`<${Paging} first=${cursors.length === 0} next=${Boolean(next)} busy=${answer.busy} page=${cursors.length + 1} back=${() => setCursors(cursors.slice(0, -1))} on=${() => setCursors([...cursors, String(next)])} />`}
  </section>`;
}

/**
 * What an entry tells, as name and text. Of a change only what became different: either whole pictures `before` and
 * `after`, or each field with its two values.
 * @param {string} action @param {Record<string, any>} details @returns {[string, string][]}
 */
function details(action, details) {
  const { before, after } = details;
  if (before !== undefined && after !== undefined) {
    const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
    const changed = keys.filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]));
    return changed.map((key) => [key, before && after ? `${told(before[key])} → ${told(after[key])}` : told((after ?? before)[key])]);
  }
  const pair = (/** @type {unknown} */ value) => action.endsWith(".update") && Array.isArray(value) && value.length === 2;
  return Object.entries(details).map(([key, value]) => [key, pair(value) ? `${told(value[0])} → ${told(value[1])}` : told(value)]);
}

/** A value in words. @param {any} value @returns {string} */
function told(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "record.yes" : "record.no");
  if (Array.isArray(value)) return value.map(told).join(", ") || "–";
  if (typeof value === "object") return "queue" in value ? (value.penalty ? `${value.queue} (${value.penalty})` : value.queue) : Object.entries(value).map(([key, one]) => `${key} ${told(one)}`).join(", ");
  return String(value);
}
