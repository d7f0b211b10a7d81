/** The recordings: search and list, and one of them with its player. The address bar says which, down to the second. */

import { t } from "../core/i18n.js";
import { fromAddress } from "../core/recording.js";
import { startPage, setTitle } from "../ui/app.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Problem, useAnswer } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { RecordingPage } from "../rooms/recording/player.js";
import { ResultList } from "../rooms/recording/result_list.js";
import { SavedSearches, savedOf } from "../rooms/recording/saved.js";
import { SearchForm, fromHash, names } from "../rooms/recording/search_form.js";

/** @param {import("../ui/app.js").App} app */
function RecordingsPage(app) {
  const [hash, setHash] = useState(location.hash);
  const [list, setList] = useState(() => fromHash(location.hash));
  const [wrong, setWrong] = useState(/** @type {unknown} */ (null));
  const kept = useAnswer(() => app.api.get("recordings/searches").catch(() => ({ items: [] })), []);
  const queues = useAnswer(() => app.api.get("queues"), []);
  const agents = useAnswer(() => app.api.get("agents").catch(() => ({ items: [] })), []);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  const saved = savedOf(hash);
  useEffect(() => {
    setWrong(null);
    // Asked for by its number, so that a link works for whoever may see it.
    if (saved !== null) app.api.get(`recordings/searches/${saved}`).then((one) => setList(fromHash(new URLSearchParams(one.filters).toString())), setWrong);
  }, [saved]);
  setTitle("page.recordings");
  const { id, at } = fromAddress(hash);
  const takes = app.who.user.roles.some((role) => role !== "agent");
  const apply = (/** @type {Record<string, string>} */ filters) => {
    setList(filters);
    const given = names.filter((name) => filters[name]).map((name) => [name, filters[name] ?? ""]);
    // Changed filters of a kept search stay beside it, so that it can be updated.
    if (saved !== null && given.length > 0) return;
    history.replaceState(null, "", `#${new URLSearchParams(given)}`);
    setHash(location.hash);
  };
  const leave = () => {
    location.hash = "";
    setList(fromHash(""));
  };
  const labels = new Map((queues.data?.items ?? []).map((/** @type {any} */ queue) => [queue.name, queue.label]));
  return html`<${Shell} app=${app}>
    ${id
      ? html`<p class="recording-ways"><a class="button small" href=${`quality.html#score=${id}`}><${Icon} name="pen" size=${16} />${t("qa.scoreCall")}</a>
          ${(app.who.user.roles.includes("qa") || app.who.user.roles.includes("admin")) && html`<a class="button small quiet-button" href=${`quality.html#calibration&recording=${id}`}><${Icon} name="users" size=${16} />${t("qa.newCalibration")}</a>`}</p><${RecordingPage} key=${id} api=${app.api} id=${id} start=${at} queueLabels=${labels} back=${() => (history.length > 1 ? history.back() : (location.hash = ""))} />`
      : html`<h1 class="sr">${t("page.recordings")}</h1><${SavedSearches} api=${app.api} list=${kept.data?.items ?? []} open=${saved} filters=${list} roles=${app.who.user.roles} again=${kept.again} left=${leave} />
        <${Problem} error=${wrong} /><${SearchForm} key=${JSON.stringify(list)} filters=${list} queues=${queues.data?.items ?? []} agents=${agents.data?.items ?? []} onApply=${apply} />
        <${ResultList} api=${app.api} filters=${list} queueLabels=${labels} takes=${takes} />`}
  <//>`;
}

startPage({ page: "recordings", topics: ["system"], draw: RecordingsPage });
