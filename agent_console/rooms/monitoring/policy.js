/** Who may listen, whisper, barge in, take over and release, per queue and team, and whether agents are told. */

import { t } from "../../core/i18n.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { UserJson } from "../../core/shapes.js" */
/** @typedef {{scope: "site" | "queue" | "team", name: string, allow: string[], users: number[], tell_agent: boolean}} Rule */

const acts = ["listen", "whisper", "barge", "takeOver", "release"];
/** @type {Rule} */
const everything = { scope: "site", name: "", allow: acts, users: [], tell_agent: false };

/** @param {Rule} rule */
const keyOf = (rule) => `${rule.scope} ${rule.name}`;
/** @param {Rule} rule */
const title = (rule) => (rule.scope === "site" ? t("monitor.site") : rule.scope === "queue" ? t("monitor.forQueue", { name: rule.name }) : t("monitor.forTeam", { name: rule.name }));

/** @param {{api: Api}} props */
export function Policy({ api }) {
  const answer = useAnswer(async () => {
    const [policy, users, queues, agents] = await Promise.all([api.get("monitoring/policy"), api.get("users"), api.get("queues"), api.get("agents")]);
    const teams = [...new Set(agents.items.map((/** @type {any} */ one) => one.team))].filter(Boolean).sort();
    return { rules: policy.rules, users: users.items, queues: queues.items.map((/** @type {any} */ one) => one.name), teams };
  }, []);
  const [rules, setRules] = useState(/** @type {Rule[]} */ ([]));
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    const told = /** @type {Rule[]} */ (answer.data?.rules ?? []);
    setRules(told.some((rule) => rule.scope === "site") ? told : [everything, ...told]);
  }, [answer.data]);
  const save = useAction(async () => {
    await api.put("monitoring/policy", { rules });
    setSaved(true);
  });
  const put = (/** @type {Rule} */ before, /** @type {Partial<Rule>} */ part) => {
    setSaved(false);
    setRules(rules.map((rule) => (rule === before ? { ...rule, ...part } : rule)));
  };
  const data = answer.data;
  return html`<section class="panel policy" aria-labelledby="policy-title"><div class="panel-head"><h2 id="policy-title">${t("monitor.policy")}</h2></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!data && answer.busy ? html`<${Loading} />` : null}
    ${data && html`<p class="policy-text quiet">${t("monitor.policyText")}</p>
      <div class="table-frame"><table class="table policy-table"><thead><tr><th scope="col">${t("monitor.scope")}</th>${acts.map((act) => html`<th scope="col" key=${act}>${t(`monitor.act.${act}`)}</th>`)}
        <th scope="col">${t("monitor.tell")}</th><th scope="col">${t("monitor.who")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
        <tbody>${rules.map((rule) => html`<${RuleRow} key=${keyOf(rule)} rule=${rule} users=${data.users} put=${(/** @type {Partial<Rule>} */ part) => put(rule, part)} remove=${() => setRules(rules.filter((one) => one !== rule))} />`)}</tbody></table></div>
      <${NewRule} queues=${data.queues} teams=${data.teams} taken=${rules.map(keyOf)} add=${(/** @type {Rule} */ rule) => setRules([...rules, rule])} />
      <${Problem} error=${save.error} />
      ${saved && html`<p class="problem good" role="status"><${Icon} name="check" /><span>${t("monitor.saved")}</span></p>`}
      <div class="form-end policy-end"><button type="button" class="button primary" disabled=${save.busy} onClick=${() => save.run()}>${save.busy ? t("action.saving") : t("action.save")}</button></div>`}
  </section>`;
}

/** @param {{rule: Rule, users: UserJson[], put: (part: Partial<Rule>) => void, remove: () => void}} props */
function RuleRow({ rule, users, put, remove }) {
  const flip = (/** @type {string} */ act, /** @type {boolean} */ on) => put({ allow: on ? [...rule.allow, act] : rule.allow.filter((one) => one !== act) });
  const chiefs = users.filter((user) => user.roles.some((role) => role === "supervisor" || role === "admin"));
  const named = rule.users.map((id) => users.find((user) => user.id === id)?.name ?? String(id));
  return html`<tr><th scope="row"><span class="who">${title(rule)}</span></th>
    ${acts.map((act) => html`<td key=${act} class="policy-tick"><input type="checkbox" class="tick" checked=${rule.allow.includes(act)} aria-label=${`${title(rule)}: ${t(`monitor.act.${act}`)}`} onChange=${(/** @type {any} */ e) => flip(act, e.target.checked)} /></td>`)}
    <td class="policy-tick"><input type="checkbox" class="tick" checked=${rule.tell_agent} aria-label=${`${title(rule)}: ${t("monitor.tell")}`} onChange=${(/** @type {any} */ e) => put({ tell_agent: e.target.checked })} /></td>
    <td><details class="policy-who"><summary>${named.length ? t("monitor.someOnly", { names: named.join(", ") }) : t("monitor.everybody")}</summary>
      <fieldset class="checks"><legend>${t("monitor.limitTo")}</legend>${chiefs.map((user) => html`<label class="check" key=${user.id}><input type="checkbox" checked=${rule.users.includes(user.id)}
        onChange=${(/** @type {any} */ e) => put({ users: e.target.checked ? [...rule.users, user.id] : rule.users.filter((id) => id !== user.id) })} /><span>${user.name}</span></label>`)}<small class="quiet">${t("monitor.limitHint")}</small></fieldset></details></td>
    <td class="row-actions">${rule.scope !== "site" && html`<button type="button" class="icon-button" onClick=${remove}><${Icon} name="close" size=${16} label=${`${t("monitor.removeRule")}: ${title(rule)}`} /></button>`}</td></tr>`;
}

/** @param {{queues: string[], teams: string[], taken: string[], add: (rule: Rule) => void}} props */
function NewRule({ queues, teams, taken, add }) {
  const free = [...queues.map((name) => /** @type {Rule} */ ({ ...everything, scope: "queue", name })), ...teams.map((name) => /** @type {Rule} */ ({ ...everything, scope: "team", name }))].filter((rule) => !taken.includes(keyOf(rule)));
  const [wanted, setWanted] = useState("");
  const chosen = free.find((rule) => keyOf(rule) === wanted);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (chosen) add(chosen);
    setWanted("");
  };
  return html`<form class="policy-new" onSubmit=${submit}><label><span class="sr">${t("monitor.ruleFor")}</span><select value=${wanted} onChange=${(/** @type {any} */ e) => setWanted(e.target.value)}>
    <option value="">${t("monitor.ruleFor")}…</option>${free.map((rule) => html`<option key=${keyOf(rule)} value=${keyOf(rule)}>${title(rule)}</option>`)}</select></label>
    <button type="submit" class="button" disabled=${!chosen}><${Icon} name="plus" size=${16} />${t("monitor.addRule")}</button></form>`;
}
