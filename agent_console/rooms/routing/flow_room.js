/** The room of the flows: the list, or one flow in the editor; unsaved changes are not lost unseen. */

import { t } from "../../core/i18n.js";
import { html, useEffect, useMemo, useRef } from "../../ui/html.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";
import { FlowEditor } from "./flow_editor.js";
import { FlowList } from "./flow_list.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Kind, Kinds } from "../../core/flow_shapes.js" */

/** @param {{api: Api, flow: string | null, open: (key: string | null) => void, queues: {value: string, label: string}[]}} props */
export function FlowRoom({ api, flow, open, queues }) {
  if (!flow) return html`<${FlowList} api=${api} open=${open} />`;
  return html`<${OneFlow} key=${flow} api=${api} flow=${flow} leave=${() => open(null)} queues=${queues} />`;
}

/** @param {{api: Api, flow: string, leave: () => void, queues: {value: string, label: string}[]}} props */
function OneFlow({ api, flow, leave, queues }) {
  const dirty = useRef(false);
  const answer = useAnswer(() => Promise.all([api.get(`flows/${flow}`), api.get("flows/kinds"), namesFrom(api)]), [flow]);
  useEffect(() => {
    const closing = (/** @type {BeforeUnloadEvent} */ event) => dirty.current && event.preventDefault();
    window.addEventListener("beforeunload", closing);
    return () => window.removeEventListener("beforeunload", closing);
  }, []);
  const kinds = useMemo(() => /** @type {Kinds} */ (Object.fromEntries((answer.data?.[1] ?? []).map((/** @type {Kind} */ kind) => [kind.kind, kind]))), [answer.data]);
  if (answer.error) return html`<${Problem} error=${answer.error} again=${answer.again} />`;
  if (!answer.data) return html`<${Loading} />`;
  const away = () => {
    if (!dirty.current || window.confirm(t("flows.leaveUnsaved"))) leave();
  };
  return html`<${FlowEditor} api=${api} flow=${answer.data[0]} kinds=${kinds} names=${{ ...answer.data[2], queue: queues }} leave=${away} guard=${(/** @type {boolean} */ now) => (dirty.current = now)} />`;
}

/** The things outside the flows, by the field in which they are chosen. A list that cannot be had becomes a free field. @param {Api} api */
async function namesFrom(api) {
  const ask = async (/** @type {string} */ path, /** @type {(one: any) => {value: string, label: string}} */ shape) => {
    try {
      const told = await api.get(path);
      return (told.items ?? told).map(shape);
    } catch {
      return [];
    }
  };
  const named = (/** @type {any} */ one) => ({ value: one.name ?? one.key, label: one.label ?? one.title ?? "" });
  const [prompt, calendar, switch_, callerList, flow, survey, agent] = await Promise.all([
    ask("prompts", named), ask("flow-calendars", named), ask("flow-switches", named), ask("caller-lists", named), ask("flows", named), ask("surveys", (one) => ({ value: one.key, label: one.survey.title })), ask("agents", (one) => ({ value: one.login, label: one.name })),
  ]);
  return { prompt, calendar, switch: switch_, callerList, flow, survey, agent };
}
