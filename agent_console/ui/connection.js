/** Honest about what we see: the state of the push stream and of the links to the PBXs. */

import { t } from "../core/i18n.js";
import { day, second, siteZone, timeOfDay } from "../core/time.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

/** @import { App } from "./app.js" */

/**
 * Since when the figures are old, and why; null while all is well. `pbxs` narrows to the links that matter.
 * @param {App} app @param {Set<string>} [pbxs]
 * @returns {{since: number, reason: "push" | "link", pbx?: string} | null}
 */
export function stale(app, pbxs) {
  const status = app.push.status.value;
  if (status.phase !== "open" && status.downSince !== null && app.live.system.value) {
    return { since: status.downSince / 1000 + app.clock.offset, reason: "push" };
  }
  const down = (app.live.system.value?.links ?? []).filter((link) => !link.up && (!pbxs || pbxs.has(link.pbx)));
  const first = down.sort((a, b) => a.since - b.since)[0];
  return first ? { since: first.since, reason: "link", pbx: first.pbx } : null;
}

/** Whole seconds until the next try. @param {App} app */
function untilRetry(app) {
  const { retryAt } = app.push.status.value;
  return second.value && retryAt !== null ? Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) : 0;
}

/** The small sign in the top bar. @param {{app: App}} props */
export function Connection({ app }) {
  const { phase } = app.push.status.value;
  const links = app.live.system.value?.links ?? [];
  const well = phase === "open" && links.every((link) => link.up);
  const text = phase === "open" ? (well ? t("connection.live") : t("connection.linkDown")) : t(`connection.${phase}`);
  return html`<span class=${`connection ${well ? "good" : "bad"}`} role="status">
    <${Icon} name=${well ? "checkCircle" : "unplug"} size=${16} /><span>${text}</span></span>`;
}

/** The band under the top bar when something is old. @param {{app: App}} props */
export function Staleness({ app }) {
  const { phase } = app.push.status.value;
  const old = stale(app);
  const database = app.live.system.value?.database;
  const zone = siteZone.value;
  if (phase === "ended") {
    return html`<div class="band bad" role="alert"><${Icon} name="unplug" /><span>${t("connection.signedOut")}</span>
      <a class="button small" href="index.html">${t("action.signIn")}</a></div>`;
  }
  if (phase === "waiting" || (phase === "connecting" && old)) {
    const seconds = untilRetry(app);
    return html`<div class="band bad"><${Icon} name="unplug" />
      <span role="alert">${t("connection.lost")}${old && ` ${t("connection.staleSince", { time: timeOfDay(old.since, zone) })}`}</span>
      <span class="band-quiet">${phase === "waiting" ? t("connection.retryIn", { n: seconds }) : t("connection.trying")}</span>
      <button type="button" class="button small" onClick=${() => app.push.poke()}>${t("action.tryNow")}</button></div>`;
  }
  if (old) {
    return html`<div class="band bad" role="alert"><${Icon} name="unplug" />
      <span>${t("connection.pbxDown", { pbx: old.pbx ?? "" })} ${t("connection.staleSince", { time: timeOfDay(old.since, zone) })}</span></div>`;
  }
  if (database && !database.up) {
    return html`<div class="band warn" role="status"><${Icon} name="server" /><span>${t("connection.databaseDown")}</span></div>`;
  }
  const disk = app.live.system.value?.recordings;
  if (disk?.trouble) return html`<div class="band bad" role="alert"><${Icon} name="server" /><span>${t(`recordings.trouble.${disk.trouble}`)}</span></div>`;
  if (disk?.full_at && !disk.disk_low) return html`<div class="band warn" role="alert"><${Icon} name="server" /><span>${t("recordings.fullSoon", { day: day(disk.full_at, siteZone.value) })}</span></div>`;
  if (disk?.disk_low) return html`<div class="band warn" role="alert"><${Icon} name="server" /><span>${t("recordings.diskLow", { free: disk.free_mb })}</span></div>`;
  return null;
}
