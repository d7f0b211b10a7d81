/** The form of a node, drawn from the catalogue of kinds; and that of the flow itself when no node is chosen. */

import { exitsOf } from "../../core/flow_edit.js";
import { kindIcons } from "../../core/flow_words.js";
import { t, word } from "../../core/i18n.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field } from "../../ui/parts.js";
import { SettingField } from "./flow_fields.js";
import { exitName, nodeName } from "./flow_node.js";

/** @import { Editor } from "./flow_editor.js" */
/** @import { FlowNode } from "../../core/flow_shapes.js" */

const LANGUAGES = ["zh-CN", "en"];

/** @param {{editor: Editor, id: string, node: FlowNode}} props */
export function NodeForm({ editor, id, node }) {
  const kind = editor.kinds[node.kind];
  const set = (/** @type {string} */ name, /** @type {any} */ value) => editor.set(id, { [name]: value }, name);
  return html`<form class="flow-form" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class=${cls("flow-form-head", `group-${kind?.group}`)}><span class="palette-sign"><${Icon} name=${kindIcons[node.kind] ?? "flow"} /></span><div><h2>${word("flows.kind", node.kind)}</h2><p class="quiet">${word("flows.kindHint", node.kind)}</p></div></div>
    <${Field} label=${t("flows.label")}><input maxlength="100" value=${node.label ?? ""} onInput=${(/** @type {any} */ e) => set("label", e.target.value)} /><//>
    ${kind?.settings.map((setting) => html`<${SettingField} key=${setting.name} editor=${editor} setting=${setting} value=${node[setting.name] ?? setting.default} set=${(/** @type {any} */ value) => set(setting.name, value)} />`)}
    <${Ways} editor=${editor} id=${id} node=${node} />
    <${NodeId} editor=${editor} id=${id} />
    <div class="form-end"><button type="button" class="button small" disabled=${editor.doc.start === id} onClick=${() => editor.apply({ ...editor.doc, start: id })}>${t("flows.makeStart")}</button>
      <button type="button" class="button small danger-button push-end" onClick=${() => { editor.choose(id); editor.remove(); }}><${Icon} name="trash" size=${15} />${t("flows.remove")}</button></div>
  </form>`;
}

