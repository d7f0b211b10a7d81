/** The agent's own scores and what he is to work on. */

import { t } from "../core/i18n.js";
import { startPage, setTitle } from "../ui/app.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Shell } from "../ui/shell.js";
import { Evaluation } from "../rooms/qa/evaluation.js";
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
  const id = /^#evaluation=(\d{1,18})$/.exec(hash)?.[1] ?? null;
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.my_quality")}</h1>
    ${id ? html`<${Consent} api=${app.api} id=${id} turn=${turn} /><${Evaluation} key=${`${id} ${turn}`} own api=${app.api} id=${id} storage=${app.storage} userId=${app.who.user.id} Player=${Player} back="#" />`
      : html`<div class="qa-columns"><${Mine} api=${app.api} turn=${turn} /><${Coaching} own api=${app.api} turn=${turn} /></div>`}<//>`;
}

startPage({ page: "my_quality", topics: ["system", "me"], draw: MyQualityPage });
