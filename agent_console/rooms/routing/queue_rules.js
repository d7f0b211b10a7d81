/** The rules of queues: who comes first, which agents are rung, where who waits too long goes; and how good expected waits were. */

import { t, word } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAnswer } from "../../ui/parts.js";
import { RulesDialog } from "./queue_rules_form.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function QueueRules({ api }) {
  const answer = useAnswer(() => api.get("queue-policies"), []);
  const [chosen, setChosen] = useState(/** @type {any} */ (null));
  const items = answer.data?.items ?? [];
  const saved = (/** @type {any} */ one) => {
    answer.set({ items: items.map((/** @type {any} */ row) => (row.pbx === one.pbx && row.queue === one.queue ? one : row)) });
    setChosen(null);
  };
  return html`<div class="stack"><section class="panel" aria-labelledby="queue-rules-title"><div class="panel-head"><h2 id="queue-rules-title">${t("queueRules.title")}</h2><span class="panel-note">${t("queueRules.hint")}</span></div>
      ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
      ${!answer.data && answer.busy ? html`<${Loading} />` : null}
      ${answer.data && items.length === 0 && html`<${Empty} icon="queue" title=${t("queues.none")} text=${t("queues.noneText")} />`}
      ${items.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("queues.name")}</th><th scope="col">${t("queueRules.strategy")}</th><th scope="col">${t("queueRules.inForce")}</th><th scope="col">${t("queueRules.version")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
        <tbody>${items.map((/** @type {any} */ one) => html`<tr key=${`${one.pbx}/${one.queue}`} class=${one.policy.active ? undefined : "off"}><th scope="row"><span class="who">${one.queue}</span><span class="sub">${one.pbx}</span></th>
          <td>${word("strategy", one.policy.strategy)}</td><td>${summary(one.policy).map((text) => html`<span key=${text} class="tag">${text}</span>`)}</td>
          <td>${one.version ? html`${one.version}<span class="sub">${one.changed_by} · ${dateTime(one.at, siteZone.value)}</span>` : "–"}</td>
          <td class="row-actions"><button type="button" class="button small" aria-label=${`${t("action.edit")} ${one.queue}`} onClick=${() => setChosen(one)}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    </section><${Errors} api=${api} />
    ${chosen && html`<${RulesDialog} api=${api} rules=${chosen} queues=${items.filter((/** @type {any} */ one) => one.pbx === chosen.pbx).map((/** @type {any} */ one) => one.queue)} close=${() => setChosen(null)} onSaved=${saved} />`}</div>`;
}

/** What a policy does, in a few tags. @param {any} policy @returns {string[]} */
function summary(policy) {
  if (!policy.active) return [t("queueRules.off")];
  const parts = [
    Object.keys(policy.tiers.add).length > 0 && t("queueRules.tagTiers"),
    policy.aging.add > 0 && t("queueRules.tagAging", { add: policy.aging.add, seconds: policy.aging.every_seconds }),
    policy.skills.length > 0 && t("queueRules.tagSkills", { skills: policy.skills.join(", "), level: policy.level }),
    policy.overflow.length > 0 && t("queueRules.tagOverflow", { n: policy.overflow.length }),
    policy.prefer !== "nobody" && `${word("prefer", policy.prefer)} ${policy.prefer_seconds} s`,
  ];
  const told = parts.filter(Boolean);
  return told.length > 0 ? /** @type {string[]} */ (told) : [t("queueRules.plain")];
}

/** @param {{api: Api}} props */
function Errors({ api }) {
  const answer = useAnswer(() => api.get("wait-estimates", { days: 7, tolerance: 30 }), []);
  const items = answer.data?.items ?? [];
  const share = (/** @type {number} */ part) => `${Math.round(part * 100)} %`;
  const seconds = (/** @type {number} */ value) => `${value.toFixed(0)} s`;
  return html`<section class="panel" aria-labelledby="estimates-title"><div class="panel-head"><h2 id="estimates-title">${t("estimates.title")}</h2><span class="panel-note">${t("estimates.hint")}</span></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="clock" title=${t("estimates.none")} text=${t("estimates.noneText")} />`}
    ${items.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("queues.name")}</th><th scope="col" class="number">${t("estimates.calls")}</th><th scope="col" class="number">${t("estimates.meanWait")}</th><th scope="col" class="number">${t("estimates.meanError")}</th><th scope="col" class="number">${t("estimates.bias")}</th><th scope="col" class="number">${t("estimates.within")}</th><th scope="col" class="number" title=${t("estimates.inRangeHint")}>${t("estimates.inRange")}</th><th scope="col" class="number" title=${t("estimates.toldEnoughHint")}>${t("estimates.toldEnough")}</th></tr></thead>
      <tbody>${items.map((/** @type {any} */ one) => html`<tr key=${`${one.pbx}/${one.queue}`}><th scope="row"><span class="who">${one.queue}</span></th><td class="number">${one.calls}</td><td class="number">${seconds(one.mean_wait)}</td><td class="number">${seconds(one.mean_error)}</td><td class="number">${one.bias > 0 ? "+" : ""}${seconds(one.bias)}</td><td class="number">${share(one.within)}</td><td class="number">${one.in_range === null ? "–" : share(one.in_range)}</td><td class="number">${one.told_enough === null ? "–" : t("estimates.ofTold", { share: share(one.told_enough), n: one.told })}</td></tr>`)}</tbody></table></div>`}
  </section>`;
}
