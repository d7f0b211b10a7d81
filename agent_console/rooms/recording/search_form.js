/** What to look for among recordings, and how it stands in the address bar. */

import { t } from "../../core/i18n.js";
import { fromLocal } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";

export const names = ["from", "to", "number", "customer", "agent", "extension", "queue", "direction", "outcome", "state", "tag", "call_id", "min_seconds", "max_seconds", "min_held", "min_silence", "min_talk_over"];
const outcomes = ["answered", "abandoned", "leftQueue", "noAnswer", "interrupted"];
const states = ["ready", "waiting", "recording", "failed"];

/** @param {string} hash @returns {Record<string, string>} */
export function fromHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""]));
}

/** The query for the server: days of the site become moments, the last day whole. @param {Record<string, string>} filters @param {string} zone */
export function queryOf(filters, zone) {
  const moment = (/** @type {string} */ text, /** @type {number} */ days) => {
    if (!text) return "";
    const at = fromLocal(new Date(Date.parse(`${text}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10), zone);
    return Number.isNaN(at) ? "" : String(at);
  };
  return { ...filters, from: moment(filters.from ?? "", 0), to: moment(filters.to ?? "", 1) };
}

/** @param {{filters: Record<string, string>, queues: {name: string, label: string}[], agents: {user_id: number, name: string}[], onApply: (filters: Record<string, string>) => void}} props */
export function SearchForm({ filters, queues, agents, onApply }) {
  const [form, setForm] = useState(filters);
  const [more, setMore] = useState(() => names.slice(9).some((name) => filters[name]));
  const put = (/** @type {string} */ name) => (/** @type {any} */ event) => setForm({ ...form, [name]: event.target.value });
  const select = (/** @type {string} */ name, /** @type {[string, string][]} */ options) => html`<select value=${form[name]} onChange=${put(name)}><option value="">${t("filter.all")}</option>${options.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select>`;
  const number = (/** @type {string} */ name, /** @type {string} */ label) => html`<input type="number" min="0" step="1" value=${form[name]} aria-label=${label} onInput=${put(name)} />`;
  const apply = (/** @type {Event} */ event) => {
    event.preventDefault();
    onApply(form);
  };
  const clear = () => {
    const none = fromHash("");
    setForm(none);
    onApply(none);
  };
  return html`<form class=${cls("call-filters panel open", more && "more")} onSubmit=${apply} role="search" aria-label=${t("recordings.search")}>
    <${Field} label=${t("filter.from")}><input type="date" value=${form.from} max=${form.to || undefined} onInput=${put("from")} /><//>
    <${Field} label=${t("filter.to")}><input type="date" value=${form.to} min=${form.from || undefined} onInput=${put("to")} /><//>
    <${Field} label=${t("filter.number")}><input type="search" inputmode="tel" maxlength="40" value=${form.number} onInput=${put("number")} /><//>
    <${Field} label=${t("recordings.customer")}><input type="search" maxlength="60" value=${form.customer} onInput=${put("customer")} /><//>
    ${agents.length > 0 && html`<${Field} label=${t("filter.agent")}>${select("agent", agents.map((one) => [String(one.user_id), one.name]))}<//>`}
    <${Field} label=${t("filter.queue")}>${select("queue", queues.map((one) => [one.name, one.label || one.name]))}<//>
    <${Field} label=${t("filter.direction")}>${select("direction", ["inbound", "outbound"].map((one) => [one, t(`direction.${one}`)]))}<//>
    <${Field} label=${t("filter.length")}><span class="range">${number("min_seconds", t("filter.min"))}<span aria-hidden="true">–</span>${number("max_seconds", t("filter.max"))}</span><//>
    ${more && html`<${Field} label=${t("filter.outcome")}>${select("outcome", outcomes.map((one) => [one, t(`outcome.${one}`)]))}<//>
      <${Field} label=${t("recordings.state")}>${select("state", states.map((one) => [one, t(`recordingState.${one}`)]))}<//>
      <${Field} label=${t("recordings.extension")}><input type="search" maxlength="20" value=${form.extension} onInput=${put("extension")} /><//>
      <${Field} label=${t("recordings.tag")}><input type="search" maxlength="40" value=${form.tag} onInput=${put("tag")} /><//>
      <${Field} label=${t("recordings.callId")}><input type="search" maxlength="100" value=${form.call_id} onInput=${put("call_id")} /><//>
      <${Field} label=${t("recordings.minHeld")}>${number("min_held", t("recordings.minHeld"))}<//>
      <${Field} label=${t("recordings.minSilence")}>${number("min_silence", t("recordings.minSilence"))}<//>
      <${Field} label=${t("recordings.minTalkOver")}>${number("min_talk_over", t("recordings.minTalkOver"))}<//>`}
    <div class="form-end"><button type="submit" class="button primary"><${Icon} name="search" size=${16} />${t("filter.apply")}</button>
      <button type="button" class="button" aria-expanded=${more ? "true" : "false"} onClick=${() => setMore(!more)}>${more ? t("recordings.less") : t("recordings.more")}</button>
      <button type="button" class="button quiet-button" onClick=${clear}>${t("filter.clear")}</button></div></form>`;
}
