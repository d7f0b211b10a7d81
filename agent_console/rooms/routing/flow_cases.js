/** The branches of a condition: each has a name, and tests that must all hold. */

import { t, word } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { NameField } from "./flow_names.js";

/** @import { Editor } from "./flow_editor.js" */

/** What each test is asked with. @type {Record<string, () => any>} */
const NEW = {
  tier: () => ({ ask: "tier", any: [] }), list: () => ({ ask: "list", list: "" }), known: () => ({ ask: "known" }), lastAgent: () => ({ ask: "lastAgent", days: 30 }),
  number: () => ({ ask: "number", starts: [] }), province: () => ({ ask: "province", any: [] }), did: () => ({ ask: "did", any: [] }), language: () => ({ ask: "language", any: [] }),
  callback: () => ({ ask: "callback" }), data: () => ({ ask: "data", name: "", is: "equal", value: "" }),
};

/** @param {{editor: Editor, value: any[], set: (value: any[]) => void}} props */
export function Cases({ editor, value, set }) {
  const put = (/** @type {number} */ n, /** @type {any} */ one) => set(value.map((before, at) => (at === n ? one : before)));
  const add = () => {
    let n = value.length + 1;
    while (value.some((one) => one.name === `case${n}`)) n += 1;
    set([...value, { name: `case${n}`, label: "", when: [{ ask: "known" }] }]);
  };
  return html`<fieldset class="speech"><legend>${word("flows.setting", "cases")}</legend>
    ${value.map((one, n) => html`<div class="speech-part" key=${n}><div class="speech-head"><input class="case-label" aria-label=${t("flows.caseLabel")} placeholder=${one.name} maxlength="100" value=${one.label ?? ""} onInput=${(/** @type {any} */ e) => put(n, { ...one, label: e.target.value })} />
      <button type="button" class="icon-button" disabled=${value.length === 1} onClick=${() => set(value.filter((_, at) => at !== n))}><${Icon} name="close" size=${15} label=${t("flows.dropCase")} /></button></div>
      ${one.when.map((/** @type {any} */ test, /** @type {number} */ at) => html`<${Test} key=${at} editor=${editor} test=${test} put=${(/** @type {any} */ next) => put(n, { ...one, when: one.when.map((/** @type {any} */ old, /** @type {number} */ m) => (m === at ? next : old)) })}
        drop=${one.when.length > 1 ? () => put(n, { ...one, when: one.when.filter((/** @type {any} */ _, /** @type {number} */ m) => m !== at) }) : null} />`)}
      <button type="button" class="link" onClick=${() => put(n, { ...one, when: [...one.when, { ask: "known" }] })}><${Icon} name="plus" size=${14} />${t("flows.andTest")}</button></div>`)}
    <button type="button" class="link" onClick=${add}><${Icon} name="plus" size=${14} />${t("flows.addCase")}</button></fieldset>`;
}

/** @param {{editor: Editor, test: any, put: (test: any) => void, drop: (() => void) | null}} props */
function Test({ editor, test, put, drop }) {
  return html`<div class="case-test"><div class="speech-row"><select aria-label=${t("flows.testNegated")} value=${test.negated ? "not" : "is"} onChange=${(/** @type {any} */ e) => put({ ...test, negated: e.target.value === "not" })}><option value="is">${t("flows.if")}</option><option value="not">${t("flows.ifNot")}</option></select>
    <select aria-label=${t("flows.testKind")} value=${test.ask} onChange=${(/** @type {any} */ e) => put(/** @type {any} */ (NEW[e.target.value])())}>${Object.keys(NEW).map((one) => html`<option key=${one} value=${one}>${word("flows.test", one)}</option>`)}</select>
    ${drop && html`<button type="button" class="icon-button" onClick=${drop}><${Icon} name="close" size=${15} label=${t("flows.dropTest")} /></button>`}</div>
    <${Asked} editor=${editor} test=${test} put=${put} /></div>`;
}

/** @param {{editor: Editor, test: any, put: (test: any) => void}} props */
function Asked({ editor, test, put }) {
  const words = (/** @type {string} */ field) => html`<input aria-label=${word("flows.test", test.ask)} spellcheck=${false} placeholder=${t("flows.commas")} value=${(test[field] ?? []).join(", ")} onChange=${(/** @type {any} */ e) => put({ ...test, [field]: e.target.value.split(/[,，;；]+/).map((/** @type {string} */ one) => one.trim()).filter(Boolean) })} />`;
  if (test.ask === "list") return html`<${NameField} aria-label=${word("flows.test", "list")} names=${editor.names.callerList ?? []} value=${test.list} set=${(/** @type {string} */ list) => put({ ...test, list })} />`;
  if (test.ask === "lastAgent") return html`<input type="number" aria-label=${t("flows.days")} min="1" max="365" value=${test.days ?? 30} onInput=${(/** @type {any} */ e) => Number(e.target.value) >= 1 && put({ ...test, days: Number(e.target.value) })} />`;
  if (test.ask === "number") return words("starts");
  if (["tier", "province", "did", "language"].includes(test.ask)) return words("any");
  if (test.ask !== "data") return null;
  const input = (/** @type {string} */ field) => (/** @type {any} */ e) => put({ ...test, [field]: e.target.value });
  return html`<div class="speech-row"><input aria-label=${word("flows.mapKey", "field")} placeholder=${word("flows.mapKey", "field")} spellcheck=${false} value=${test.name} onInput=${input("name")} />
    <select aria-label=${t("flows.compare")} value=${test.is} onChange=${input("is")}>${["equal", "oneOf", "starts", "more", "less", "set"].map((one) => html`<option key=${one} value=${one}>${word("flows.choice", one)}</option>`)}</select>
    ${test.is !== "set" && html`<input aria-label=${t("flows.value")} value=${test.value ?? ""} onInput=${input("value")} />`}</div>`;
}
