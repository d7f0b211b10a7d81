/** Which sessions of supervision are looked at. */

import { t } from "../../core/i18n.js";
import { day, fromLocal, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";

/** @typedef {{from: string, to: string, supervisor: string, agent: string, queue: string, team: string, mode: string}} Filters */

export const modes = ["listen", "whisper", "barge", "takeOver"];

/** The last seven days. @returns {Filters} */
export function lastWeek() {
  const now = Date.now() / 1000;
  return { from: day(now - 6 * 86_400, siteZone.value), to: day(now, siteZone.value), supervisor: "", agent: "", queue: "", team: "", mode: "" };
}

/** The query for the server: days in the site's zone become moments, the last day whole. @param {Filters} filters */
export function queryOf(filters) {
  const moment = (/** @type {string} */ text, /** @type {number} */ days) => {
    if (!text) return "";
    return String(fromLocal(new Date(Date.parse(`${text}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10), siteZone.value));
  };
  return { ...filters, from: moment(filters.from, 0), to: moment(filters.to, 1) };
}

/** @param {{filters: Filters, people: {user_id: number, name: string, team: string}[], supervisors: [number, string][], queues: {name: string, label: string}[], onApply: (filters: Filters) => void}} props */
export function ReportFilters({ filters, people, supervisors, queues, onApply }) {
  const [form, setForm] = useState(filters);
  const put = (/** @type {keyof Filters} */ name) => (/** @type {any} */ event) => setForm({ ...form, [name]: event.target.value });
  const select = (/** @type {keyof Filters} */ name, /** @type {[string, string][]} */ options) => html`<select name=${name} value=${form[name]} onChange=${put(name)}>
    <option value="">${t("filter.all")}</option>${options.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select>`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onApply(form);
  };
  const clear = () => {
    setForm(lastWeek());
    onApply(lastWeek());
  };
  const teams = [...new Set(people.map((one) => one.team))].filter(Boolean).sort();
  return html`<form class="call-filters panel open" onSubmit=${submit} role="search" aria-label=${t("filter.label")}>
    <${Field} label=${t("filter.from")}><input type="date" value=${form.from} max=${form.to || undefined} onInput=${put("from")} /><//>
    <${Field} label=${t("filter.to")}><input type="date" value=${form.to} min=${form.from || undefined} onInput=${put("to")} /><//>
    <${Field} label=${t("monitor.supervisor")}>${select("supervisor", supervisors.map(([id, name]) => [String(id), name]))}<//>
    <${Field} label=${t("monitor.agent")}>${select("agent", people.map((one) => [String(one.user_id), one.name]))}<//>
    <${Field} label=${t("monitor.queue")}>${select("queue", queues.map((one) => [one.name, one.label || one.name]))}<//>
    <${Field} label=${t("monitor.team")}>${select("team", teams.map((one) => [one, one]))}<//>
    <${Field} label=${t("monitor.how")}>${select("mode", modes.map((one) => [one, t(`monitor.act.${one}`)]))}<//>
    <div class="form-end"><button type="submit" class="button primary"><${Icon} name="search" size=${16} />${t("filter.apply")}</button>
      <button type="button" class="button quiet-button" onClick=${clear}>${t("filter.clear")}</button></div>
  </form>`;
}
