/** The supervisor's page: queues, agents and calls, live. On a phone one of the three at a time. */

import { t } from "../core/i18n.js";
import { agentKey } from "../core/topics.js";
import { startPage, setTitle } from "../ui/app.js";
import { stale } from "../ui/connection.js";
import { cls, html, useMemo, useState } from "../ui/html.js";
import { Loading } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { AgentsTable } from "../rooms/agents/agents_table.js";
import { LiveCalls } from "../rooms/calls/live_calls.js";
import { QueuesTable } from "../rooms/queues/queues_table.js";

/** @import { App } from "../ui/app.js" */

/** @param {App} app */
function SupervisorPage(app) {
  const [view, setView] = useState("queues");
  const { agents, queues, calls, system } = app.live;
  setTitle("page.supervisor");
  const people = agents.value?.agents;
  const names = useMemo(() => new Map([...(people?.values() ?? [])].map((agent) => [agentKey(agent), agent.name])), [people]);
  if (!people || !queues.value || !calls.value || !system.value) return html`<${Shell} app=${app}><${Loading} label=${t("loading.live")} /><//>`;
  const frozenAt = stale(app)?.since ?? null;
  const tab = (/** @type {string} */ name, /** @type {number} */ n) => html`<button type="button" class=${cls("view-tab", view === name && "on")}
    aria-pressed=${view === name ? "true" : "false"} onClick=${() => setView(name)}>${t(`view.${name}`)}<b>${n}</b></button>`;
  return html`<${Shell} app=${app}>
    <h1 class="sr">${t("page.supervisor")}</h1>
    <div class="view-tabs" role="group" aria-label=${t("view.label")}>${tab("queues", queues.value.queues.size)}${tab("agents", people.size)}${tab("calls", calls.value.calls.size)}</div>
    <div class=${cls("supervisor-grid", `show-${view}`, frozenAt !== null && "stale")}>
      <${QueuesTable} queues=${[...queues.value.queues.values()]} level=${system.value.site.service_level} frozenAt=${frozenAt} />
      <${AgentsTable} agents=${[...people.values()]} frozenAt=${frozenAt} />
      <${LiveCalls} calls=${[...calls.value.calls.values()]} agentNames=${names} frozenAt=${frozenAt} />
    </div>
  <//>`;
}

startPage({ page: "supervisor", topics: ["system", "queues", "agents", "calls"], draw: SupervisorPage });
