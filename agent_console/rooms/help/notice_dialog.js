/** Tell a team or everybody something, and see who has read it. */

import { holding } from "../../core/help.js";
import { t } from "../../core/i18n.js";
import { second, shortTime, siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { computed, html, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { App } from "../../ui/app.js" */
/** @import { SentNoticeJson } from "../../core/help_shapes.js" */

const MINUTES = [15, 60, 240, 480, 1440];
const LONGEST = 500;

/** @param {number} minutes */
const length = (minutes) => (minutes < 60 ? t("notice.minutes", { n: minutes }) : t("notice.hours", { n: minutes / 60 }));

/** The button with its dialog. @param {{app: App}} props */
export function NoticeButton({ app }) {
  const [open, setOpen] = useState(false);
  return html`<button type="button" class="icon-button" title=${t("notice.title")} onClick=${() => setOpen(true)}><${Icon} name="megaphone" label=${t("notice.title")} /></button>
    ${open && html`<${Dialog} title=${t("notice.title")} close=${() => setOpen(false)} wide><div class="stack"><${Write} app=${app} /><${Sent} app=${app} /></div><//>`}`;
}

/** @param {{app: App}} props */
function Write({ app }) {
  const [form, setForm] = useState({ text: "", team: "", minutes: 60 });
  const put = (/** @type {object} */ part) => setForm({ ...form, ...part });
  const send = useAction(() => app.api.post("notices", form));
  const teams = [...new Set([...(app.live.agents.value?.agents.values() ?? [])].map((agent) => agent.team ?? "").filter(Boolean))].sort();
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (form.text.trim() && (await send.run())) put({ text: "" });
  };
  return html`<form class="stack" onSubmit=${submit}>
    <${Field} label=${t("notice.text")} hint=${t("notice.textHint")}><textarea rows="3" required autofocus maxlength=${LONGEST} value=${form.text} onInput=${(/** @type {any} */ e) => put({ text: e.target.value })}></textarea><//>
    <div class="notice-form"><${Field} label=${t("notice.to")}><select value=${form.team} onChange=${(/** @type {any} */ e) => put({ team: e.target.value })}><option value="">${t("notice.all")}</option>${teams.map((team) => html`<option key=${team} value=${team}>${team}</option>`)}</select><//>
      <${Field} label=${t("notice.for")}><select value=${form.minutes} onChange=${(/** @type {any} */ e) => put({ minutes: Number(e.target.value) })}>${MINUTES.map((n) => html`<option key=${n} value=${n}>${length(n)}</option>`)}</select><//>
      <button type="submit" class="button primary" disabled=${send.busy || !form.text.trim()}><${Icon} name="megaphone" size=${16} />${send.busy ? t("action.busy") : t("notice.send")}</button></div>
    <${Problem} error=${send.error} />
  </form>`;
}

/** Those that hold, with their readers. @param {{app: App}} props */
function Sent({ app }) {
  const notices = app.live.help.value?.notices;
  const held = useMemo(() => computed(() => holding(notices?.values() ?? [], second.value).map((one) => one.id).join()), [notices]);
  const ids = new Set(held.value.split(",").map(Number));
  const shown = [...(notices?.values() ?? [])].filter((one) => ids.has(one.id)).sort((a, b) => b.id - a.id);
  return html`<section aria-labelledby="sent-title"><h3 id="sent-title">${t("notice.holding")}</h3>
    ${shown.length === 0 ? html`<p class="quiet">${t("notice.none")}</p>` : html`<ul class="sent-notices">${shown.map((one) => html`<${Line} key=${one.id} notice=${one} app=${app} />`)}</ul>`}</section>`;
}

/** @param {{notice: SentNoticeJson, app: App}} props */
function Line({ notice, app }) {
  const withdraw = useAction(() => app.api.post(`notices/${notice.id}/withdraw`));
  const zone = siteZone.value;
  const read = notice.readers.filter((one) => one.at !== null);
  const waiting = notice.readers.filter((one) => one.at === null);
  return html`<li class="sent-notice"><p class="notice-text">${notice.text}</p>
    <p class="sub">${notice.by} → ${notice.team || t("notice.all")} · ${shortTime(notice.sent_at, zone)} – ${shortTime(notice.expires_at, zone)}</p>
    <details class="notice-readers"><summary>${t("notice.readBy", { read: read.length, all: notice.readers.length })}</summary>
      ${read.length > 0 && html`<p>${t("notice.readers")}: ${read.map((one) => `${one.name} ${shortTime(/** @type {number} */ (one.at), zone)}`).join(" · ")}</p>`}
      ${waiting.length > 0 && html`<p>${t("notice.waiting")}: ${waiting.map((one) => one.name).join(" · ")}</p>`}</details>
    <button type="button" class="button small" disabled=${withdraw.busy} onClick=${() => withdraw.run()}>${t("notice.withdraw")}</button><${Problem} error=${withdraw.error} /></li>`;
}