/** Where each way out leads, chosen from a list. @param {{editor: Editor, id: string, node: FlowNode}} props */
function Ways({ editor, id, node }) {
  const kind = editor.kinds[node.kind];
  const ways = exitsOf(kind, node).filter((way) => !way.add);
  const targets = Object.entries(editor.doc.nodes).filter(([other]) => other !== id || kind?.waits);
  const free = exitsOf(kind, node).find((way) => way.add);
  if (ways.length === 0 && !free) return null;
  return html`<fieldset class="flow-ways"><legend>${t("flows.ways")}</legend>
    ${ways.map((way) => html`<div class="flow-way-line" key=${way.name}>
      ${kind?.per === "key" && /^[0-9*#]$/.test(way.name)
        ? html`<span class="key-cap">${way.name}</span><input class="key-label" aria-label=${t("flows.keyLabel", { key: way.name })} placeholder=${t("flows.keyLabelHint")} maxlength="100" value=${node.key_labels?.[way.name] ?? ""} onInput=${(/** @type {any} */ e) => editor.set(id, { key_labels: { ...node.key_labels, [way.name]: e.target.value } }, `key.${way.name}`)} />`
        : html`<span class=${cls("flow-way-label", way.needed && !way.to && "open")}>${exitName(node, way.name)}</span>`}
      <select aria-label=${t("flows.wayTo", { exit: exitName(node, way.name) })} value=${way.to ?? ""} onChange=${(/** @type {any} */ e) => editor.connect(id, way.name, e.target.value || null)}>
        <option value="">${way.needed ? t("flows.nowhere") : way.otherwise ? t("flows.as", { exit: exitName(node, way.otherwise) }) : t("flows.toSafety")}</option>
        ${targets.map(([other, one]) => html`<option key=${other} value=${other}>${nodeName(one, other)}</option>`)}</select>
      ${kind?.per === "key" && /^[0-9*#]$/.test(way.name) ? html`<button type="button" class="icon-button" onClick=${() => dropKey(editor, id, node, way.name)}><${Icon} name="close" size=${15} label=${t("flows.dropKey", { key: way.name })} /></button>`
        : html`<button type="button" class="icon-button" onClick=${() => editor.openPalette({ node: id, exit: way.name })}><${Icon} name="plus" size=${15} label=${t("flows.newBehind", { exit: exitName(node, way.name) })} /></button>`}
    </div>`)}
    ${free && html`<button type="button" class="link" onClick=${() => editor.openPalette({ node: id, exit: free.name })}><${Icon} name="plus" size=${14} />${t("flows.addKey")}</button>`}
  </fieldset>`;
}

/** @param {Editor} editor @param {string} id @param {FlowNode} node @param {string} key */
function dropKey(editor, id, node, key) {
  const { [key]: _to, ...exits } = node.exits ?? {};
  const { [key]: _label, ...key_labels } = node.key_labels ?? {};
  editor.set(id, { exits, key_labels });
}

/** @param {{editor: Editor, id: string}} props */
function NodeId({ editor, id }) {
  const [wish, setWish] = useState(id);
  const bad = wish !== id && (wish in editor.doc.nodes || !/^[a-z][a-z0-9_-]{0,31}$/.test(wish));
  return html`<${Field} label=${t("flows.nodeId")} hint=${bad ? t("flows.badId") : t("flows.nodeIdHint")}><input class=${bad ? "bad" : undefined} maxlength="32" spellcheck=${false} value=${wish} onInput=${(/** @type {any} */ e) => setWish(e.target.value)}
    onChange=${() => (!bad && wish !== id ? editor.rename(id, wish) : undefined)} /><//>`;
}

/** @param {{editor: Editor}} props */
export function FlowForm({ editor }) {
  const { doc } = editor;
  const set = (/** @type {object} */ part, /** @type {string} */ about) => editor.apply({ ...doc, ...part }, `flow.${about}`);
  const toggle = (/** @type {string} */ language, /** @type {boolean} */ on) => {
    const languages = on ? [...doc.languages, language] : doc.languages.filter((one) => one !== language);
    if (languages.length > 0) set({ languages }, "languages");
  };
  return html`<form class="flow-form" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="flow-form-head"><span class="palette-sign"><${Icon} name="flow" /></span><div><h2>${t("flows.theFlow")}</h2><p class="quiet">${t("flows.theFlowHint")}</p></div></div>
    <${Field} label=${t("flows.title")}><input required maxlength="100" value=${doc.title} onInput=${(/** @type {any} */ e) => set({ title: e.target.value }, "title")} /><//>
    <fieldset class="checks"><legend>${t("flows.languages")}</legend>${LANGUAGES.map((language) => html`<label class="check" key=${language}><input type="checkbox" checked=${doc.languages.includes(language)} onChange=${(/** @type {any} */ e) => toggle(language, e.target.checked)} />
      <span>${word("flows.language", language)}${doc.languages[0] === language && html`<small>${t("flows.firstLanguage")}</small>`}</span></label>`)}</fieldset>
    ${doc.languages.length > 1 && html`<${Field} label=${t("flows.spokenFirst")}><select value=${doc.languages[0]} onChange=${(/** @type {any} */ e) => set({ languages: [e.target.value, ...doc.languages.filter((one) => one !== e.target.value)] }, "first")}>
      ${doc.languages.map((language) => html`<option key=${language} value=${language}>${word("flows.language", language)}</option>`)}</select><//>`}
    <${Field} label=${t("flows.startNode")}><select value=${doc.start} onChange=${(/** @type {any} */ e) => set({ start: e.target.value }, "start")}>${Object.entries(doc.nodes).map(([id, node]) => html`<option key=${id} value=${id}>${nodeName(node, id)}</option>`)}</select><//>
    <${Field} label=${t("flows.note")}><textarea rows="4" maxlength="2000" value=${doc.note ?? ""} onInput=${(/** @type {any} */ e) => set({ note: e.target.value }, "note")} /><//>
    <details class="flow-help"><summary>${t("flows.keys")}</summary><dl>${["arrows", "enter", "insert", "delete", "undo", "copy", "zoom", "save"].map((one) => html`<dt key=${one}>${word("flows.keyOf", one)}</dt><dd>${word("flows.keyFor", one)}</dd>`)}</dl></details>
  </form>`;
}
