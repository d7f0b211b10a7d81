/** Which agents are looked at, by team and queue, how they are shown, and the totals of those: always in sight. */

import { tooLong } from "../../core/too_long.js";
import { t, word } from "../../core/i18n.js";
import { second } from "../../core/time.js";
import { cls, computed, html, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { stateIcons } from "../../ui/parts.js";

/** @import { AgentJson } from "../../core/shapes.js" */
/** @typedef {{team: string, queue: string, location: string, tiles: boolean}} Choice */

const KEY = "cti.supervisor.agents";
const TOTALS = ["ready", "busy", "alerting", "workingAfterCall", "notReady", "unreachable"];

/** @param {Storage | null} storage @returns {Choice} */
function remembered(storage) {
  try {
    return { team: "", queue: "", location: "", tiles: false, ...JSON.parse(storage?.getItem(KEY) ?? "{}") };
  } catch {
    return { team: "", queue: "", location: "", tiles: false };
  }
}

/** The choice, kept on this machine. @param {Storage | null} storage @returns {[Choice, (part: Partial<Choice>) => void]} */
export function useAgentsChoice(storage) {
  const [choice, setChoice] = useState(() => remembered(storage));
  const put = (/** @type {Partial<Choice>} */ part) => {
    const next = { ...choice, ...part };
    setChoice(next);
    try {
      storage?.setItem(KEY, JSON.stringify(next));
    } catch {
      // It holds for this page then.
    }
  };
  return [choice, put];
}

/** The agents that fit. @param {AgentJson[]} agents @param {Choice} choice */
export function chosenAgents(agents, { team, queue, location }) {
  return agents.filter((agent) => (!team || agent.team === team) && (!location || agent.location === location) && (!queue || agent.queues.some((member) => member.queue === queue)));
}

/** @param {{agents: AgentJson[], choice: Choice, onChoice: (part: Partial<Choice>) => void, frozenAt: number | null}} props */
export function AgentsBar({ agents, choice, onChoice, frozenAt }) {
  const different = (/** @type {string[]} */ names, /** @type {string} */ kept) => [...new Set([...names, kept])].filter(Boolean).sort();
  const shown = chosenAgents(agents, choice);
  const long = useMemo(() => computed(() => shown.filter((agent) => tooLong(agent, frozenAt ?? second.value)).length), [agents, choice, frozenAt]);
  const select = (/** @type {"team" | "queue" | "location"} */ name, /** @type {string} */ label, /** @type {string} */ all, /** @type {string[]} */ options) => html`<label class="bar-choice"><span class="sr">${label}</span>
    <select value=${choice[name]} onChange=${(/** @type {any} */ e) => onChoice({ [name]: e.target.value })}><option value="">${all}</option>${options.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>`;
  const teams = different(agents.map((agent) => agent.team ?? ""), choice.team);
  const queues = different(agents.flatMap((agent) => agent.queues.map((member) => member.queue)), choice.queue);
  const locations = different(agents.map((agent) => agent.location ?? ""), choice.location);
  return html`<div class="agents-bar" role="group" aria-label=${t("tiles.bar")}>
    ${teams.length > 0 && select("team", t("tiles.team"), t("tiles.allTeams"), teams)}${locations.length > 0 && select("location", t("tiles.location"), t("tiles.allLocations"), locations)}${select("queue", t("tiles.queue"), t("tiles.allQueues"), queues)}
    <span class="totals">${TOTALS.map((state) => html`<span key=${state} class=${cls("total", `total-${state}`)} title=${word("state", state)}><${Icon} name=${stateIcons[state] ?? "clock"} size=${15} label=${word("state", state)} /><b>${shown.filter((agent) => agent.state === state).length}</b></span>`)}
      ${long.value > 0 && html`<span class="total long-mark"><${Icon} name="clock" size=${15} />${t("tiles.tooLong", { n: long.value })}</span>`}</span>
    <button type="button" class="button small" aria-pressed=${choice.tiles ? "true" : "false"} onClick=${() => onChoice({ tiles: !choice.tiles })}><${Icon} name=${choice.tiles ? "list" : "board"} size=${16} />${choice.tiles ? t("tiles.table") : t("tiles.tiles")}</button>
  </div>`;
}
