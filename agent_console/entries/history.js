/** The history: the call list, and one call with its journey. The address bar says which, so that links work. */

import { t } from "../core/i18n.js";
import { startPage, setTitle } from "../ui/app.js";
import { useDialler } from "../ui/dial.js";
import { html, useEffect, useState } from "../ui/html.js";
import { useAnswer } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { CallBar } from "../rooms/calls/call_bar.js";
import { CallFilters, fromHash, names } from "../rooms/calls/call_filters.js";
import { CallList } from "../rooms/calls/call_list.js";
import { CallPage } from "../rooms/calls/call_page.js";
import { CustomerSearch } from "../rooms/customers/search.js";
import { CallSurvey } from "../rooms/routing/survey_of_call.js";
import { CallRecordings } from "../rooms/recording/of_call.js";

/** @import { App } from "../ui/app.js" */

/** @param {App} app */
function HistoryPage(app) {
  const [hash, setHash] = useState(location.hash);
  const [list, setList] = useState(() => fromHash(location.hash));
  const queues = useAnswer(() => app.api.get("queues"), []);
  // Who may see calls but not profiles filters without the choice of agents.
  const agents = useAnswer(() => app.api.get("agents").catch(() => ({ items: [] })), []);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  setTitle("page.history");
  useDialler(app);
  const call = new URLSearchParams(hash.slice(1)).get("call");
  const apply = (/** @type {Record<string, string>} */ filters) => {
    setList(filters);
    const given = names.filter((name) => filters[name]).map((name) => [name, filters[name] ?? ""]);
    history.replaceState(null, "", `#${new URLSearchParams(given)}`);
  };
  const labels = new Map((queues.data?.items ?? []).map((/** @type {any} */ queue) => [queue.name, queue.label]));
  return html`<${Shell} app=${app} tools=${html`<${CustomerSearch} api=${app.api} />`}>
    ${call
      ? html`<${CallPage} api=${app.api} id=${call} back=${() => (history.length > 1 ? history.back() : (location.hash = ""))} queueLabels=${labels} now=${() => app.clock.now()} below=${(/** @type {any} */ one) => html`<${CallRecordings} key=${one.call_id} api=${app.api} callId=${one.call_id} />${app.who.user.roles.some((/** @type {string} */ role) => role !== "agent") && html`<${CallSurvey} key=${`${one.call_id} survey`} api=${app.api} callId=${one.call_id} />`}`} />`
      : html`<h1 class="sr">${t("page.history")}</h1><${CallFilters} filters=${list} queues=${queues.data?.items ?? []} agents=${agents.data?.items ?? []} onApply=${apply} />
        <${CallList} api=${app.api} filters=${list} queueLabels=${labels} />`}
    <${CallBar} app=${app} />
  <//>`;
}

startPage({ page: "history", topics: ["system", "me"], draw: HistoryPage });
