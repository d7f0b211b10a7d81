/**
 * What every page begins with: who is signed in, the language, the push stream, the clock. Then the page is drawn.
 */

import { Api, ApiError } from "../core/api.js";
import { chooseLanguage, language, t } from "../core/i18n.js";
import { offered } from "../core/pages.js";
import { PushClient } from "../core/push.js";
import { LiveStore } from "../core/store.js";
import { queueLabels } from "../core/queue_names.js";
import { ServerClock, beat, siteZone } from "../core/time.js";
import { effect, html, render } from "./html.js";
import { Failure, NoAccess } from "./screens.js";

/** @import { WhoJson } from "../core/shapes.js" */

/**
 * What a page is given.
 * @typedef {object} App
 * @property {string} page
 * @property {WhoJson} who
 * @property {Api} api
 * @property {PushClient} push
 * @property {LiveStore} live
 * @property {ServerClock} clock
 * @property {Storage | null} storage
 */

const LANGUAGE_KEY = "cti.language";

/** A private window may refuse its storage altogether. */
function openStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The language that was used last on this machine, else that of the browser. */
export function rememberedLanguage() {
  const remembered = openStorage()?.getItem(LANGUAGE_KEY);
  chooseLanguage(remembered ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en"));
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

/** Change the language here and, when signed in, for the account. @param {"zh-CN" | "en"} wanted @param {Api | null} api */
export function switchLanguage(wanted, api) {
  chooseLanguage(wanted);
  try {
    openStorage()?.setItem(LANGUAGE_KEY, wanted);
  } catch {
    // The account remembers it too.
  }
  api?.patch("me", { language: wanted }).catch(() => undefined);
}

/** The sign-in page, coming back here afterwards. */
export function goToSignIn() {
  const here = location.pathname.split("/").pop() ?? "";
  const next = here && here !== "index.html" ? `?next=${encodeURIComponent(here + location.search + location.hash)}` : "";
  location.assign(`index.html${next}`);
}

export function newApi() {
  return new Api((url, init) => fetch(url, init), goToSignIn);
}

/** The element into which a page is drawn. */
export function root() {
  return /** @type {HTMLElement} */ (document.getElementById("app"));
}

/**
 * Start a page: `draw` is called with what it needs once the user is known and may see it.
 * @param {{page: string, topics: string[], draw: (app: App) => any}} what
 */
export async function startPage({ page, topics, draw }) {
  rememberedLanguage();
  const api = newApi();
  let who;
  try {
    who = /** @type {WhoJson} */ (await api.get("me"));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    render(html`<${Failure} error=${error} again=${() => location.reload()} />`, root());
    return;
  }
  if (who.must_change_password ?? who.user.must_change_password) {
    location.assign(`index.html#password`);
    return;
  }
  if (who.user.language && !openStorage()?.getItem(LANGUAGE_KEY)) chooseLanguage(who.user.language);
  if (!offered(who.user.roles).some((one) => one.name === page)) {
    render(html`<${NoAccess} who=${who} api=${api} />`, root());
    return;
  }
  const app = { page, who, api, ...openStream(api, topics), storage: openStorage() };
  effect(() => {
    const zone = app.live.system.value?.site.timezone;
    if (zone) siteZone.value = zone;
    queueLabels.value = app.live.system.value?.site.queue_labels ?? queueLabels.peek();
  });
  render(html`<${draw} ...${app} />`, root());
}

/** @param {Api} api @param {string[]} topics */
function openStream(api, topics) {
  const later = (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms);
  const clock = new ServerClock(() => Date.now());
  const live = new LiveStore(() => performance.now(), later);
  const push = new PushClient({
    open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/push`),
    ticket: async () => (await api.post("push-ticket")).ticket,
    now: () => Date.now(), random: Math.random, later, cancel: (id) => clearTimeout(id),
    deliver: (message) => live.take(message), heard: (ts) => clock.heard(ts),
  });
  push.subscribe(topics);
  push.connect();
  beat(clock, later, (id) => clearTimeout(id));
  window.addEventListener("online", () => push.poke());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && push.poke());
  return { push, live, clock };
}

/** A page's title, and what waits for the user in front of it. @param {string} key @param {string} [badge] */
export function setTitle(key, badge) {
  document.title = `${badge ? `${badge} ` : ""}${t(key)} · ${t("product.name")}`;
}
