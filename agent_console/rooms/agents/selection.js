/** Which agents are ticked in the table. */

import { ticked } from "../../core/moves.js";
import { agentKey } from "../../core/topics.js";
import { html, useMemo, useRef, useState } from "../../ui/html.js";
import { t } from "../../core/i18n.js";

/** @import { AgentJson } from "../../core/shapes.js" */
/** @typedef {{keys: ReadonlySet<string>, click: (agent: AgentJson, shift: boolean) => void, all: (agents: AgentJson[]) => void, clear: () => void, shown: {current: string[]}}} Selection */

/** @returns {Selection} */
export function useSelection() {
  const [keys, setKeys] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const shown = useRef(/** @type {string[]} */ ([]));
  const last = useRef(/** @type {string | null} */ (null));
  // The same functions for ever, so that a tick draws one row anew and not all.
  const acts = useMemo(() => ({
    click: (/** @type {AgentJson} */ agent, /** @type {boolean} */ shift) => {
      const key = agentKey(agent);
      const from = last.current;
      setKeys((before) => ticked(before, shown.current, key, from, shift));
      last.current = key;
    },
    all: (/** @type {AgentJson[]} */ agents) => {
      const wanted = agents.filter((agent) => agent.user_id !== null).map(agentKey);
      setKeys((before) => new Set(wanted.every((key) => before.has(key)) ? [] : wanted));
    },
    clear: () => setKeys(new Set()),
  }), []);
  return { keys, shown, ...acts };
}

/** The tick of a row; nothing for devices that nobody owns. @param {{agent: AgentJson, on: boolean, click: Selection["click"]}} props */
export function Tick({ agent, on, click }) {
  if (agent.user_id === null) return null;
  return html`<input type="checkbox" class="tick" checked=${on} aria-label=${t("moves.choose", { name: agent.name })} onClick=${(/** @type {any} */ e) => click(agent, e.shiftKey)} />`;
}

/** The tick of all that are shown. @param {{agents: AgentJson[], selection: Selection}} props */
export function TickAll({ agents, selection }) {
  const own = agents.filter((agent) => agent.user_id !== null);
  const n = own.filter((agent) => selection.keys.has(agentKey(agent))).length;
  return html`<input type="checkbox" class="tick" checked=${n > 0 && n === own.length} indeterminate=${n > 0 && n < own.length} disabled=${own.length === 0}
    aria-label=${t("moves.chooseAll", { n: own.length })} title=${t("moves.chooseAll", { n: own.length })} onClick=${() => selection.all(own)} />`;
}
