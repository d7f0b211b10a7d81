/** Marks and notices about a shift: too long away, forced, taken over by another tab. */

import { overBy, reasonWord } from "../../core/shift.js";
import { language, t } from "../../core/i18n.js";
import { dateTime, duration, second, siteZone } from "../../core/time.js";
import { computed, html, useComputed, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { ShiftNotice } from "../../core/shapes.js" */

/** By how much a reason lasts too long; nothing while it does not. @param {{limit: number | null | undefined}} props */
export function OverrunMark({ limit }) {
  const over = useMemo(() => computed(() => overBy(limit, second.value) > 0), [limit]);
  const text = useMemo(() => computed(() => t("shift.over", { time: duration(overBy(limit, second.value)) })), [limit, language.value]);
  return over.value ? html`<span class="overrun"><${Icon} name="clock" size=${14} /><span>${text}</span></span>` : null;
}

/** What a supervisor, a rule or a limit did with one's own shift. @param {{notice: ShiftNotice | null}} props */
export function ShiftNotices({ notice }) {
  const [seen, setSeen] = useState(/** @type {ShiftNotice | null} */ (null));
  const shown = useComputed(() => second.value);
  if (!notice || notice === seen) return null;
  // An old one comes again after a reconnect; what is over needs no notice.
  if (notice.type === "shift.overrun" && shown.value - notice.ts > 3600) return null;
  return html`<div class="problem mild shift-notice" role="alert"><${Icon} name=${notice.type === "agent.forced" ? "shield" : notice.type === "agent.moved" ? "flow" : "bell"} /><span>${words(notice)}</span>
    <button type="button" class="icon-button" onClick=${() => setSeen(notice)}><${Icon} name="close" size=${16} label=${t("action.close")} /></button></div>`;
}

/** @param {ShiftNotice} notice */
function words({ type, data }) {
  if (type === "agent.moved") return movedWords(data);
  if (type === "shift.overrun") return t("shift.overrun", { reason: reasonWord(data.reason) });
  if (type === "shift.notice") return t("shift.rona", { n: data.missed });
  const state = data.state === "notReady" ? `${t("state.notReady")} · ${reasonWord(data.reason)}` : t(data.state === "ready" ? "state.ready" : "state.loggedOff");
  return t(data.after_call ? "shift.forcedLater" : "shift.forced", { by: data.by, state, text: data.text });
}

/** A supervisor has changed one's queues or skills, or taken that back. @param {any} data */
function movedWords(data) {
  const queues = data.queues.map((/** @type {any} */ place) => place.queue).join(", ") || "–";
  const now = data.kind === "skill" ? t("moved.skill", { skill: data.skill, level: data.level ?? "–" }) : t("moved.queues", { queues });
  const until = data.until && !data.back ? t("moved.until", { time: dateTime(data.until, siteZone.value) }) : "";
  const by = data.by ? t(data.back ? "moved.backBy" : "moved.by", { by: data.by }) : t("moved.timeUp");
  return [by, now, until, data.text].filter(Boolean).join(" ");
}

/** This page no longer acts, because another one was opened. @param {{onTake: () => void, busy: boolean}} props */
export function TakenOver({ onTake, busy }) {
  return html`<div class="problem mild shift-notice" role="alert"><${Icon} name="expand" /><span>${t("shift.takenOver")}</span>
    <button type="button" class="button small" disabled=${busy} onClick=${onTake}>${t("shift.useHere")}</button></div>`;
}
