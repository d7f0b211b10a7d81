/** The bar above the drawing: where one is, what was changed, and the steps from draft to published. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem } from "../../ui/parts.js";
import { Conflict } from "./flow_conflict.js";

/** @import { Editor } from "./flow_editor.js" */

/** @param {{editor: Editor, desk: any, flow: any, history: any, dirty: boolean, view: string, setView: (view: string) => void, leave: () => void}} props */
export function Bar({ editor, desk, flow, history, dirty, view, setView, leave }) {
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ act, /** @type {boolean} */ off) => html`<button type="button" class="icon-button" disabled=${off} title=${label} onClick=${act}><${Icon} name=${icon} label=${label} /></button>`;
  const panel = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ label) => html`<button type="button" class=${cls("button small", desk.panelName === name && "on")} aria-pressed=${desk.panelName === name ? "true" : "false"} onClick=${() => desk.open(name)}><${Icon} name=${icon} size=${15} />${label}</button>`;
  return html`<header class="flow-bar">
    <button type="button" class="icon-button" onClick=${leave}><${Icon} name="left" label=${t("flows.back")} /></button>
    <div class="flow-title"><h2>${editor.doc.title || flow.key}</h2><span class="sub" title=${state(desk, dirty)}>${state(desk, dirty)}</span></div>
    <div class="flow-tools" role="group" aria-label=${t("flows.tools")}>
      ${button("undo", t("flows.undo"), editor.undo, history.past.length === 0)}${button("redo", t("flows.redo"), editor.redo, history.future.length === 0)}
      ${button("plus", t("flows.newNode"), () => editor.openPalette(editor.chosen[0] && editor.exit ? { node: editor.chosen[0], exit: editor.exit } : null), false)}
    </div>
    <div class="switch" role="group" aria-label=${t("flows.view")}>
      ${["canvas", "outline"].map((one) => html`<button key=${one} type="button" class=${cls("switch-part", view === one && "on")} aria-pressed=${view === one ? "true" : "false"} onClick=${() => setView(one)}>${one === "canvas" ? t("flows.canvasView") : t("flows.outlineView")}</button>`)}
    </div>
    <div class="flow-steps">
      <button type="button" class="button small" disabled=${!dirty || desk.save.busy} onClick=${editor.save}><${Icon} name="download" size=${15} />${t("action.save")}</button>
      <button type="button" class="button small" disabled=${desk.check.busy} onClick=${() => desk.check.run()}><${Icon} name="checkCircle" size=${15} />${t("flows.check")}</button>
      ${panel("try", "play", t("flows.try"))}${panel("figures", "board", t("flows.figures"))}${panel("versions", "list", t("flows.versions"))}
      <${More} editor=${editor} flow=${flow} />
      <button type="button" class="button primary small" aria-pressed=${desk.panelName === "publish" ? "true" : "false"} onClick=${() => desk.open("publish")}>${t("flows.publish")}</button>
    </div>
    ${desk.conflict ? html`<${Conflict} editor=${editor} desk=${desk} />` : html`<${Problem} error=${desk.save.error ?? desk.check.error} />`}
  </header>`;
}

/** @param {any} desk @param {boolean} dirty */
function state(desk, dirty) {
  const version = desk.published ? t("flows.publishedVersion", { version: desk.published }) : t("flows.neverPublished");
  const draft = desk.save.busy ? t("flows.saving") : dirty ? t("flows.unsaved") : desk.savedAt ? t("flows.savedAt", { time: dateTime(desk.savedAt, siteZone.value), name: desk.savedBy }) : t("flows.saved");
  return `${version} · ${draft}`;
}

/** Take the flow out as a file, or in from one. @param {{editor: Editor, flow: any}} props */
function More({ editor, flow }) {
  const [open, setOpen] = useState(false);
  const [bad, setBad] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const out = () => {
    saveFile(`${flow.key}.json`, JSON.stringify(editor.doc, null, 2));
    setOpen(false);
  };
  const take = async (/** @type {any} */ event) => {
    const doc = await readFlow(event.target.files?.[0]);
    event.target.value = "";
    setBad(doc === null);
    if (!doc) return;
    editor.apply(doc);
    editor.choose(doc.start);
    setOpen(false);
  };
  return html`<div class="user-menu" ref=${box}><button type="button" class="button small" aria-haspopup="true" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${t("flows.more")}<${Icon} name="down" size=${14} /></button>
    ${open && html`<div class="menu"><button type="button" class="menu-item" onClick=${out}><${Icon} name="download" />${t("flows.export")}</button>
      <label class="menu-item"><${Icon} name="upload" />${t("flows.import")}<input class="sr" type="file" accept="application/json,.json" onChange=${take} /></label>
      ${bad && html`<p class="problem">${t("flows.badFile")}</p>`}</div>`}</div>`;
}

/** @param {string} name @param {string} text */
export function saveFile(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A flow from a file; null when it is none. The server checks it when it is saved. @param {File | undefined} file */
export async function readFlow(file) {
  if (!file || file.size > 2 ** 20) return null;
  try {
    const doc = JSON.parse(await file.text());
    const whole = doc?.format === 1 && typeof doc.start === "string" && doc.nodes && typeof doc.nodes === "object" && Array.isArray(doc.languages);
    const nodes = Object.fromEntries(Object.entries(whole ? doc.nodes : {}).map(([id, node]) => [id, { .../** @type {any} */ (node), exits: /** @type {any} */ (node)?.exits ?? {} }]));
    return whole ? { ...doc, nodes } : null;
  } catch {
    return null;
  }
}
