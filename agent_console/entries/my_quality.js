/** The agent's own scores and what he is to work on; and the excellent calls that he may hear. */

import { t } from "../core/i18n.js";
import { startPage, setTitle } from "../ui/app.js";
import { cls, html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Shell } from "../ui/shell.js";
import { Evaluation } from "../rooms/qa/evaluation.js";
import { Library, LibraryCall } from "../rooms/qa/library.js";
import { Consent, Mine } from "../rooms/qa/mine.js";
import { Coaching } from "../rooms/qa/teaching.js";
import { Player } from "../rooms/recording/player.js";

/** @param {import("../ui/app.js").App} app */
function MyQualityPage(app) {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  setTitle("page.my_quality");
  const turn = app.live.me.value?.quality.turn ?? 0;
  const [, what = "", id = ""] = /^#(evaluation|library)(?:=(\d{1,18}))?$/.exec(hash) ?? [];
  const user = app.who.user.id;
  const tab = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {boolean} */ here) => html`<a href=${`#${name}`} class=${cls("qa-tab", here && "here")} aria-current=${here ? "true" : undefined}><${Icon} name=${icon} size=${16} />${text}</a>`;
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.my_quality")}</h1>
    ${!id && html`<nav class="qa-tabs" aria-label=${t("qa.parts")}>${tab("", "checkCircle", t("page.my_quality"), !what)}${tab("library", "star", t("qa.library"), what === "library")}</nav>`}
    ${what === "evaluation" && id && html`<${Consent} api=${app.api} id=${id} turn=${turn} /><${Evaluation} key=${`${id} ${turn}`} own api=${app.api} id=${id} storage=${app.storage} userId=${user} Player=${Player} back="#" />`}
    ${what === "library" && (id ? html`<${LibraryCall} key=${id} api=${app.api} id=${id} Player=${Player} back="#library" />` : html`<${Library} own api=${app.api} userId=${user} turn=${turn} />`)}
    ${!id && !what && html`<div class="qa-columns"><${Mine} api=${app.api} turn=${turn} /><${Coaching} own api=${app.api} turn=${turn} /></div>`}<//>`;
}

startPage({ page: "my_quality", topics: ["system", "me"], draw: MyQualityPage });
