/** All agents at a glance: sixty tiles on one screen, with the totals above and marks on what lasts too long. */

import { agentKey } from "../../core/topics.js";
import { caller, shortDevice } from "../../core/format.js";
import { reasonNames, reasonWord } from "../../core/shift.js";
import { t, word } from "../../core/i18n.js";
import { cls, html, memo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty, stateIcons } from "../../ui/parts.js";
import { sorted } from "../../ui/table.js";
import { LongMark } from "./long_mark.js";

/** @import { AgentJson } from "../../core/shapes.js" */

const order = ["unreachable", "notReady", "workingAfterCall", "busy", "alerting", "ready", "loggedOff"];

/** @type {Record<string, (agent: AgentJson) => unknown>} */
const values = { since: (agent) => agent.since, state: (agent) => order.indexOf(agent.state), name: (agent) => agent.name || agent.device };

/** @param {{agents: AgentJson[], frozenAt: number | null, actions?: (agent: AgentJson) => any}} props */
export function AgentTiles({ agents, frozenAt, actions }) {
  const [key, setKey] = useState("since");
  const shown = sorted(agents.filter((agent) => agent.state !== "loggedOff"), { key, down: false }, values, (agent) => `${agent.name} ${agentKey(agent)}`);
  return html`<section class="panel agents tiles-panel" aria-labelledby="tiles-title">
    <div class="panel-head"><h2 id="tiles-title">${t("agents.title")}</h2><span class="count">${shown.length}</span>
      <label class="tiles-sort"><span>${t("tiles.sort")}</span><select value=${key} onChange=${(/** @type {any} */ e) => setKey(e.target.value)}>
        <option value="since">${t("agents.since")}</option><option value="state">${t("agents.state")}</option><option value="name">${t("agents.name")}</option></select></label></div>
    ${shown.length === 0 ? html`<${Empty} icon="users" title=${t("agents.noneFit")} />`
      : html`<ul class="tiles">${shown.map((agent) => html`<${Tile} key=${agentKey(agent)} agent=${agent} frozenAt=${frozenAt} actions=${actions} language=${t("language.code")} reasons=${reasonNames.value} />`)}</ul>`}
  </section>`;
}

const Tile = memo(({ agent, frozenAt, actions }) => {
  const name = agent.name || shortDevice(agent.device);
  const more = agent.call ? caller(agent.call) || t("call.withheld") : agent.state === "notReady" && agent.reason ? reasonWord(agent.reason) : shortDevice(agent.device);
  const place = [agent.team, agent.location].filter(Boolean).join(" · ");
  return html`<li class=${cls("tile", `tile-${agent.state}`)} title=${[name, word("state", agent.state), more, place].filter(Boolean).join(" · ")}>
    <span class="tile-head"><${Icon} name=${stateIcons[agent.state] ?? "clock"} size=${15} label=${word("state", agent.state)} /><b>${name}</b></span>
    <span class="tile-more">${[more, agent.location].filter(Boolean).join(" · ")}</span>
    <span class="tile-foot"><${Elapsed} since=${agent.since} frozenAt=${frozenAt} /><${LongMark} agent=${agent} frozenAt=${frozenAt} />${actions?.(agent)}</span></li>`;
});
