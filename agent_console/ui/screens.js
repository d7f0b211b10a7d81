/** Whole-page answers when a page cannot be shown, each with the way out. */

import { errorText } from "../core/api.js";
import { t } from "../core/i18n.js";
import { home } from "../core/pages.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";

/** @param {{icon: string, title: string, text?: string, children?: any}} props */
export function Screen({ icon, title, text, children }) {
  return html`<main class="screen" role="alert">
    <div class="screen-mark"><${Icon} name=${icon} size=${32} /></div>
    <h1>${title}</h1>
    ${text && html`<p>${text}</p>`}
    <div class="screen-ways">${children}</div>
  </main>`;
}

/** @param {{error: unknown, again: () => void}} props */
export function Failure({ error, again }) {
  return html`<${Screen} icon="unplug" title=${t("failure.title")} text=${errorText(error)}>
    <button class="button primary" onClick=${again}>${t("action.tryAgain")}</button>
  <//>`;
}

/** @param {{who: import("../core/shapes.js").WhoJson, api: import("../core/api.js").Api}} props */
export function NoAccess({ who, api }) {
  const file = home(who.user.roles);
  const leave = () => api.post("sign-out").catch(() => undefined).then(() => location.assign("index.html"));
  return html`<${Screen} icon="shield" title=${t("noAccess.title")} text=${t("noAccess.text", { name: who.user.name })}>
    ${file && html`<a class="button primary" href=${file}>${t("noAccess.home")}</a>`}
    <button class="button" onClick=${leave}>${t("action.signOut")}</button>
  <//>`;
}
