/** How much room recordings take, what comes and goes a day, and when it is full; with a small drawing. */

import { bytes } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { day, siteZone } from "../../core/time.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{name: string, stored_bytes: number, bytes_a_day: number, removed_a_day: number, keep_days: number}} OneClass */
/** @typedef {{at: number, stored_bytes: number, bytes_a_day: number, removed_a_day: number, limit: string, limit_bytes: number | null, full_at: number | null, full_in_days: number | null, soon: boolean, step_days: number, stored: number[], classes: OneClass[]}} Told */

const WIDTH = 640;
const HEIGHT = 120;
const DAY = 86_400;

/** @param {{api: Api, labels: Map<string, string>}} props */
export function Forecast({ api, labels }) {
  const answer = useAnswer(() => api.get("recordings/forecast"), []);
  const told = /** @type {Told | null} */ (answer.data);
  return html`<section class="panel" aria-labelledby="forecast-title"><div class="panel-head"><h2 id="forecast-title">${t("forecast.title")}</h2><span class="panel-note">${t("forecast.note")}</span></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!told && answer.busy ? html`<${Loading} />` : null}
    ${told && html`<dl class="facts figure-facts rule-facts"><div><dt>${t("forecast.stored")}</dt><dd>${bytes(told.stored_bytes)}</dd></div><div><dt>${t("forecast.comes")}</dt><dd>${bytes(told.bytes_a_day)}</dd></div>
      <div><dt>${t("forecast.goes")}</dt><dd>${bytes(told.removed_a_day)}</dd></div><div><dt>${t("forecast.full")}</dt><dd class=${cls(told.soon && "forecast-soon")}>${full(told)}</dd></div></dl>
      <${Drawing} told=${told} />
      ${told.classes.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("forecast.class")}</th><th scope="col" class="number">${t("forecast.stored")}</th><th scope="col" class="number">${t("forecast.comes")}</th><th scope="col" class="number">${t("forecast.goes")}</th><th scope="col" class="number">${t("forecast.keep")}</th></tr></thead>
        <tbody>${told.classes.map((one) => html`<tr key=${one.name}><th scope="row">${["inbound", "outbound", "internal"].includes(one.name) ? t(`direction.${one.name}`) : (labels.get(one.name) || one.name)}</th><td class="number">${bytes(one.stored_bytes)}</td><td class="number">${bytes(one.bytes_a_day)}</td><td class="number">${bytes(one.removed_a_day)}</td><td class="number">${one.keep_days || "–"}</td></tr>`)}</tbody></table></div>`}`}</section>`;
}

/** When it is full, in words. @param {Told} told */
function full(told) {
  if (told.limit_bytes === null) return t("forecast.noLimit");
  if (told.full_at === null) return t("forecast.never");
  return html`${told.soon && html`<${Icon} name="unplug" size=${16} />`}${t(`forecast.fullOf.${told.limit}`, { day: day(told.full_at, siteZone.value) })}`;
}

/** What is stored over two years, and the line that it must not pass. @param {{told: Told}} props */
function Drawing({ told }) {
  const top = Math.max(1, ...told.stored, told.limit_bytes !== null && told.full_at !== null ? told.limit_bytes : 0) * 1.1;
  const x = (/** @type {number} */ n) => (n / Math.max(1, told.stored.length - 1)) * WIDTH;
  const y = (/** @type {number} */ size) => HEIGHT - (size / top) * HEIGHT;
  const line = told.stored.map((size, n) => `${x(n).toFixed(1)},${y(size).toFixed(1)}`).join(" ");
  const shown = told.limit_bytes !== null && told.limit_bytes <= top;
  const last = told.at + (told.stored.length - 1) * told.step_days * DAY;
  return html`<figure class="forecast-drawing"><svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${t("forecast.drawing")}>
      <polygon class="forecast-area" points=${`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} /><polyline class="forecast-line" points=${line} />
      ${shown && html`<line class="forecast-limit" x1="0" x2=${WIDTH} y1=${y(told.limit_bytes ?? 0)} y2=${y(told.limit_bytes ?? 0)} />`}
      ${told.full_in_days !== null && html`<line class="forecast-day" x1=${x(told.full_in_days / told.step_days)} x2=${x(told.full_in_days / told.step_days)} y1="0" y2=${HEIGHT} />`}</svg>
    <figcaption><span>${day(told.at, siteZone.value)}</span>${shown && html`<span>${t("forecast.limit", { size: bytes(told.limit_bytes ?? 0) })}</span>`}<span>${day(last, siteZone.value)}</span></figcaption></figure>`;
}
