/** All agents live: filter by state, queue and name, sort by state, name and time. Only rows that changed are drawn. */

import { agentKey } from "../../core/topics.js";
import { caller, shortDevice } from "../../core/format.js";
import { reasonNames } from "../../core/shift.js";
import { t } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { cls, html, memo, useState } from "../../ui/html.js";
import { Elapsed, Empty, StateBadge, stateIcons } from "../../ui/parts.js";
import { Icon } from "../../ui/icons.js";
import { SortHead, sorted } from "../../ui/table.js";
import { LongMark } from "./long_mark.js";
import { Tick, TickAll } from "./selection.js";
import { ForceButton, ForceDialog } from "./shift_force.js";
import { OverrunMark } from "./shift_marks.js";

/** @import { Api } from "../../core/api.js" */
/** @import { AgentJson } from "../../core/shapes.js" */
/** @import { Selection } from "./selection.js" */

const groups = ["ready", "busy", "alerting", "workingAfterCall", "notReady", "unreachable", "loggedOff"];

/** @type {Record<string, (agent: AgentJson) => unknown>} */
const values = {
  name: (agent) => agent.name || agent.device,
  state: (agent) => groups.indexOf(agent.state),
  since: (agent) => -agent.since,
  answered: (agent) => agent.today?.answered ?? 0,
  talk: (agent) => agent.today?.talk_seconds ?? 0,
};

/** @param {{agents: AgentJson[], frozenAt: number | null, api: Api, actions?: (agent: AgentJson) => any, selection: Selection, children?: any}} props `actions`: more buttons in a row; `children`: what stands above the rows */
export function AgentsTable({ agents, frozenAt, api, actions, selection, children }) {
  const [forced, setForced] = useState(/** @type {AgentJson | null} */ (null));
  const [state, setState] = useState("");
  const [text, setText] = useState("");
  const [sort, setSort] = useState({ key: "state", down: false });
  const wanted = text.trim().toLowerCase();
  const fits = (/** @type {AgentJson} */ agent) => (!state || agent.state === state) && (!wanted || words(agent).includes(wanted));
  const rows = sorted(agents.filter(fits), sort, values, (agent) => `${agent.name} ${agentKey(agent)}`);
  selection.shown.current = rows.filter((agent) => agent.user_id !== null).map(agentKey);
  return html`<section class="panel agents" aria-labelledby="agents-title">
    <div class="panel-head"><h2 id="agents-title">${t("agents.title")}</h2><span class="count">${agents.length}</span>
      <label class="search"><${Icon} name="search" size=${16} /><span class="sr">${t("agents.search")}</span>
        <input type="search" value=${text} placeholder=${t("agents.search")} onInput=${(/** @type {any} */ e) => setText(e.target.value)} /></label></div>
    <${StateFilter} agents=${agents} state=${state} onState=${setState} />
    ${children}
    ${rows.length === 0
      ? html`<${Empty} icon="users" title=${agents.length ? t("agents.noneFit") : t("agents.none")} text=${agents.length ? undefined : t("agents.noneText")} />`
      : html`<div class="table-frame"><table class="table agents-table"><thead><tr>
        <th class="col-tick"><${TickAll} agents=${rows} selection=${selection} /></th>
        <${SortHead} name="name" label=${t("agents.name")} sort=${sort} onSort=${setSort} />
        <${SortHead} name="state" label=${t("agents.state")} sort=${sort} onSort=${setSort} />
        <${SortHead} name="since" label=${t("agents.since")} sort=${sort} onSort=${setSort} number />
        <th scope="col" class="col-call">${t("agents.call")}</th>
        <th scope="col" class="col-queues">${t("agents.queues")}</th>
        <${SortHead} name="answered" label=${t("agents.answered")} sort=${sort} onSort=${setSort} number />
        <${SortHead} name="talk" label=${t("agents.talk")} sort=${sort} onSort=${setSort} number />
        <th scope="col"><span class="sr">${t("users.actions")}</span></th>
      </tr></thead><tbody>${rows.map((agent) => html`<${Row} key=${agentKey(agent)} agent=${agent} frozenAt=${frozenAt} language=${t("language.code")} reasons=${reasonNames.value} onForce=${setForced} actions=${actions} on=${selection.keys.has(agentKey(agent))} click=${selection.click} />`)}</tbody></table></div>`}
    ${forced && html`<${ForceDialog} agent=${forced} api=${api} close=${() => setForced(null)} />`}
  </section>`;
}

