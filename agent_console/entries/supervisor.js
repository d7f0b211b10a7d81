/** The supervisor's page: queues, agents and calls, live. On a phone one of the three at a time. */

import { t } from "../core/i18n.js";
import { agentKey } from "../core/topics.js";
import { startPage, setTitle } from "../ui/app.js";
import { stale } from "../ui/connection.js";
import { cls, html, useMemo, useState } from "../ui/html.js";
import { Loading } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { AgentsBar, chosenAgents, useAgentsChoice } from "../rooms/agents/agents_filter.js";
import { AgentsTable } from "../rooms/agents/agents_table.js";
import { MovesBar } from "../rooms/agents/moves_bar.js";
import { useSelection } from "../rooms/agents/selection.js";
import { AgentTiles } from "../rooms/agents/tiles.js";
import { LiveCalls } from "../rooms/calls/live_calls.js";
import { Supervision } from "../rooms/monitoring/own_session.js";
import { SuperviseButton, SuperviseDialog } from "../rooms/monitoring/supervise_dialog.js";
import { LostCalls } from "../rooms/queues/lost_calls.js";
import { QueuesTable } from "../rooms/queues/queues_table.js";

/** @import { App } from "../ui/app.js" */
/** @import { AgentJson } from "../core/shapes.js" */

/** @param {App} app */
function SupervisorPage(app) {
  const [view, setView] = useState("queues");
  const [choice, setChoice] = useAgentsChoice(app.storage);
  const selection = useSelection();
  const { agents, queues, calls, system, lost } = app.live;
  setTitle("page.supervisor");
  const people = agents.value?.agents;
  const actions = useMemo(() => (/** @type {AgentJson} */ agent) => html`<${SuperviseButton} agent=${agent} app=${app} />`, []);
  const names = useMemo(() => new Map([...(people?.values() ?? [])].map((agent) => [agentKey(agent), agent.name])), [people]);
  if (!people || !queues.value || !calls.value || !system.value) return html`<${Shell} app=${app}><${Loading} label=${t("loading.live")} /><//>`;
  const frozenAt = stale(app)?.since ?? null;
  const tab = (/** @type {string} */ name, /** @type {number} */ n) => html`<button type="button" class=${cls("view-tab", view === name && "on")}
    aria-pressed=${view === name ? "true" : "false"} onClick=${() => setView(name)}>${t(`view.${name}`)}<b>${n}</b></button>`;
  return html`<${Shell} app=${app}>
    <h1 class="sr">${t("page.supervisor")}</h1>
    <div class="view-tabs" role="group" aria-label=${t("view.label")}>${tab("queues", queues.value.queues.size)}${tab("agents", people.size)}${tab("calls", calls.value.calls.size)}${lost.value && tab("lost", lost.value.items.size)}</div>
    <${Supervision} app=${app} frozenAt=${frozenAt} />
    <div class=${cls("supervisor-grid", `show-${view}`, frozenAt !== null && "stale")}>
      <${QueuesTable} queues=${[...queues.value.queues.values()]} level=${system.value.site.service_level} frozenAt=${frozenAt} />
      <${AgentsBar} agents=${[...people.values()]} choice=${choice} onChoice=${setChoice} frozenAt=${frozenAt} />
      ${choice.tiles ? html`<${AgentTiles} agents=${chosenAgents([...people.values()], choice)} frozenAt=${frozenAt} actions=${actions} />`
        : html`<${AgentsTable} agents=${chosenAgents([...people.values()], choice)} frozenAt=${frozenAt} api=${app.api} actions=${actions} selection=${selection}><${MovesBar} app=${app} agents=${[...people.values()]} selection=${selection} /><//>`}
      <${LiveCalls} calls=${[...calls.value.calls.values()]} agentNames=${names} frozenAt=${frozenAt} />
      <${LostCalls} app=${app} frozenAt=${frozenAt} />
    </div>
    <${SuperviseDialog} app=${app} />
  <//>`;
}

startPage({ page: "supervisor", topics: ["system", "queues", "agents", "calls", "monitoring", "lost", "moves"], draw: SupervisorPage });
