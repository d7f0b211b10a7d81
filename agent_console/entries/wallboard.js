/** The wallboard: dark, full screen, honest about the age of its figures. */

import { language, t } from "../core/i18n.js";
import { longDay, second, siteZone, timeOfDay } from "../core/time.js";
import { setTitle, startPage } from "../ui/app.js";
import { stale } from "../ui/connection.js";
import { cls, html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Empty, Loading } from "../ui/parts.js";
import { LanguageSwitch } from "../ui/shell.js";
import { ChoiceDialog, chosenQueues, page, readChoice, writeChoice } from "../rooms/queues/board_choice.js";
import { Board } from "../rooms/queues/wallboard.js";

/** @import { App } from "../ui/app.js" */

/** @param {App} app */
function WallboardPage(app) {
  const [choice, setChoice] = useState(() => readChoice(location.search));
  const [choosing, setChoosing] = useState(false);
  const { queues, agents, system } = app.live;
  setTitle("page.wallboard");
  const all = [...(queues.value?.queues.values() ?? [])];
  const shown = page(choice, chosenQueues(choice, all), choice.each ? second.value : 0);
  const old = stale(app, new Set(shown.queues.map((queue) => queue.pbx)));
  const title = shown.queues.length === 1 ? shown.queues[0]?.label || shown.queues[0]?.name : choice.queues.length ? shown.queues.map((queue) => queue.label || queue.name).join(" · ") : t("board.all");
  const choose = (/** @type {import("../rooms/queues/board_choice.js").Choice} */ next) => {
    setChoice(next);
    history.replaceState(null, "", location.pathname + writeChoice(next));
  };
  const ready = queues.value && agents.value && system.value;
  return html`<div class="wall">
    <header class="wall-head"><h1>${ready ? title : t("page.wallboard")}</h1>
      ${shown.of > 1 && html`<span class="wall-turn">${shown.n + 1} / ${shown.of}</span>`}
      <${Clock} />
      <div class="wall-tools"><${LanguageSwitch} api=${app.api} />
        <button type="button" class="icon-button" onClick=${() => setChoosing(true)}><${Icon} name="queue" label=${t("board.choose")} size=${22} /></button>
        <${FullScreen} /><a class="icon-button" href="supervisor.html"><${Icon} name="left" label=${t("board.leave")} size=${22} /></a></div></header>
    <main class="wall-main">${!ready
      ? html`<${Loading} label=${t("loading.live")} />`
      : shown.queues.length === 0
        ? html`<${Empty} icon="queue" title=${t("queues.none")} text=${t("queues.noneText")} />`
        : html`<${Board} queues=${shown.queues} agents=${[...(agents.value?.agents.values() ?? [])]} level=${system.value?.site.service_level} frozenAt=${old ? old.since : null} />`}</main>
    <${Age} app=${app} old=${old} />
    ${choosing && html`<${ChoiceDialog} choice=${choice} all=${all} onChoice=${choose} close=${() => setChoosing(false)} />`}
  </div>`;
}

/** The time at the site. */
function Clock() {
  const now = second.value;
  return html`<div class="wall-clock"><span class="wall-day">${longDay(now, siteZone.value, language.value)}</span><time class="wall-time">${timeOfDay(now, siteZone.value)}</time></div>`;
}

/** How old the figures are. @param {{app: App, old: ReturnType<typeof stale>}} props */
function Age({ app, old }) {
  const heard = app.push.lastHeard.value;
  const zone = siteZone.value;
  if (old) {
    const why = old.reason === "push" ? t("connection.lost") : t("connection.pbxDown", { pbx: old.pbx ?? "" });
    return html`<footer class="wall-age old" role="alert"><${Icon} name="unplug" size=${30} /><strong>${t("connection.staleSince", { time: timeOfDay(old.since, zone) })}</strong><span>${why}</span></footer>`;
  }
  return html`<footer class="wall-age"><${Icon} name="checkCircle" size=${24} />${heard !== null && t("board.asOf", { time: timeOfDay(heard / 1000 + app.clock.offset, zone) })}</footer>`;
}

function FullScreen() {
  const [full, setFull] = useState(Boolean(document.fullscreenElement));
  useEffect(() => {
    const changed = () => setFull(Boolean(document.fullscreenElement));
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, []);
  const turn = () => (full ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined);
  return html`<button type="button" class=${cls("button", "full-button")} onClick=${turn}><${Icon} name="expand" />${full ? t("board.window") : t("board.full")}</button>`;
}

startPage({ page: "wallboard", topics: ["system", "queues", "agents"], draw: WallboardPage });
