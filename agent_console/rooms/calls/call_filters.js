/** The filters of the call list, and how they stand in the address bar so that a list can be sent to a colleague. */

import { t } from "../../core/i18n.js";
import { day, fromLocal, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";

export const names = ["from", "to", "number", "agent", "queue", "outcome", "direction", "min_seconds", "max_seconds"];
export const outcomes = ["answered", "abandoned", "leftQueue", "noAnswer", "busy", "failed", "notQueued", "merged", "interrupted"];

/** @param {string} hash @returns {Record<string, string>} */
export function fromHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""]));
}

/** The query for the server: days in the site's zone become moments, the last day whole. @param {Record<string, string>} filters @param {string} zone */
export function queryOf(filters, zone) {
  const moment = (/** @type {string} */ text, /** @type {number} */ days) => {
    if (!text) return "";
    const next = new Date(Date.parse(`${text}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
    const at = fromLocal(next, zone);
    return Number.isNaN(at) ? "" : String(at);
  };
  return { ...filters, from: moment(filters.from ?? "", 0), to: moment(filters.to ?? "", 1) };
}

/**
 * @param {{filters: Record<string, string>, queues: {name: string, label: string}[], agents: {user_id: number, name: string}[], onApply: (filters: Record<string, string>) => void}} props
 */
export function CallFilters({ filters, queues, agents, onApply }) {
  const [form, setForm] = useState(filters);
  const [open, setOpen] = useState(false);
  const put = (/** @type {string} */ name) => (/** @type {any} */ event) => setForm({ ...form, [name]: event.target.value });
  const select = (/** @type {string} */ name, /** @type {[string, string][]} */ options) => html`<select name=${name} value=${form[name]} onChange=${put(name)}>
    <option value="">${t("filter.all")}</option>${options.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select>`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onApply(form);
  };
  const clear = () => {
    const none = fromHash("");
    setForm(none);
    onApply(none);
  };
  const today = () => {
    const now = day(Date.now() / 1000, siteZone.value);
    const next = { ...form, from: now, to: now };
    setForm(next);
    onApply(next);
  };
  return html`<form class=${cls("call-filters panel", open && "open")} onSubmit=${submit} role="search" aria-label=${t("filter.label")}>
    <button type="button" class="button filters-toggle" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}><${Icon} name="search" size=${16} />${t("filter.label")}</button>
    <${Field} label=${t("filter.from")}><input type="date" value=${form.from} max=${form.to || undefined} onInput=${put("from")} /><//>
    <${Field} label=${t("filter.to")}><input type="date" value=${form.to} min=${form.from || undefined} onInput=${put("to")} /><//>
    <${Field} label=${t("filter.number")}><input type="search" inputmode="tel" value=${form.number} maxlength="40" onInput=${put("number")} /><//>
    ${agents.length > 0 && html`<${Field} label=${t("filter.agent")}>${select("agent", agents.map((one) => [String(one.user_id), one.name]))}<//>`}
    <${Field} label=${t("filter.queue")}>${select("queue", queues.map((one) => [one.name, one.label || one.name]))}<//>
    <${Field} label=${t("filter.outcome")}>${select("outcome", outcomes.map((one) => [one, t(`outcome.${one}`)]))}<//>
    <${Field} label=${t("filter.direction")}>${select("direction", ["inbound", "outbound", "internal"].map((one) => [one, t(`direction.${one}`)]))}<//>
    <${Field} label=${t("filter.length")}><span class="range"><input type="number" min="0" step="1" value=${form.min_seconds} aria-label=${t("filter.min")} placeholder="0" onInput=${put("min_seconds")} />
      <span aria-hidden="true">–</span><input type="number" min="0" step="1" value=${form.max_seconds} aria-label=${t("filter.max")} placeholder="∞" onInput=${put("max_seconds")} /></span><//>
    <div class="form-end"><button type="submit" class="button primary"><${Icon} name="search" size=${16} />${t("filter.apply")}</button>
      <button type="button" class="button" onClick=${today}>${t("filter.today")}</button><button type="button" class="button quiet-button" onClick=${clear}>${t("filter.clear")}</button></div>
  </form>`;
}
