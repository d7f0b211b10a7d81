/** Sign in, make the first admin with the one-time link, change the password: forms before the work begins. */

import { ApiError } from "../../core/api.js";
import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { WhoJson } from "../../core/shapes.js" */

/**
 * A form of texts and passwords.
 * @param {{title: string, text?: string, fields: {name: string, label: string, type?: string, complete: string, hint?: string}[], submit: string, login?: string, act: (form: Record<string, string>) => Promise<any>, children?: any}} props
 */
function Card({ title, text, fields, submit, login, act, children }) {
  const [form, setForm] = useState(/** @type {Record<string, string>} */ (Object.fromEntries(fields.map((field) => [field.name, ""]))));
  const action = useAction(() => act(form));
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    action.run();
  };
  return html`<form class="sign-card" onSubmit=${send}><h1>${title}</h1>${text && html`<p class="quiet">${text}</p>`}
    ${login && html`<input class="sr" type="text" autocomplete="username" readonly tabindex="-1" aria-hidden="true" value=${login} />`}
    ${fields.map((field, n) => html`<${Field} key=${field.name} label=${field.label} hint=${field.hint}><input name=${field.name} type=${field.type ?? "text"} autocomplete=${field.complete}
      autofocus=${n === 0} required autocapitalize="none" spellcheck=${false} maxlength="256" value=${form[field.name]} onInput=${(/** @type {any} */ e) => setForm({ ...form, [field.name]: e.target.value })} /><//>`)}
    <${Problem} error=${action.error} />
    <button type="submit" class="button primary large" disabled=${action.busy}>${action.busy ? t("action.busy") : submit}</button>${children}</form>`;
}

/** @param {{api: Api, onWho: (who: WhoJson) => void}} props */
export function SignIn({ api, onWho }) {
  return html`<${Card} key="sign-in" title=${t("signIn.title")} submit=${t("action.signIn")} act=${async (/** @type {any} */ form) => onWho(await api.post("sign-in", form))}
    fields=${[{ name: "login", label: t("signIn.login"), complete: "username" }, { name: "password", label: t("signIn.password"), type: "password", complete: "current-password" }]} />`;
}

/** @param {{api: Api, token: string, onDone: () => void}} props */
export function SetUp({ api, token, onDone }) {
  return html`<${Card} key="set-up" title=${t("setup.title")} text=${t("setup.text")} submit=${t("setup.make")}
    act=${async (/** @type {any} */ form) => { await api.post("setup", { token, ...form }); onDone(); }}
    fields=${[{ name: "login", label: t("signIn.login"), complete: "username", hint: t("users.loginHint") }, { name: "name", label: t("users.name"), complete: "name" },
      { name: "password", label: t("signIn.password"), type: "password", complete: "new-password", hint: t("password.hint") }]} />`;
}

/** @param {{api: Api, forced: boolean, login: string, onDone: () => void, onCancel: () => void}} props */
export function ChangePassword({ api, forced, login, onDone, onCancel }) {
  const change = async (/** @type {any} */ { old, fresh, again }) => {
    if (fresh !== again) throw new ApiError(0, "passwords_differ", "");
    await api.post("me/password", { old, new: fresh });
    onDone();
  };
  return html`<${Card} key="password" title=${t("password.title")} text=${forced ? t("password.forced") : undefined} submit=${t("password.change")} login=${login} act=${change}
    fields=${[{ name: "old", label: t("password.old"), type: "password", complete: "current-password" },
      { name: "fresh", label: t("password.new"), type: "password", complete: "new-password", hint: t("password.hint") },
      { name: "again", label: t("password.again"), type: "password", complete: "new-password" }]}>
    ${!forced && html`<button type="button" class="button" onClick=${onCancel}>${t("action.cancel")}</button>`}<//>`;
}
