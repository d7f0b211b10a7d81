/** The admin's page: users, agents, PBXs, audit log. */

import { t } from "../core/i18n.js";
import { setTitle, startPage } from "../ui/app.js";
import { cls, html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Shell } from "../ui/shell.js";
import { Profiles } from "../rooms/agents/profiles.js";
import { ShiftRules } from "../rooms/agents/shift_rules.js";
import { Links } from "../rooms/ami/links.js";
import { Erasures } from "../rooms/customers/erasure.js";
import { Audit } from "../rooms/auth/audit.js";
import { Policy } from "../rooms/monitoring/policy.js";
import { Users } from "../rooms/auth/users.js";
import { CallbackRules } from "../rooms/routing/callback_rules.js";
import { Surveys } from "../rooms/routing/surveys.js";
import { QueueRules } from "../rooms/routing/queue_rules.js";
import { RecordingRules } from "../rooms/recording/rules.js";

/** @import { App } from "../ui/app.js" */

/** @type {Record<string, string>} */
const tabs = { users: "users", agents: "headset", shift: "clock", queueRules: "queue", surveys: "star", monitoring: "mask", recording: "mic", erasure: "user", pbx: "server", audit: "shield" };

const tabOf = () => (location.hash.slice(1) in tabs ? location.hash.slice(1) : "users");

/** @param {App} app */
function AdminPage(app) {
  const [tab, setTab] = useState(tabOf());
  useEffect(() => {
    const changed = () => setTab(tabOf());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  useEffect(() => document.querySelector(".side-link.here")?.scrollIntoView({ block: "nearest", inline: "center" }), [tab]);
  setTitle("page.admin");
  const links = app.live.system.value?.links ?? [];
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.admin")}</h1><div class="admin-columns">
    <nav class="side-nav" aria-label=${t("admin.parts")}>${Object.entries(tabs).map(([name, icon]) => html`<a key=${name} href=${`#${name}`} class=${cls("side-link", tab === name && "here")} aria-current=${tab === name ? "true" : undefined}><${Icon} name=${icon} />${t(`admin.${name}`)}</a>`)}</nav>
    <div class="admin-part">
      ${tab === "users" && html`<${Users} api=${app.api} ownId=${app.who.user.id} />`}
      ${tab === "agents" && html`<${Profiles} api=${app.api} pbxs=${links.map((link) => link.pbx)} />`}
      ${tab === "shift" && html`<${ShiftRules} api=${app.api} />`}
      ${tab === "queueRules" && html`<div class="stack"><${QueueRules} api=${app.api} /><${CallbackRules} api=${app.api} /></div>`}
      ${tab === "surveys" && html`<${Surveys} api=${app.api} />`}
      ${tab === "monitoring" && html`<${Policy} api=${app.api} />`}
      ${tab === "recording" && html`<${RecordingRules} api=${app.api} />`}
      ${tab === "erasure" && html`<${Erasures} api=${app.api} />`}
      ${tab === "pbx" && html`<${Links} api=${app.api} links=${links} />`}
      ${tab === "audit" && html`<${Audit} api=${app.api} />`}
    </div></div><//>`;
}

startPage({ page: "admin", topics: ["system"], draw: AdminPage });
