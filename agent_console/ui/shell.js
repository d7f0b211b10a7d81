/** The frame of the work pages: mark, pages, connection, language, user. Below it the page itself. */

import { language, t } from "../core/i18n.js";
import { offered } from "../core/pages.js";
import { switchLanguage } from "./app.js";
import { Connection, Staleness } from "./connection.js";
import { cls, html, useEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Shortcuts, ShortcutsButton } from "./shortcuts.js";

/** @import { App } from "./app.js" */

/** @type {Record<string, string>} */
const pageIcons = { agent: "headset", supervisor: "users", history: "list", monitoring: "headset", recordings: "mic", quality: "checkCircle", my_quality: "star", wallboard: "board", flows: "flow", admin: "shield" };

/** @param {{app: App, children: any, tools?: any}} props `tools`: what the page offers in the top bar */
export function Shell({ app, children, tools }) {
  useEffect(() => document.querySelector(".page-link.here")?.scrollIntoView({ block: "nearest", inline: "center" }), []);
  return html`<div class="shell">
    <a class="skip" href="#main">${t("nav.skip")}</a>
    <header class="topbar">
      <a class="mark" href="index.html" aria-label=${t("product.name")}><${Mark} /><span>${t("product.name")}</span></a>
      <nav class="pages" aria-label=${t("nav.pages")}>
        ${offered(app.who.user.roles).map((page) => html`<a key=${page.name} href=${page.file}
          class=${cls("page-link", page.name === app.page && "here")} aria-current=${page.name === app.page ? "page" : undefined}>
          <${Icon} name=${pageIcons[page.name]} /><span>${t(`page.${page.name}`)}</span></a>`)}
      </nav>
      <div class="topbar-end">
        ${tools}<${ShortcutsButton} />
        <${Connection} app=${app} />
        <${LanguageSwitch} api=${app.api} />
        <${UserMenu} app=${app} />
      </div>
    </header>
    <${Staleness} app=${app} />
    <main id="main" class=${`page page-${app.page}`} tabindex="-1">${children}</main>
    <${Shortcuts} api=${app.api} />
  </div>`;
}

/** The product's mark. */
export function Mark() {
  return html`<svg class="mark-sign" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
    <rect x="1" y="1" width="30" height="30" rx="8" class="mark-ground" />
    <path d="M8 19v-3a8 8 0 0 1 16 0v3" class="mark-line" />
    <rect x="6.5" y="17" width="4.5" height="7.5" rx="2" class="mark-fill" />
    <rect x="21" y="17" width="4.5" height="7.5" rx="2" class="mark-fill" />
    <circle cx="16" cy="20.7" r="2" class="mark-fill" />
  </svg>`;
}

/** @param {{api: import("../core/api.js").Api | null}} props */
export function LanguageSwitch({ api }) {
  const one = (/** @type {"zh-CN" | "en"} */ code, /** @type {string} */ name) => html`<button type="button" lang=${code}
    class=${cls("switch-part", language.value === code && "on")} aria-pressed=${language.value === code ? "true" : "false"}
    onClick=${() => switchLanguage(code, api)}>${name}</button>`;
  return html`<div class="switch" role="group" aria-label=${t("nav.language")}>${one("zh-CN", "中文")}${one("en", "EN")}</div>`;
}

/** @param {{app: App}} props */
function UserMenu({ app }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const user = app.who.user;
  useEffect(() => {
    if (!open) return undefined;
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const leave = () => app.api.post("sign-out").catch(() => undefined).then(() => location.assign("index.html"));
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  return html`<div class="user-menu" ref=${box} onKeyDown=${keys}>
    <button type="button" class="user-button" aria-haspopup="true" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>
      <span class="user-name">${user.name}</span><${Icon} name="down" size=${16} />
    </button>
    ${open && html`<div class="menu">
      <div class="menu-head"><strong>${user.name}</strong><span>${user.login} · ${user.roles.map((role) => t(`role.${role}`)).join(" · ")}</span></div>
      <a class="menu-item" href="index.html#password"><${Icon} name="key" />${t("action.changePassword")}</a>
      <button type="button" class="menu-item" onClick=${leave}><${Icon} name="exit" />${t("action.signOut")}</button>
    </div>`}
  </div>`;
}
