/** The editor of one flow: what is chosen, what was changed, and the parts around it. What is asked of the server stands in flow_desk. */

import { addNode, begin, change, connect, paste, reachable, redo, removeNodes, renameNode, same, setNode, undo } from "../../core/flow_edit.js";
import { t } from "../../core/i18n.js";
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../ui/html.js";
import { Bar } from "./flow_bar.js";
import { Canvas } from "./flow_canvas.js";
import { useDesk } from "./flow_desk.js";
import { FlowForm, NodeForm } from "./flow_form.js";
import { keysOf } from "./flow_keys.js";
import { exitName, nodeName } from "./flow_node.js";
import { OutlineView } from "./flow_outline_view.js";
import { Palette } from "./flow_palette.js";
import { Problems } from "./flow_problems.js";

/** @import { Api } from "../../core/api.js" */
/** @import { FlowDoc, FlowNode, Kind, Kinds } from "../../core/flow_shapes.js" */
/** @typedef {{node: string, exit: string} | null} Behind */

/**
 * What the parts of the editor are given.
 * @typedef {object} Editor
 * @property {FlowDoc} doc
 * @property {Kinds} kinds
 * @property {Record<string, {value: string, label: string}[]>} names things outside the flow, by the field of the form
 * @property {string[]} chosen the first is the one whose form is open
 * @property {string | null} exit
 * @property {string | null} cameFrom
 * @property {{nodes: Map<string, string>, wires: Set<string>}} lit
 * @property {Map<string, string>} faults node → error or warning
 * @property {Record<string, any> | null} figures
 * @property {(id: string | null, exit?: string | null, more?: boolean, from?: string | null) => void} choose
 * @property {() => void} chooseAll
 * @property {(doc: FlowDoc, about?: string | null) => void} apply
 * @property {(id: string, part: Partial<FlowNode>, about?: string) => void} set
 * @property {(from: string, exit: string, to: string | null) => void} connect
 * @property {(kind: Kind, behind: Behind) => void} add
 * @property {() => void} remove
 * @property {(id: string, wish: string) => boolean} rename
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {(text: string) => void} keep
 * @property {() => void} paste
 * @property {(behind: Behind) => void} openPalette
 * @property {() => void} openForm
 * @property {() => void} focusChosen
 * @property {() => void} save
 */

let clipboard = "";

