/** What a caller is told: a list of parts, each a prompt, a text per language, a number, a date … */

import { t, word } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { NameField } from "./flow_names.js";

/** @import { Editor } from "./flow_editor.js" */

/** @type {Record<string, () => any>} */
const NEW = {
  text: () => ({ say: "text", text: {} }), prompt: () => ({ say: "prompt", prompt: "" }), number: () => ({ say: "number", value: "" }), digits: () => ({ say: "digits", value: "" }),
  date: () => ({ say: "date", value: "${call.date}" }), position: () => ({ say: "position" }), silence: () => ({ say: "silence", seconds: 1 }),
};

/** @param {{editor: Editor, label: string, value: any[], set: (value: any[]) => void}} props */
export function Speech({ editor, label, value, set }) {
  const put = (/** @type {number} */ n, /** @type {any} */ part) => set(value.map((one, at) => (at === n ? part : one)));
  const move = (/** @type {number} */ n) => set(value.map((one, at) => (at === n - 1 ? value[n] : at === n ? value[n - 1] : one)));
  return html`<fieldset class="speech"><legend>${label}</legend>
    ${value.map((part, n) => html`<div class="speech-part" key=${n}><div class="speech-head"><span class="tag">${word("flows.say", part.say)}</span>
      ${editor.doc.languages.length > 1 && part.say !== "text" && html`<select class="speech-only" aria-label=${t("flows.only")} value=${part.only?.[0] ?? ""} onChange=${(/** @type {any} */ e) => put(n, { ...part, only: e.target.value ? [e.target.value] : [] })}><option value="">${t("flows.everyLanguage")}</option>${editor.doc.languages.map((one) => html`<option key=${one} value=${one}>${word("flows.language", one)}</option>`)}</select>`}
      <span class="push-end">${n > 0 && html`<button type="button" class="icon-button" onClick=${() => move(n)}><${Icon} name="up" size=${15} label=${t("flows.moveUp")} /></button>`}
      <button type="button" class="icon-button" onClick=${() => set(value.filter((_, at) => at !== n))}><${Icon} name="close" size=${15} label=${t("flows.dropPart")} /></button></span></div>
      <${Part} editor=${editor} part=${part} put=${(/** @type {any} */ next) => put(n, next)} /></div>`)}
    <select class="speech-add" aria-label=${t("flows.addPartTo", { setting: label })} value="" onKeyDown=${openList} onChange=${(/** @type {any} */ e) => { const make = NEW[e.target.value]; if (make) set([...value, make()]); e.target.value = ""; }}>
      <option value="">${t("flows.addPart")}</option>${Object.keys(NEW).map((say) => html`<option key=${say} value=${say}>${word("flows.say", say)}</option>`)}</select>
  </fieldset>`;
}

/** What is chosen is added at once: so the arrows open the list first, and choose nothing blindly. @param {KeyboardEvent} event */
function openList(event) {
  const select = /** @type {HTMLSelectElement} */ (event.target);
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !("showPicker" in select)) return;
  event.preventDefault();
  select.showPicker();
}

/** @param {{editor: Editor, part: any, put: (part: any) => void}} props */
function Part({ editor, part, put }) {
  const name = word("flows.say", part.say);
  const input = (/** @type {string} */ field) => (/** @type {any} */ e) => put({ ...part, [field]: e.target.value });
  if (part.say === "prompt") return html`<${NameField} aria-label=${name} names=${editor.names.prompt ?? []} value=${part.prompt} set=${(/** @type {string} */ prompt) => put({ ...part, prompt })} />`;
  if (part.say === "text") {
    return editor.doc.languages.map((language) => html`<label class="speech-text" key=${language}><span>${word("flows.language", language)}</span><textarea rows="2" maxlength="2000" lang=${language} value=${part.text?.[language] ?? ""}
      onInput=${(/** @type {any} */ e) => put({ ...part, text: cleaned({ ...part.text, [language]: e.target.value }) })} /></label>`);
  }
  if (part.say === "silence") return html`<input type="number" aria-label=${t("flows.seconds")} min="0.5" max="10" step="0.5" value=${part.seconds ?? 1} onInput=${(/** @type {any} */ e) => Number(e.target.value) > 0 && put({ ...part, seconds: Number(e.target.value) })} />`;
  if (part.say === "position") return html`<${NameField} aria-label=${word("flows.setting", "queue")} names=${editor.names.queue ?? []} value=${part.queue ?? ""} set=${(/** @type {string} */ queue) => put({ ...part, queue })} />`;
  return html`<div class="speech-row"><input aria-label=${name} spellcheck=${false} placeholder=${"${field}"} value=${part.value ?? ""} onInput=${input("value")} />
    ${part.say === "date" && html`<select aria-label=${t("flows.dateStyle")} value=${part.style ?? "date"} onChange=${input("style")}>${["date", "time", "both"].map((style) => html`<option key=${style} value=${style}>${word("flows.choice", style)}</option>`)}</select>`}</div>`;
}

/** Texts that say something. @param {Record<string, string>} texts */
function cleaned(texts) {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}