/** @param {AgentJson} agent */
function words(agent) {
  return `${agent.name} ${agent.login ?? ""} ${agent.device} ${agent.team ?? ""} ${agent.location ?? ""} ${agent.queues.map((member) => member.queue).join(" ")}`.toLowerCase();
}

/** @param {{agents: AgentJson[], state: string, onState: (state: string) => void}} props */
function StateFilter({ agents, state, onState }) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const agent of agents) counts[agent.state] = (counts[agent.state] ?? 0) + 1;
  const chip = (/** @type {string} */ value, /** @type {string} */ label, /** @type {number} */ n) => html`<button type="button" key=${value}
    class=${cls("filter", value && `filter-${value}`, state === value && "on")} aria-pressed=${state === value ? "true" : "false"} onClick=${() => onState(value)}>
    ${value && html`<${Icon} name=${stateIcons[value]} size=${15} />`}<span>${label}</span><b>${n}</b></button>`;
  return html`<div class="filters" role="group" aria-label=${t("agents.filter")}>
    ${chip("", t("agents.all"), agents.length)}
    ${groups.filter((group) => counts[group] || group === state).map((group) => chip(group, t(`state.${group}`), counts[group] ?? 0))}
  </div>`;
}

const Row = memo(({ agent, frozenAt, onForce, actions, on, click }) => html`<tr class=${on ? "ticked" : undefined}>
  <td class="col-tick"><${Tick} agent=${agent} on=${on} click=${click} /></td>
  <th scope="row"><span class="who">${agent.name || shortDevice(agent.device)}</span><span class="sub">${shortDevice(agent.device)}</span>${(agent.team || agent.location) && html`<span class="place">${[agent.team, agent.location].filter(Boolean).join(" · ")}</span>`}</th>
  <td data-label=${t("agents.state")}><${StateBadge} state=${agent.state} reason=${agent.reason} /><${OverrunMark} limit=${frozenAt === null ? agent.shift?.limit_at : null} />${agent.state !== "notReady" && html`<${LongMark} agent=${agent} frozenAt=${frozenAt} />`}</td>
  <td class="number" data-label=${t("agents.since")}><${Elapsed} since=${agent.since} frozenAt=${frozenAt} /></td>
  <td class="col-call" data-label=${t("agents.call")}>${agent.call && html`<span class="one-line"><${Icon} name=${agent.call.direction === "outbound" ? "phoneOut" : "phoneIn"} size=${14}
    label=${t(`direction.${agent.call.direction}`)} /> ${caller(agent.call) || t("call.withheld")}</span>`}</td>
  <td class="col-queues" data-label=${t("agents.queues")} title=${[...agent.queues.map((/** @type {any} */ member) => member.queue), ...Object.entries(agent.skills ?? {}).map(([skill, level]) => `${skill} ${level}`)].join(" · ")}>${agent.queues.map((/** @type {any} */ member) => html`<span key=${member.queue} class=${cls("tag", member.paused && "paused")}
    title=${member.paused ? t("stateBar.paused") : undefined}>${member.queue}${member.penalty ? html`<small title=${t("profiles.penalty")}>${member.penalty}</small>` : null}</span>`)}${Object.entries(agent.skills ?? {}).map(([skill, level]) => html`<span key=${`skill ${skill}`} class="tag skill" title=${t("moves.skillAt", { skill, level })}>${skill} ${level}</span>`)}</td>
  <td class="number" data-label=${t("agents.answered")}>${agent.today?.answered ?? "–"}</td>
  <td class="number" data-label=${t("agents.talk")}>${agent.today ? duration(agent.today.talk_seconds) : "–"}</td>
  <td class="row-actions">${actions?.(agent)}<${ForceButton} agent=${agent} onForce=${onForce} /></td>
</tr>`);