/** @param {{api: Api, flow: any, kinds: Kinds, names: Editor["names"], leave: () => void, guard: (dirty: boolean) => void}} props */
export function FlowEditor({ api, flow, kinds, names, leave, guard }) {
  const [history, setHistory] = useState(() => begin(flow.draft));
  const [saved, setSaved] = useState(() => history.doc);
  const [pick, setPick] = useState({ chosen: /** @type {string[]} */ ([history.doc.start].filter((id) => id in history.doc.nodes)), exit: /** @type {string | null} */ (null), cameFrom: /** @type {string | null} */ (null) });
  const [palette, setPalette] = useState(/** @type {{behind: Behind} | null} */ (null));
  const [view, setView] = useState("canvas");
  const [lit, setLit] = useState(/** @type {Editor["lit"]} */ ({ nodes: new Map(), wires: new Set() }));
  const [figures, setFigures] = useState(/** @type {Record<string, any> | null} */ (null));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const wantsFocus = useRef(false);
  const doc = history.doc;
  const dirty = useMemo(() => !same(doc, saved), [doc, saved]);
  const desk = useDesk({ api, flow, doc, dirty, setSaved, replace: (/** @type {FlowDoc} */ next) => setHistory(change(history, begin(next).doc)) });
  useEffect(() => guard(dirty), [dirty]);

  const chosen = pick.chosen.filter((id) => id in doc.nodes);
  const apply = (/** @type {FlowDoc} */ next, /** @type {string | null} */ about = null) => setHistory((now) => change(now, next, about));
  const focusChosen = () => {
    const node = frame.current?.querySelector(`.flow-view [data-node="${CSS.escape(chosen[0] ?? doc.start)}"]`);
    /** @type {HTMLElement | null} */ (node ?? null)?.focus({ preventScroll: true });
  };
  const choose = (/** @type {string | null} */ id, /** @type {string | null} */ exit = null, more = false, /** @type {string | null} */ from = null) => {
    wantsFocus.current = true;
    const rest = chosen.filter((one) => one !== id);
    if (id === null) setPick({ chosen: [], exit: null, cameFrom: null });
    else setPick({ chosen: more ? (chosen.includes(id) ? rest : [id, ...rest]) : [id], exit, cameFrom: from });
  };
  // Before anything else happens: the next key may come at once.
  useLayoutEffect(() => {
    if (wantsFocus.current && !frame.current?.querySelector("dialog[open]")) focusChosen();
    wantsFocus.current = false;
  });
  useEffect(() => {
    if (!desk.panel && document.activeElement === document.body) focusChosen();
  }, [desk.panel]);
  const grown = (/** @type {{doc: FlowDoc, id: string}} */ made) => {
    apply(made.doc);
    wantsFocus.current = true;
    setPick({ chosen: [made.id], exit: null, cameFrom: null });
  };
  /** @type {Editor} */
  const editor = {
    doc, kinds, names, chosen, exit: pick.exit, cameFrom: pick.cameFrom, lit, figures, faults: desk.faults, choose, apply, focusChosen,
    chooseAll: () => setPick({ ...pick, chosen: Object.keys(doc.nodes) }),
    set: (id, part, about) => apply(setNode(doc, id, part), about ? `${id}.${about}` : null),
    connect: (from, exit, to) => apply(connect(doc, from, exit, to)),
    add: (kind, behind) => grown(addNode(doc, kind, behind)),
    remove: () => {
      wantsFocus.current = true;
      if (pick.exit && chosen.length === 1) apply(connect(doc, /** @type {string} */ (chosen[0]), pick.exit, null));
      else {
        apply(removeNodes(doc, chosen));
        setPick({ chosen: pick.cameFrom && !chosen.includes(pick.cameFrom) ? [pick.cameFrom] : [], exit: null, cameFrom: null });
      }
    },
    rename: (id, wish) => {
      const next = renameNode(doc, id, wish);
      if (next === doc) return false;
      apply(next);
      setPick({ chosen: [wish], exit: null, cameFrom: null });
      return true;
    },
    undo: () => setHistory(undo), redo: () => setHistory(redo),
    keep: (text) => {
      clipboard = text;
      navigator.clipboard?.writeText(text).catch(() => undefined);
    },
    paste: () => {
      const made = paste(doc, clipboard, kinds, pick.exit && chosen[0] ? { node: chosen[0], exit: pick.exit } : null);
      if (!made) return;
      apply(made.doc);
      wantsFocus.current = true;
      setPick({ chosen: made.ids, exit: null, cameFrom: null });
    },
    openPalette: (behind) => setPalette({ behind }),
    openForm: () => {
      const enter = () => /** @type {HTMLElement | null} */ (frame.current?.querySelector(".flow-side input, .flow-side select, .flow-side textarea"))?.focus();
      if (!desk.panel) return enter();
      desk.close();
      requestAnimationFrame(enter);
      return undefined;
    },
    save: () => void desk.save.run(),
  };
  const keys = useRef(keysOf(editor));
  keys.current = keysOf(editor);
  useEffect(() => {
    // On the whole page: a button that goes with what it did takes the focus with it.
    const pressed = (/** @type {KeyboardEvent} */ event) => keys.current(event);
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  const node = chosen[0] ? doc.nodes[chosen[0]] : undefined;
  const lost = useMemo(() => Object.keys(doc.nodes).length - reachable(doc).size, [doc]);
  return html`<div class="flow-editor" ref=${frame}>
    <${Bar} editor=${editor} desk=${desk} flow=${flow} history=${history} dirty=${dirty} view=${view} setView=${setView} leave=${leave} />
    <div class="flow-columns">
      <section class="flow-view" aria-label=${t(view === "canvas" ? "flows.canvas" : "flows.outline")}>
        ${view === "canvas" ? html`<${Canvas} editor=${editor} />` : html`<${OutlineView} editor=${editor} />`}
        <${Problems} editor=${editor} desk=${desk} lost=${lost} />
      </section>
      <aside class="flow-side" aria-label=${t("flows.settings")}>
        ${desk.panel ? html`<${desk.panel} editor=${editor} desk=${desk} api=${api} flow=${flow} setLit=${setLit} setFigures=${setFigures} />` : node ? html`<${NodeForm} key=${chosen[0]} editor=${editor} id=${chosen[0]} node=${node} />` : html`<${FlowForm} editor=${editor} />`}
      </aside>
    </div>
    ${palette && html`<${Palette} editor=${editor} behind=${palette.behind} close=${() => setPalette(null)} />`}
    <p class="sr" role="status" aria-live="polite">${node && pick.exit ? exitInWords(doc, /** @type {string} */ (chosen[0]), pick.exit) : ""}</p>
  </div>`;
}

/** @param {FlowDoc} doc @param {string} id @param {string} exit */
function exitInWords(doc, id, exit) {
  const node = /** @type {FlowNode} */ (doc.nodes[id]);
  const to = node.exits?.[exit];
  return t("flows.leadsTo", { exit: exitName(node, exit), node: to ? nodeName(doc.nodes[to], to) : t("flows.nowhere") });
}
