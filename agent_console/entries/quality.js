/** Quality for graders: work, scores, calibration, reports, teaching, forms, plans. The address says which. */

import { t } from "../core/i18n.js";
import { startPage, setTitle } from "../ui/app.js";
import { cls, html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { useAnswer } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { Calibrations } from "../rooms/qa/calibration.js";
import { Evaluation } from "../rooms/qa/evaluation.js";
import { Forms } from "../rooms/qa/forms.js";
import { Library, LibraryCall } from "../rooms/qa/library.js";
import { Plans } from "../rooms/qa/plans.js";
import { Reports } from "../rooms/qa/reports.js";
import { ScoreList } from "../rooms/qa/score_list.js";
import { Coaching } from "../rooms/qa/teaching.js";
import { Begin, Work } from "../rooms/qa/work.js";
import { Player } from "../rooms/recording/player.js";

/** @type {Record<string, string>} */
const tabs = { work: "list", scores: "checkCircle", calibration: "users", reports: "board", teaching: "star", plans: "flow", forms: "note" };

/** @param {string} hash */
function read(hash) {
  const [first = "", ...rest] = hash.replace(/^#/, "").split("&");
  const given = Object.fromEntries(new URLSearchParams(rest.join("&")));
  const id = /^evaluation=(\d{1,18})$/.exec(first)?.[1] ?? null;
  const score = /^score=(\d{1,18})$/.exec(first)?.[1] ?? null;
  const example = /^library=(\d{1,18})$/.exec(first)?.[1] ?? null;
  return { id, score, example, live: first === "live", tab: first in tabs ? first : "work", given };
}

/** @param {import("../ui/app.js").App} app */
function QualityPage(app) {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  const { api } = app;
  const { id, score, example, live, tab, given } = read(hash);
  const forms = useAnswer(() => api.get("qa/forms"), []);
  const queues = useAnswer(() => api.get("queues"), []);
  const agents = useAnswer(() => api.get("agents").catch(() => ({ items: [] })), []);
  setTitle("page.quality");
  const { user } = app.who;
  const mayEdit = user.roles.includes("qa") || user.roles.includes("admin");
  const labels = new Map((queues.data?.items ?? []).map((/** @type {any} */ queue) => [queue.name, queue.label]));
  const rows = forms.data?.items ?? [];
  /** @type {string[]} */
  const teams = [...new Set((agents.data?.items ?? []).map((/** @type {any} */ one) => one.team).filter(Boolean))].sort();
  if (id) return html`<${Shell} app=${app}><${Evaluation} key=${id} api=${api} id=${id} storage=${app.storage} userId=${user.id} Player=${Player} back="#work" turn=${app.live.me.value?.quality.turn ?? 0} /><//>`;
  if (example) return html`<${Shell} app=${app}><${LibraryCall} key=${example} api=${api} id=${example} Player=${Player} back="#teaching" queueLabels=${labels} /><//>`;
  return html`<${Shell} app=${app}><h1 class="sr">${t("page.quality")}</h1><nav class="qa-tabs" aria-label=${t("qa.parts")}>${Object.entries(tabs).map(([name, icon]) => html`<a key=${name} href=${`#${name}`} class=${cls("qa-tab", tab === name && !score && !live && "here")} aria-current=${tab === name && !score && !live ? "true" : undefined}><${Icon} name=${icon} size=${16} />${t(`qaTab.${name}`)}</a>`)}</nav>
    <div class="qa-part">${score || live ? forms.data && html`<${Begin} api=${api} subject=${score ?? ""} forms=${rows} />` : html`
      ${tab === "work" && html`<${Work} api=${api} userId=${user.id} />`}
      ${tab === "scores" && html`<${ScoreList} api=${api} given=${given} agents=${agents.data?.items ?? []} queues=${queues.data?.items ?? []} forms=${rows} />`}
      ${tab === "calibration" && forms.data && html`<${Calibrations} api=${api} userId=${user.id} forms=${rows} mayEdit=${mayEdit} subject=${given.recording ?? ""} />`}
      ${tab === "reports" && html`<${Reports} api=${api} queueLabels=${labels} forms=${rows} />`}
      ${tab === "teaching" && html`<div class="qa-columns"><${Coaching} api=${api} /><${Library} api=${api} queueLabels=${labels} /></div>`}
      ${tab === "plans" && forms.data && html`<${Plans} api=${api} forms=${rows} queues=${queues.data?.items ?? []} teams=${teams} mayEdit=${mayEdit} />`}
      ${tab === "forms" && html`<${Forms} api=${api} forms=${forms} mayEdit=${mayEdit} />`}`}</div><//>`;
}

startPage({ page: "quality", topics: ["system", "me"], draw: QualityPage });
