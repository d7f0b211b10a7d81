/** Accounts: make, change, give a new password (shown once), disable. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Role, UserJson } from "../../core/shapes.js" */

/** @type {Role[]} */
const roles = ["agent", "supervisor", "qa", "admin"];

/** @param {{api: Api, ownId: number}} props */
export function Users({ api, ownId }) {
  const answer = useAnswer(() => api.get("users"), []);
  const [dialog, setDialog] = useState(/** @type {any} */ (null));
  const close = () => setDialog(null);
  const saved = () => {
    close();
    answer.again();
  };
  const reveal = (/** @type {string} */ login, /** @type {string} */ password) => {
    answer.again();
    setDialog({ kind: "password", login, password });
  };
  const users = /** @type {UserJson[]} */ (answer.data?.items ?? []);
  return html`<section class="panel" aria-labelledby="users-title"><div class="panel-head"><h2 id="users-title">${t("users.title")}</h2><span class="count">${users.length}</span>
    <button type="button" class="button primary small panel-action" onClick=${() => setDialog({ kind: "new" })}><${Icon} name="plus" size=${16} />${t("users.new")}</button></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${users.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("users.name")}</th><th scope="col">${t("signIn.login")}</th><th scope="col">${t("users.roles")}</th>
      <th scope="col">${t("users.state")}</th><th scope="col">${t("users.made")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
      <tbody>${users.map((user) => html`<tr key=${user.id} class=${isDisabled(user) ? "off" : undefined}><th scope="row"><span class="who">${user.name}</span></th><td><code>${user.login}</code></td>
        <td>${user.roles.map((role) => html`<span key=${role} class="tag">${t(`role.${role}`)}</span>`)}${[...(user.teams ?? []), ...(user.queues ?? [])].length > 0 && html`<span class="sub">${t("users.scope")}: ${[...(user.teams ?? []), ...(user.queues ?? [])].join(", ")}</span>`}</td>
        <td><span class=${cls("outcome", isDisabled(user) ? "outcome-failed" : "outcome-answered")}><${Icon} name=${isDisabled(user) ? "power" : "check"} size=${14} />${isDisabled(user) ? t("users.disabled") : user.must_change_password ? t("users.mustChange") : t("users.enabled")}</span></td>
        <td class="quiet">${user.created_at ? dateTime(user.created_at, siteZone.value) : "–"}</td>
        <td class="row-actions"><button type="button" class="button small" onClick=${() => setDialog({ kind: "edit", user })}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    ${dialog?.kind === "new" && html`<${NewUser} api=${api} close=${close} onMade=${reveal} onSaved=${saved} />`}
    ${dialog?.kind === "edit" && html`<${EditUser} api=${api} user=${dialog.user} own=${dialog.user.id === ownId} close=${close} onSaved=${saved} onPassword=${reveal} />`}
    ${dialog?.kind === "password" && html`<${PasswordOnce} login=${dialog.login} password=${dialog.password} close=${close} />`}
  </section>`;
}

/** @param {UserJson} user */
function isDisabled(user) {
  return user.disabled ?? (user.disabled_at !== null && user.disabled_at !== undefined);
}

/** @param {{chosen: Role[], onChange: (roles: Role[]) => void}} props */
function RoleChecks({ chosen, onChange }) {
  return html`<fieldset class="checks"><legend>${t("users.roles")}</legend>${roles.map((role) => html`<label class="check" key=${role}><input type="checkbox" checked=${chosen.includes(role)}
    onChange=${(/** @type {any} */ e) => onChange(e.target.checked ? [...chosen, role] : chosen.filter((one) => one !== role))} /><span>${t(`role.${role}`)}<small>${t(`roleHint.${role}`)}</small></span></label>`)}</fieldset>`;
}

/** Teams and queues that can be named, of those there are. @param {Api} api */
function useNames(api) {
  const answer = useAnswer(async () => {
    const [agents, queues] = await Promise.all([api.get("agents"), api.get("queues")]);
    const teams = [...new Set(agents.items.map((/** @type {any} */ one) => one.team))].filter(Boolean).sort();
    return { teams, queues: [...new Set(queues.items.map((/** @type {any} */ one) => one.name))] };
  }, []);
  return answer.data ?? { teams: [], queues: [] };
}

/** To which teams and queues somebody is limited. @param {{api: Api, roles: Role[], teams: string[], queues: string[], onChange: (part: {teams?: string[], queues?: string[]}) => void}} props */
function ScopeChecks({ api, roles, teams, queues, onChange }) {
  const known = useNames(api);
  if (roles.includes("admin") || !roles.some((role) => role === "supervisor" || role === "qa")) return null;
  const checks = (/** @type {"teams" | "queues"} */ name, /** @type {string[]} */ chosen) => html`<fieldset class="checks scope"><legend>${t(name === "teams" ? "users.teams" : "users.queues")}</legend>${[...new Set([...known[name], ...chosen])].map((one) => html`<label class="check" key=${one}><input type="checkbox" checked=${chosen.includes(one)}
    onChange=${(/** @type {any} */ e) => onChange({ [name]: e.target.checked ? [...chosen, one] : chosen.filter((each) => each !== one) })} /><span>${one}</span></label>`)}</fieldset>`;
  return html`<div role="group" aria-label=${t("users.scope")}><p class="field-label">${t("users.scope")}</p><p class="quiet">${t("users.scopeHint")}</p><div class="scope-columns">${checks("teams", teams)}${checks("queues", queues)}</div></div>`;
}

/** @param {{api: Api, close: () => void, onMade: (login: string, password: string) => void, onSaved: () => void}} props */
function NewUser({ api, close, onMade, onSaved }) {
  const [form, setForm] = useState({ login: "", name: "", roles: /** @type {Role[]} */ (["agent"]), teams: /** @type {string[]} */ ([]), queues: /** @type {string[]} */ ([]) });
  const make = useAction(async () => {
    const made = await api.post("users", form);
    if (made.password) onMade(form.login, made.password);
    else onSaved();
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    make.run();
  };
  return html`<${Dialog} title=${t("users.new")} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("users.name")}><input name="name" required maxlength="100" value=${form.name} onInput=${(/** @type {any} */ e) => setForm({ ...form, name: e.target.value })} /><//>
    <${Field} label=${t("signIn.login")} hint=${t("users.loginHint")}><input name="login" required maxlength="64" autocapitalize="none" spellcheck=${false} value=${form.login} onInput=${(/** @type {any} */ e) => setForm({ ...form, login: e.target.value })} /><//>
    <${RoleChecks} chosen=${form.roles} onChange=${(/** @type {Role[]} */ chosen) => setForm({ ...form, roles: chosen })} />
    <${ScopeChecks} api=${api} ...${form} onChange=${(/** @type {object} */ part) => setForm({ ...form, ...part })} />
    <p class="quiet">${t("users.passwordLater")}</p><${Problem} error=${make.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${make.busy || form.roles.length === 0}>${make.busy ? t("action.busy") : t("users.make")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
  </form><//>`;
}

/** @param {{api: Api, user: UserJson, own: boolean, close: () => void, onSaved: () => void, onPassword: (login: string, password: string) => void}} props */
function EditUser({ api, user, own, close, onSaved, onPassword }) {
  const [form, setForm] = useState({ name: user.name, roles: user.roles, teams: user.teams ?? [], queues: user.queues ?? [] });
  const [sure, setSure] = useState("");
  const change = useAction(async (/** @type {object} */ part) => {
    await api.patch(`users/${user.id}`, part);
    onSaved();
  });
  const reset = useAction(async () => onPassword(user.login, (await api.post(`users/${user.id}/reset-password`)).password));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    change.run(form);
  };
  const off = isDisabled(user);
  const twice = (/** @type {string} */ what, /** @type {() => void} */ act) => () => (sure === what ? act() : setSure(what));
  return html`<${Dialog} title=${user.login} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("users.name")}><input name="name" required maxlength="100" value=${form.name} onInput=${(/** @type {any} */ e) => setForm({ ...form, name: e.target.value })} /><//>
    <${RoleChecks} chosen=${form.roles} onChange=${(/** @type {Role[]} */ chosen) => setForm({ ...form, roles: chosen })} />
    <${ScopeChecks} api=${api} ...${form} onChange=${(/** @type {object} */ part) => setForm({ ...form, ...part })} />
    <${Problem} error=${change.error ?? reset.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${change.busy || form.roles.length === 0}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
    <div class="danger"><button type="button" class="button small" disabled=${reset.busy} onClick=${twice("reset", () => reset.run())}><${Icon} name="key" size=${16} />${sure === "reset" ? t("users.sure") : t("users.reset")}</button>
      <button type="button" class="button small danger-button" disabled=${change.busy || own} onClick=${off ? () => change.run({ disabled: false }) : twice("off", () => change.run({ disabled: true }))}><${Icon} name="power" size=${16} />${off ? t("users.enable") : sure === "off" ? t("users.sure") : t("users.disable")}</button>
      <p class="quiet">${t("users.endsSessions")}</p></div>
  </form><//>`;
}

/** @param {{login: string, password: string, close: () => void}} props */
function PasswordOnce({ login, password, close }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(password).then(() => setCopied(true), () => undefined);
  return html`<${Dialog} title=${t("users.passwordTitle", { login })} close=${close}><div class="stack"><p>${t("users.passwordOnce")}</p>
    <p class="secret"><code>${password}</code>${navigator.clipboard && html`<button type="button" class="button small" onClick=${copy}>${copied ? t("users.copied") : t("users.copy")}</button>`}</p>
    <div class="form-end"><button type="button" class="button primary" onClick=${close}>${t("users.noted")}</button></div></div><//>`;
}
