/** Calendars: hours of the week, holidays and make-up workdays, closures of once. */

import { t, word } from "../../core/i18n.js";
import { dateTime, day, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { NewNamed, RemoveNamed } from "./named_parts.js";

/** @import { Api } from "../../core/api.js" */

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const OFFICE = Object.fromEntries(WEEK.slice(0, 5).map((day) => [day, [{ begins: "09:00", ends: "18:00" }]]));

/** @param {{api: Api}} props */
export function Calendars({ api }) {
  const answer = useAnswer(() => api.get("flow-calendars"), []);
  const [making, setMaking] = useState(false);
  const [chosen, setChosen] = useState(/** @type {string | null} */ (null));
  const items = answer.data ?? [];
  const here = items.find((/** @type {any} */ one) => one.name === chosen) ?? items[0];
  return html`<section class="panel" aria-labelledby="calendars-title"><div class="panel-head"><h2 id="calendars-title">${t("flows.calendars")}</h2><span class="count">${items.length}</span>
      <button type="button" class="button primary small panel-action" onClick=${() => setMaking(true)}><${Icon} name="plus" size=${16} />${t("flows.newCalendar")}</button></div>
    <${Problem} error=${answer.error} />${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="calendar" title=${t("flows.noCalendars")} text=${t("flows.noCalendarsText")} />`}
    ${items.length > 0 && html`<div class="named-tabs chips" role="group" aria-label=${t("flows.calendars")}>${items.map((/** @type {any} */ one) => html`<button type="button" key=${one.name} class=${cls("chip", here?.name === one.name && "on")} aria-pressed=${here?.name === one.name ? "true" : "false"} onClick=${() => setChosen(one.name)}>${one.label || one.name}</button>`)}</div>`}
    ${here && html`<${Calendar} key=${`${here.name}.${here.revision}`} api=${api} one=${here} saved=${answer.set} removed=${answer.again} />`}
    ${making && html`<${NewNamed} api=${api} place="flow-calendars" title=${t("flows.newCalendar")} value=${{ zone: siteZone.value, week: OFFICE }} close=${() => setMaking(false)} done=${(/** @type {any} */ told, /** @type {string} */ name) => { answer.set(told); setChosen(name); setMaking(false); }} />`}
  </section>`;
}

/** @param {{api: Api, one: any, saved: (told: any) => void, removed: () => void}} props */
function Calendar({ api, one, saved, removed }) {
  const [value, setValue] = useState({ zone: siteZone.value, week: {}, days: [], closures: [], ...one.value });
  const save = useAction(async () => saved(await api.put(`flow-calendars/${one.name}`, { label: one.label, value, revision: one.revision })));
  const put = (/** @type {object} */ part) => setValue({ ...value, ...part });
  const list = (/** @type {"days" | "closures"} */ name, /** @type {any} */ fresh, /** @type {(item: any, put: (item: any) => void) => any} */ draw) => html`<fieldset class="calendar-list"><legend>${word("flows.calendarPart", name)}</legend>
    ${value[name].map((/** @type {any} */ item, /** @type {number} */ n) => html`<div class="calendar-line" key=${n}>${draw(item, (next) => put({ [name]: value[name].map((/** @type {any} */ old, /** @type {number} */ at) => (at === n ? next : old)) }))}
      <button type="button" class="icon-button" onClick=${() => put({ [name]: value[name].filter((/** @type {any} */ _, /** @type {number} */ at) => at !== n) })}><${Icon} name="close" size=${15} label=${t("flows.drop", { name: item.label || item.day || item.begins })} /></button></div>`)}
    <button type="button" class="link" onClick=${() => put({ [name]: [...value[name], fresh] })}><${Icon} name="plus" size=${14} />${t("flows.addLine")}</button></fieldset>`;
  const today = day(Date.now() / 1000, siteZone.value);
  return html`<form class="calendar" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); save.run(); }}>
    <fieldset class="calendar-list"><legend>${word("flows.calendarPart", "week")}</legend>${WEEK.map((day) => html`<${Day} key=${day} day=${day} spans=${value.week[day] ?? []} put=${(/** @type {any[]} */ spans) => put({ week: { ...value.week, [day]: spans } })} />`)}</fieldset>
    ${list("days", { day: today, kind: "holiday", label: "" }, (item, set) => html`<input type="date" aria-label=${t("flows.day")} required value=${item.day} onInput=${(/** @type {any} */ e) => set({ ...item, day: e.target.value })} />
      <select aria-label=${t("flows.dayKind")} value=${item.kind} onChange=${(/** @type {any} */ e) => set({ ...item, kind: e.target.value })}>${["holiday", "workday"].map((kind) => html`<option key=${kind} value=${kind}>${word("flows.dayKindOf", kind)}</option>`)}</select>
      ${item.kind === "workday" ? html`<select aria-label=${t("flows.likeDay")} value=${item.like ?? "mon"} onChange=${(/** @type {any} */ e) => set({ ...item, like: e.target.value })}>${WEEK.map((day) => html`<option key=${day} value=${day}>${t("flows.like", { day: word("flows.weekday", day) })}</option>`)}</select>` : null}
      <input aria-label=${t("flows.label")} placeholder=${t("flows.label")} maxlength="100" value=${item.label ?? ""} onInput=${(/** @type {any} */ e) => set({ ...item, label: e.target.value })} />`)}
    ${list("closures", { begins: `${today}T12:00`, ends: `${today}T13:00`, label: "" }, (item, set) => html`<input type="datetime-local" aria-label=${t("flows.begins")} required value=${item.begins} onInput=${(/** @type {any} */ e) => set({ ...item, begins: e.target.value })} /><input type="datetime-local" aria-label=${t("flows.ends")} required value=${item.ends} onInput=${(/** @type {any} */ e) => set({ ...item, ends: e.target.value })} />
      <input aria-label=${t("flows.label")} placeholder=${t("flows.label")} maxlength="100" value=${item.label ?? ""} onInput=${(/** @type {any} */ e) => set({ ...item, label: e.target.value })} />`)}
    <div class="calendar-zone"><${Field} label=${t("flows.zone")}><input value=${value.zone} spellcheck=${false} onInput=${(/** @type {any} */ e) => put({ zone: e.target.value })} /><//></div>
    <${Problem} error=${save.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${save.busy}>${t("action.save")}</button><span class="quiet">${one.changed_by_name || "–"} · ${dateTime(one.changed_at, siteZone.value)}</span><${RemoveNamed} api=${api} path=${`flow-calendars/${one.name}`} done=${removed} /></div>
  </form>`;
}

/** @param {{day: string, spans: {begins: string, ends: string}[], put: (spans: any[]) => void}} props */
function Day({ day, spans, put }) {
  const set = (/** @type {number} */ n, /** @type {string} */ name, /** @type {string} */ value) => put(spans.map((span, at) => (at === n ? { ...span, [name]: value } : span)));
  return html`<div class="calendar-day"><b>${word("flows.weekday", day)}</b><span class="calendar-spans">${spans.length === 0 && html`<span class="quiet">${t("flows.closedDay")}</span>`}
    ${spans.map((span, n) => html`<span class="calendar-span" key=${n}><input type="time" aria-label=${`${word("flows.weekday", day)}, ${t("flows.begins")}`} required value=${span.begins} onInput=${(/** @type {any} */ e) => set(n, "begins", e.target.value)} />–<input type="time" aria-label=${`${word("flows.weekday", day)}, ${t("flows.ends")}`} required value=${span.ends === "24:00" ? "23:59" : span.ends} onInput=${(/** @type {any} */ e) => set(n, "ends", e.target.value)} />
      <button type="button" class="icon-button" onClick=${() => put(spans.filter((_, at) => at !== n))}><${Icon} name="close" size=${14} label=${t("flows.drop", { name: word("flows.weekday", day) })} /></button></span>`)}
    <button type="button" class="icon-button" onClick=${() => put([...spans, { begins: "09:00", ends: "18:00" }])}><${Icon} name="plus" size=${15} label=${t("flows.addHours", { day: word("flows.weekday", day) })} /></button></span></div>`;
}
