/** What the caller did in the menu: the nodes of the flow that he passed. Nothing for a call that met no flow. */

import { t, word } from "../../core/i18n.js";
import { duration, siteZone, timeOfDay } from "../../core/time.js";
import { html } from "../../ui/html.js";
import { Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{flow: string, version: number, title: string, node: string, kind: string, label: string, exit: string, chosen: string, at: number, seconds: number}} Step */

/** Steps that take less than this are not worth a figure. */
const LEAST_SECONDS = 1;

/** @param {{api: Api, id: string}} props */
export function FlowPath({ api, id }) {
  const answer = useAnswer(() => api.get(`calls/${encodeURIComponent(id)}/flow`), [id]);
  /** @type {Step[]} */
  const steps = answer.data?.items ?? [];
  if (!answer.error && steps.length === 0) return null;
  const first = steps[0];
  return html`<section class="panel" aria-labelledby="flow-path-title"><div class="panel-head"><h2 id="flow-path-title">${t("flowPath.title")}</h2>
      ${first && html`<span class="quiet">${t("flowPath.flow", { title: first.title || first.flow, version: first.version })}</span>`}</div>
    <${Problem} error=${answer.error} again=${answer.again} />
    <ol class="steps">${steps.map((step, n) => html`<li key=${n}><time>${timeOfDay(step.at, siteZone.value)}</time>
      <span>${named(step)} <span class="tag">${word("flowKind", step.kind)}</span> ${left(step)}${step.flow !== first?.flow ? html` <span class="quiet">${step.title || step.flow}</span>` : null}</span>
      ${step.seconds >= LEAST_SECONDS && html`<span class="quiet">${duration(step.seconds)}</span>`}</li>`)}</ol></section>`;
}

/** @param {Step} step */
function named(step) {
  return html`<strong>${step.label || step.node}</strong>`;
}

/** @param {Step} step by which exit he left it; nothing where there is only one way on */
function left(step) {
  if (step.exit === "next") return null;
  const name = /^[0-9*#]$/.test(step.exit) ? t("flowPath.key", { key: step.exit }) : step.chosen ? "" : word("flowExit", step.exit) || step.exit;
  return html`→ ${[name, step.chosen].filter(Boolean).join(" · ")}`;
}
