/** One field for each `form` that the catalogue names (docs/flows.md). */

import { t, word } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";
import { Cases } from "./flow_cases.js";
import { NameField } from "./flow_names.js";
import { Speech } from "./flow_speech.js";

/** @import { Editor } from "./flow_editor.js" */
/** @import { Setting } from "../../core/flow_shapes.js" */

const NAMES = ["queue", "calendar", "switch", "callerList", "flow", "survey", "prompt", "agent", "music"];
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];
/** Maps: what a key and a value are. @type {Record<string, {key: string, value: string, number?: boolean}>} */
const MAPS = {
  data: { key: "field", value: "template" }, answer: { key: "field", value: "answerPlace" }, fields: { key: "name", value: "template" },
  tiers: { key: "tier", value: "priority", number: true }, skills: { key: "skill", value: "level", number: true },
};

/** @param {{editor: Editor, setting: Setting, value: any, set: (value: any) => void}} props */
export function SettingField({ editor, setting, value, set }) {
  const label = word("flows.setting", setting.name);
  const form = setting.form;
  const hint = t(`flows.settingHint.${setting.name}`);
  const said = hint.startsWith("flows.") ? undefined : hint;
  if (form === "keyLabels") return null; // stands beside the ways out
  if (form === "speech") return html`<${Speech} editor=${editor} label=${label} value=${value ?? []} set=${set} />`;
  if (form === "cases") return html`<${Cases} editor=${editor} value=${value ?? []} set=${set} />`;
  if (form === "flag") return html`<label class="check"><input type="checkbox" checked=${Boolean(value)} onChange=${(/** @type {any} */ e) => set(e.target.checked)} /><span>${label}${said && html`<small>${said}</small>`}</span></label>`;
  if (form === "keyLanguages") return html`<${KeyLanguages} editor=${editor} label=${label} value=${value ?? {}} set=${set} />`;
  if (form in MAPS) return html`<${MapField} label=${label} hint=${said} kind=${MAPS[form]} value=${value ?? {}} set=${set} />`;
  if (form === "number" || form === "seconds") return html`<${NumberField} setting=${setting} label=${label} hint=${said} value=${value} set=${set} />`;
  return html`<${Field} label=${label} hint=${said}>${plain(editor, setting, value ?? "", set)}<//>`;
}

/** @param {Editor} editor @param {Setting} setting @param {any} value @param {(value: any) => void} set */
function plain(editor, setting, value, set) {
  const input = (/** @type {any} */ e) => set(e.target.value);
  const form = setting.form;
  if (form === "choice") return html`<select value=${value} onChange=${input}>${setting.schema.enum.map((/** @type {string} */ one) => html`<option key=${one} value=${one}>${one === "" ? t("flows.none") : word("flows.choice", one)}</option>`)}</select>`;
  if (form === "key") return html`<select value=${value} onChange=${input}>${[...(setting.needed ? [] : [""]), ...KEYS].map((one) => html`<option key=${one} value=${one}>${one || t("flows.none")}</option>`)}</select>`;
  if (form === "language") return html`<select value=${value} onChange=${input}><option value="">${t("flows.askCaller")}</option>${editor.doc.languages.map((one) => html`<option key=${one} value=${one}>${word("flows.language", one)}</option>`)}</select>`;
  if (NAMES.includes(form)) return NameField({ names: editor.names[form] ?? [], value, set });
  if (form === "template" || form === "url") return html`<input spellcheck=${false} maxlength=${setting.schema.maxLength ?? 2000} placeholder=${form === "url" ? "https://" : "${call.number}"} value=${value} onInput=${input} />`;
  return html`<input maxlength=${setting.schema.maxLength ?? 200} spellcheck=${false} value=${value} onInput=${input} />`;
}

/** @param {{setting: Setting, label: string, hint?: string, value: any, set: (value: any) => void}} props */
function NumberField({ setting, label, hint, value, set }) {
  const { minimum, maximum, type } = setting.schema;
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const unit = setting.form === "seconds" ? ` (${t("flows.seconds")})` : "";
  const take = (/** @type {any} */ e) => {
    setTyped(e.target.value);
    const number = Number(e.target.value);
    if (e.target.value !== "" && Number.isFinite(number) && e.target.validity.valid) set(number);
  };
  return html`<${Field} label=${label + unit} hint=${hint ?? (maximum !== undefined ? t("flows.from", { low: minimum ?? 0, high: maximum }) : undefined)}><input type="number" min=${minimum} max=${maximum} step=${type === "integer" ? 1 : 0.5} value=${typed ?? value ?? ""} onInput=${take} onBlur=${() => setTyped(null)} /><//>`;
}

/** @param {{label: string, hint?: string, kind: any, value: Record<string, any>, set: (value: any) => void}} props */
function MapField({ label, hint, kind, value, set }) {
  const [fresh, setFresh] = useState("");
  const taken = (/** @type {any} */ text) => (kind.number ? Number(text) || 0 : text);
  const add = () => {
    if (fresh && !(fresh in value)) set({ ...value, [fresh]: kind.number ? 1 : "" });
    setFresh("");
  };
  return html`<fieldset class="map-field"><legend>${label}</legend>${hint && html`<p class="field-hint">${hint}</p>`}
    ${Object.entries(value).map(([key, one]) => html`<div class="map-line" key=${key}><code>${key}</code><input aria-label=${`${key}: ${word("flows.mapValue", kind.value)}`} type=${kind.number ? "number" : "text"} placeholder=${word("flows.mapValue", kind.value)} value=${one} onInput=${(/** @type {any} */ e) => set({ ...value, [key]: taken(e.target.value) })} />
      <button type="button" class="icon-button" onClick=${() => set(Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)))}><${Icon} name="close" size=${15} label=${t("flows.drop", { name: key })} /></button></div>`)}
    <div class="map-line"><input aria-label=${word("flows.mapKey", kind.key)} placeholder=${word("flows.mapKey", kind.key)} spellcheck=${false} value=${fresh} onInput=${(/** @type {any} */ e) => setFresh(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => e.key === "Enter" && add()} />
      <button type="button" class="button small" disabled=${!fresh} onClick=${add}><${Icon} name="plus" size=${14} />${t("flows.addLine")}</button></div></fieldset>`;
}

/** @param {{editor: Editor, label: string, value: Record<string, string>, set: (value: any) => void}} props */
function KeyLanguages({ editor, label, value, set }) {
  return html`<fieldset class="map-field"><legend>${label}</legend>${editor.doc.languages.map((language) => {
    const key = Object.keys(value).find((one) => value[one] === language) ?? "";
    // A key of another language cannot be chosen: who steps over it with the arrows must not take it away from there.
    const put = (/** @type {string} */ wanted) => set({ ...Object.fromEntries(Object.entries(value).filter(([, other]) => other !== language)), ...(wanted ? { [wanted]: language } : {}) });
    return html`<div class="map-line" key=${language}><span>${word("flows.language", language)}</span><select aria-label=${word("flows.language", language)} value=${key} onChange=${(/** @type {any} */ e) => put(e.target.value)}>${["", ...KEYS].map((one) => html`<option key=${one} value=${one} disabled=${(value[one] ?? language) !== language}>${one || t("flows.none")}</option>`)}</select></div>`;
  })}</fieldset>`;
}
