/** The keys of this page: heard once for all, told to whoever entered the action, listed and chosen in a dialog. */

import { errorText } from "../core/api.js";
import { ACTIONS, DEFAULTS, GUARD, Guard, Registry, actionOf, clash, keyOf, keymap, refusal, typing } from "../core/shortcuts.js";
import { known, t } from "../core/i18n.js";
import { Dialog } from "./dialog.js";
import { cls, html, signal, useEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Problem, useAction } from "./parts.js";

/** @import { Api } from "../core/api.js" */
/** @import { Doer } from "../core/shortcuts.js" */

const SHOWN = 3000;
const registry = new Registry();
const guard = new Guard();
const keys = signal(keymap({}));
/** Whether he has chosen any himself. */
const own = signal(false);
const listed = signal(false);
/** What a key came to, for a moment. */
const said = signal("");
/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** @param {string} text @param {number} [milliseconds] */
function say(text, milliseconds = SHOWN) {
  said.value = text;
  clearTimeout(fading);
  fading = setTimeout(() => (said.value = ""), milliseconds);
}

/**
 * Enter an action while this part is on the page. `why`: the code of why not now; of several who could, the smallest `rank` acts.
 * @param {string} action @param {() => unknown} run @param {string} [why] @param {number} [rank]
 */
export function useShortcut(action, run, why = "", rank = 0) {
  const doer = useRef(/** @type {Doer} */ ({ run, why, rank }));
  Object.assign(doer.current, { run, why, rank });
  useEffect(() => registry.enter(action, doer.current), [action]);
}

/** The key of an action, to be shown beside its button. @param {string} action */
export function keyFor(action) {
  return keys.value.get(action) ?? "";
}

/** @param {KeyboardEvent} event */
function heard(event) {
  if (event.defaultPrevented || event.repeat || typing(/** @type {any} */ (event.composedPath()[0] ?? event.target))) return;
  if (document.querySelector("dialog[open]") || /** @type {Element} */ (event.target)?.closest?.(".menu")) return;
  const action = actionOf(keys.peek(), keyOf(event));
  if (!action) return;
  if (action === "list") {
    event.preventDefault();
    listed.value = true;
    return;
  }
  const doer = registry.find(action);
  if (!doer) return;
  event.preventDefault();
  act(action, doer);
}

/** @param {string} action @param {Doer} doer */
function act(action, doer) {
  const name = t(`shortcut.action.${action}`);
  if (doer.why) {
    const text = `error.${doer.why}`;
    if (doer.why !== "busy" && doer.why !== "guarded") say(known(text) ? t("shortcut.not", { name, why: t(text) }) : name);
    return;
  }
  if (action === "hangUp" && !guard.press(performance.now())) {
    say(t("shortcut.again", { key: keys.peek().get(action) ?? "" }), GUARD);
    return;
  }
  said.value = "";
  Promise.resolve(doer.run()).catch((error) => say(errorText(error)));
}

/** Hears the keys, says what they came to, and shows the list when it is asked for. @param {{api: Api}} props */
export function Shortcuts({ api }) {
  useEffect(() => {
    document.addEventListener("keydown", heard);
    // Without an answer the defaults hold.
    api.get("me/shortcuts").then(take, () => undefined);
    return () => document.removeEventListener("keydown", heard);
  }, []);
  return html`<div class="shortcut-said" role="status">${said.value && html`<span>${said.value}</span>`}</div>
    ${listed.value && html`<${List} api=${api} close=${() => (listed.value = false)} />`}`;
}

/** The button that shows the list. */
export function ShortcutsButton() {
  const label = t("shortcut.open", { key: keyFor("list") });
  return html`<button type="button" class="icon-button shortcuts-button" title=${label} onClick=${() => (listed.value = true)}><${Icon} name="keyboard" label=${label} /></button>`;
}

/** @param {{keys: Record<string, string>, own: boolean}} told */
function take(told) {
  keys.value = keymap(told.own ? told.keys : {});
  own.value = told.own;
}

/** @param {{api: Api, close: () => void}} props */
function List({ api, close }) {
  const [asking, setAsking] = useState("");
  const [wrong, setWrong] = useState("");
  const save = useAction(async (/** @type {Map<string, string>} */ wanted) => take(await api.put("me/shortcuts", { keys: Object.fromEntries(wanted) })));
  const reset = useAction(async () => take(await api.ask("DELETE", "me/shortcuts")));
  const choose = (/** @type {string} */ action, /** @type {string} */ key) => {
    const other = clash(keys.peek(), action, key);
    if (refusal(key || "A")) return setWrong(t("shortcut.reserved", { key }));
    if (other) return setWrong(t("shortcut.clash", { key, name: t(`shortcut.action.${other}`) }));
    setWrong("");
    setAsking("");
    return void save.run(new Map(keys.peek()).set(action, key));
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!asking || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return setAsking("");
    const key = event.repeat ? "" : keyOf(event);
    if (key) choose(asking, key);
  };
  const open = (/** @type {string} */ action) => {
    setWrong("");
    setAsking(asking === action ? "" : action);
  };
  const busy = save.busy || reset.busy;
  // Escape takes the question back first; only then it closes the dialog.
  return html`<${Dialog} title=${t("shortcut.title")} close=${() => (asking ? setAsking("") : close())}><div class="stack" onKeyDown=${pressed}>
    <p class="quiet">${t("shortcut.text")}</p>
    <ul class="shortcuts">${ACTIONS.map(([action]) => html`<${Line} key=${action} action=${action} asking=${asking === action} busy=${busy} open=${() => open(action)} clear=${() => choose(action, "")} />`)}</ul>
    ${wrong && html`<p class="problem" role="alert"><${Icon} name="unplug" /><span>${wrong}</span></p>`}
    <${Problem} error=${save.error ?? reset.error} />
    <p class="quiet">${t("shortcut.guard")}</p>
    <div class="form-end"><button type="button" class="button" disabled=${busy || !own.value} onClick=${() => reset.run()}>${t("shortcut.defaults")}</button>
      <button type="button" class="button primary push-end" onClick=${close}>${t("action.close")}</button></div>
  </div><//>`;
}

/** @param {{action: string, asking: boolean, busy: boolean, open: () => void, clear: () => void}} props */
function Line({ action, asking, busy, open, clear }) {
  const key = keys.value.get(action) ?? "";
  const name = t(`shortcut.action.${action}`);
  const here = action === "list" || registry.has(action);
  return html`<li class=${cls("shortcut", !here && "elsewhere")}><span class="shortcut-name">${name}${!here && html`<span class="sub">${t("shortcut.elsewhere")}</span>`}</span>
    ${key !== DEFAULTS.get(action) && html`<span class="tag">${t("shortcut.changed")}</span>`}
    ${key && !asking && html`<button type="button" class="icon-button" disabled=${busy} onClick=${clear}><${Icon} name="close" size=${14} label=${t("shortcut.clear", { name })} /></button>`}
    <button type="button" class=${cls("button small shortcut-key", asking && "asking")} aria-pressed=${asking ? "true" : "false"} aria-label=${t("shortcut.change", { name, key: key || t("shortcut.none") })} disabled=${busy} onClick=${open}>
      ${asking ? t("shortcut.press") : key ? html`<kbd>${key}</kbd>` : t("shortcut.none")}</button></li>`;
}
