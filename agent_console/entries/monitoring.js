/** The report of supervision: who was on whose call, when, how and for how long. */

import { t } from "../core/i18n.js";
import { setTitle, startPage } from "../ui/app.js";
import { html } from "../ui/html.js";
import { Shell } from "../ui/shell.js";
import { Report } from "../rooms/monitoring/report.js";

/** @import { App } from "../ui/app.js" */

/** @param {App} app */
function MonitoringPage(app) {
  setTitle("page.monitoring");
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.monitoring")}</h1><${Report} api=${app.api} /><//>`;
}

startPage({ page: "monitoring", topics: ["system"], draw: MonitoringPage });
