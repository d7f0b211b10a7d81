/** The admin's rules for shifts: reasons for being away, and what follows the calls of each queue. */

import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { QueueSettingJson, ReasonJson } from "../../core/shapes.js" */

/** @param {{api: Api}} props */
export function ShiftRules({ api }) {
  return html`<div class="stack"><${Reasons} api=${api} /><${QueueSettings} api=${api} /></div>`;
}

/** @param {{api: Api}} props */
function Reasons({ api }) {
  const answer = useAnswer(() => api.get("reasons"), []);
  return html`<section class="panel" aria-labelledby="reasons-title"><div class="panel-head"><h2 id="reasons-title">${t("rules.reasons")}</h2></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && html`<${ReasonList} key=${JSON.stringify(answer.data.items)} api=${api} kept=${answer.data.items} onSaved=${answer.set} />`}
  </section>`;
}

/** @param {{api: Api, kept: ReasonJson[], onSaved: (page: any) => void}} props */
function ReasonList({ api, kept, onSaved }) {
  const [rows, setRows] = useState(kept.map((one, n) => ({ ...one, n, fresh: false })));
  const save = useAction(async () => {
    const reasons = rows.map(({ code, zh, en, limit_seconds, active }) => ({ code: code.trim(), zh, en, limit_seconds, active }));
    onSaved(await api.put("reasons", { reasons }));
  });
  const put = (/** @type {number} */ n, /** @type {object} */ part) => setRows(rows.map((row) => (row.n === n ? { ...row, ...part } : row)));
  const move = (/** @type {number} */ at) => setRows([...rows.slice(0, at - 1), ...rows.slice(at, at + 1), ...rows.slice(at - 1, at), ...rows.slice(at + 1)]);
  const add = () => setRows([...rows, { code: "", zh: "", en: "", limit_seconds: null, active: true, n: Math.max(0, ...rows.map((row) => row.n)) + 1, fresh: true }]);
  const minutes = (/** @type {string} */ text) => (text === "" ? null : Math.round(Number(text) * 60));
  const input = (/** @type {any} */ row, /** @type {string} */ key, /** @type {string} */ label, /** @type {object} */ more = {}) => html`<input aria-label=${label} required maxlength="40" value=${row[key]} onInput=${(/** @type {any} */ e) => put(row.n, { [key]: e.target.value })} ...${more} />`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  return html`<form onSubmit=${submit}><div class="table-frame"><table class="table rules-table"><thead><tr><th scope="col">${t("rules.code")}</th><th scope="col">${t("rules.zh")}</th><th scope="col">${t("rules.en")}</th><th scope="col">${t("rules.limit")}</th><th scope="col">${t("rules.active")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
    <tbody>${rows.map((row, at) => html`<tr key=${row.n} class=${row.active ? undefined : "off"}><td>${row.fresh ? input(row, "code", t("rules.code"), { pattern: "[A-Za-z][A-Za-z0-9_\\-]{0,31}", spellcheck: false }) : html`<code>${row.code}</code>`}</td>
      <td>${input(row, "zh", t("rules.zh"), { lang: "zh-CN" })}</td><td>${input(row, "en", t("rules.en"), { lang: "en" })}</td>
      <td><input type="number" min="1" max="1440" aria-label=${t("rules.limit")} placeholder=${t("rules.noLimit")} value=${row.limit_seconds === null ? "" : row.limit_seconds / 60} step="any" onInput=${(/** @type {any} */ e) => put(row.n, { limit_seconds: minutes(e.target.value) })} /></td>
      <td><input type="checkbox" aria-label=${t("rules.active")} checked=${row.active} onChange=${(/** @type {any} */ e) => put(row.n, { active: e.target.checked })} /></td>
      <td class="row-actions">${at > 0 && html`<button type="button" class="icon-button" onClick=${() => move(at)}><${Icon} name="up" size=${16} label=${t("rules.up")} /></button>`}</td></tr>`)}</tbody></table></div>
    <${Problem} error=${save.error} />
    <div class="form-end rules-end"><button type="submit" class="button primary" disabled=${save.busy}>${save.busy ? t("action.saving") : t("action.save")}</button>
      <button type="button" class="button" onClick=${add}><${Icon} name="plus" size=${16} />${t("rules.add")}</button><span class="quiet">${t("rules.hint")}</span></div></form>`;
}

/** @param {{api: Api}} props */
function QueueSettings({ api }) {
  const answer = useAnswer(() => api.get("queue-settings"), []);
  const rows = /** @type {QueueSettingJson[]} */ (answer.data?.items ?? []);
  const save = useAction(async () => answer.set(await api.put("queue-settings", { settings: rows })));
  const put = (/** @type {QueueSettingJson} */ one, /** @type {object} */ part) => answer.set({ items: rows.map((row) => (row === one ? { ...row, ...part } : row)) });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  return html`<section class="panel" aria-labelledby="acw-title"><div class="panel-head"><h2 id="acw-title">${t("rules.acw")}</h2></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && rows.length === 0 && html`<${Empty} icon="queue" title=${t("queues.none")} text=${t("queues.noneText")} />`}
    ${rows.length > 0 && html`<form onSubmit=${submit}><div class="table-frame"><table class="table rules-table"><thead><tr><th scope="col">${t("queues.name")}</th><th scope="col">PBX</th><th scope="col">${t("rules.seconds")}</th><th scope="col">${t("rules.outcome")}</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${`${row.pbx}/${row.queue}`}><th scope="row"><span class="who">${row.queue}</span></th><td>${row.pbx}</td>
        <td><input type="number" required min="0" max="300" aria-label=${`${t("rules.seconds")} ${row.queue}`} value=${row.acw_seconds} onInput=${(/** @type {any} */ e) => put(row, { acw_seconds: Number(e.target.value) })} /></td>
        <td><input type="checkbox" aria-label=${`${t("rules.outcome")} ${row.queue}`} checked=${row.outcome_required} onChange=${(/** @type {any} */ e) => put(row, { outcome_required: e.target.checked })} /></td></tr>`)}</tbody></table></div>
      <${Problem} error=${save.error} />
      <div class="form-end rules-end"><button type="submit" class="button primary" disabled=${save.busy}>${save.busy ? t("action.saving") : t("action.save")}</button><span class="quiet">${t("rules.acwHint")}</span></div></form>`}
  </section>`;
}
