/** The page of the flows: flows, and what they are made of. */

import { t } from "../core/i18n.js";
import { setTitle, startPage } from "../ui/app.js";
import { cls, html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Shell } from "../ui/shell.js";
import { FlowRoom } from "../rooms/routing/flow_room.js";
import { FlowNumbers } from "../rooms/routing/flow_numbers.js";
import { Calendars } from "../rooms/routing/named_calendars.js";
import { CallerLists } from "../rooms/routing/named_lists.js";
import { Switches } from "../rooms/routing/named_switches.js";
import { Prompts } from "../rooms/routing/prompts.js";

/** @import { App } from "../ui/app.js" */

/** @type {Record<string, string>} */
const tabs = { flows: "flow", numbers: "phoneIn", prompts: "sound", calendars: "calendar", switches: "power", lists: "list" };
/** @type {Record<string, any>} */
const rooms = { numbers: FlowNumbers, prompts: Prompts, calendars: Calendars, switches: Switches, lists: CallerLists };

/** The tab and the flow that the address names. */
function placeOf() {
  const [name, key] = location.hash.slice(1).split("/");
  if (name === "flow" && key) return { tab: "flows", flow: decodeURIComponent(key) };
  return { tab: name && name in tabs ? name : "flows", flow: null };
}

/** @param {App} app */
function FlowsPage(app) {
  const [place, setPlace] = useState(placeOf());
  useEffect(() => {
    const changed = () => setPlace(placeOf());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  setTitle("page.flows");
  const open = (/** @type {string | null} */ key) => location.assign(key ? `#flow/${encodeURIComponent(key)}` : "#flows");
  const queues = [...(app.live.queues.value?.queues.values() ?? [])].map((queue) => ({ value: queue.name, label: queue.label }));
  const room = html`<${FlowRoom} api=${app.api} flow=${place.flow} open=${open} queues=${queues} />`;
  if (place.flow) return html`<${Shell} app=${app}><h1 class="sr">${t("page.flows")}</h1>${room}<//>`;
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.flows")}</h1><div class="admin-columns">
    <nav class="side-nav" aria-label=${t("flows.parts")}>${Object.entries(tabs).map(([name, icon]) => html`<a key=${name} href=${`#${name}`} class=${cls("side-link", place.tab === name && "here")} aria-current=${place.tab === name ? "true" : undefined}><${Icon} name=${icon} />${t(`flows.tab.${name}`)}</a>`)}</nav>
    <div class="admin-part">${place.tab === "flows" ? room : html`<${rooms[place.tab]} api=${app.api} />`}</div></div><//>`;
}

startPage({ page: "flows", topics: ["system", "queues"], draw: FlowsPage });
