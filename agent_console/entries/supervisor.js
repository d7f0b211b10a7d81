/** The supervisor's page: queues, agents and calls, live. On a phone one of the three at a time. */

import { t } from "../core/i18n.js";
import { agentKey } from "../core/topics.js";
import { startPage, setTitle } from "../ui/app.js";
import { stale } from "../ui/connection.js";
import { useDialler } from "../ui/dial.js";
import { cls, html, useMemo, useState } from "../ui/html.js";
import { Loading } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { AgentsBar, chosenAgents, useAgentsChoice } from "../rooms/agents/agents_filter.js";
import { AgentsTable } from "../rooms/agents/agents_table.js";
import { MovesBar } from "../rooms/agents/moves_bar.js";
import { useSelection } from "../rooms/agents/selection.js";
import { AgentTiles } from "../rooms/agents/tiles.js";
import { CallBar } from "../rooms/calls/call_bar.js";
import { LiveCalls } from "../rooms/calls/live_calls.js";
import { CustomerSearch } from "../rooms/customers/search.js";
import { HandMark, Hands } from "../rooms/help/hands.js";
import { ChosenThread, MessageButton } from "../rooms/help/messages.js";
import { NoticeButton } from "../rooms/help/notice_dialog.js";
import { NoticeBars } from "../rooms/help/notices.js";
import { Supervision } from "../rooms/monitoring/own_session.js";
import { SuperviseButton, SuperviseDialog } from "../rooms/monitoring/supervise_dialog.js";
import { PhoneSlot } from "../rooms/phone/phone_slot.js";
import { Callbacks } from "../rooms/routing/callbacks.js";
import { SurveyResults } from "../rooms/routing/survey_results.js";
import { Voicemail } from "../rooms/routing/voicemail.js";
import { LostCalls } from "../rooms/queues/lost_calls.js";
import { QueuesTable } from "../rooms/queues/queues_table.js";

/** @import { App } from "../ui/app.js" */
/** @import { AgentJson } from "../core/shapes.js" */

/** @param {App} app */
function SupervisorPage(app) {
  const [view, setView] = useState("queues");
  const [choice, setChoice] = useAgentsChoice(app.storage);
  const { agents, queues, calls, system, lost, me, help, callbacks, voicemail } = app.live;
  const asking = [...(help.value?.hands.values() ?? [])].filter((hand) => hand.coming_at === null).length;
  setTitle("page.supervisor", asking ? `✋ (${asking})` : undefined);
  useDialler(app);
  const selection = useSelection();
  const people = agents.value?.agents;
  const actions = useMemo(() => (/** @type {AgentJson} */ agent) => html`<${HandMark} app=${app} userId=${agent.user_id} /><${MessageButton} app=${app} userId=${agent.user_id} name=${agent.name} /><${SuperviseButton} agent=${agent} app=${app} />`, []);
  const tileActions = useMemo(() => (/** @type {AgentJson} */ agent) => html`<span class="tile-actions"><${HandMark} app=${app} userId=${agent.user_id} /><${MessageButton} app=${app} userId=${agent.user_id} name=${agent.name} unreadOnly /><${SuperviseButton} agent=${agent} app=${app} /></span>`, []);
  const byId = (/** @type {number} */ id) => [...(agents.peek()?.agents.values() ?? [])].find((agent) => agent.user_id === id);
  const handActions = useMemo(() => (/** @type {number} */ id) => {
    const agent = byId(id);
    return agent && html`<${MessageButton} app=${app} userId=${id} name=${agent.name} /><${SuperviseButton} agent=${agent} app=${app} />`;
  }, []);
  const names = useMemo(() => new Map([...(people?.values() ?? [])].map((agent) => [agentKey(agent), agent.name])), [people]);
  if (!people || !queues.value || !calls.value || !system.value) return html`<${Shell} app=${app}><${Loading} label=${t("loading.live")} /><//>`;
  const frozenAt = stale(app)?.since ?? null;
  const tab = (/** @type {string} */ name, /** @type {number} */ n) => html`<button type="button" class=${cls("view-tab", view === name && "on")}
    aria-pressed=${view === name ? "true" : "false"} onClick=${() => setView(name)}>${t(`view.${name}`)}<b>${n}</b></button>`;
  const tools = html`<${CustomerSearch} api=${app.api} /><${NoticeButton} app=${app} />`;
  return html`<${Shell} app=${app} tools=${tools}>
    <h1 class="sr">${t("page.supervisor")}</h1>
    <${NoticeBars} notices=${me.value?.help.notices ?? []} api=${app.api} />
    ${me.value?.phone && html`<${PhoneSlot} app=${app} shown=${me.value.phone} />`}
    <${Hands} app=${app} frozenAt=${frozenAt} actions=${handActions} />
    <div class="view-tabs" role="group" aria-label=${t("view.label")}>${tab("queues", queues.value.queues.size)}${tab("agents", people.size)}${tab("calls", calls.value.calls.size)}${lost.value && tab("lost", lost.value.items.size)}${callbacks.value && tab("callbacks", callbacks.value.items.size)}${voicemail.value && tab("voicemail", [...voicemail.value.items.values()].filter((one) => one.new).length)}</div>
    <${Supervision} app=${app} frozenAt=${frozenAt} />
    <div class=${cls("supervisor-grid", `show-${view}`, frozenAt !== null && "stale")}>
      <${QueuesTable} queues=${[...queues.value.queues.values()]} level=${system.value.site.service_level} frozenAt=${frozenAt} />
      <${AgentsBar} agents=${[...people.values()]} choice=${choice} onChoice=${setChoice} frozenAt=${frozenAt} />
      ${choice.tiles ? html`<${AgentTiles} agents=${chosenAgents([...people.values()], choice)} frozenAt=${frozenAt} actions=${tileActions} />`
        : html`<${AgentsTable} agents=${chosenAgents([...people.values()], choice)} frozenAt=${frozenAt} api=${app.api} actions=${actions} selection=${selection}><${MovesBar} app=${app} agents=${[...people.values()]} selection=${selection} /><//>`}
      <${LiveCalls} calls=${[...calls.value.calls.values()]} agentNames=${names} frozenAt=${frozenAt} />
      <${LostCalls} app=${app} frozenAt=${frozenAt} />
      ${callbacks.value && html`<${Callbacks} app=${app} items=${[...callbacks.value.items.values()].sort((a, b) => b.priority - a.priority || a.joined_at - b.joined_at)} frozenAt=${frozenAt} chief />`}
      ${voicemail.value && html`<${Voicemail} app=${app} items=${[...voicemail.value.items.values()].sort((a, b) => a.id - b.id)} chief />`}
      <${SurveyResults} api=${app.api} />
    </div>
    <${SuperviseDialog} app=${app} /><${ChosenThread} app=${app} /><${CallBar} app=${app} />
  <//>`;
}

startPage({ page: "supervisor", topics: ["system", "queues", "agents", "calls", "monitoring", "lost", "callbacks", "voicemail", "help", "moves", "me"], draw: SupervisorPage });
