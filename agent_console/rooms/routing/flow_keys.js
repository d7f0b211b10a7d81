/** The keyboard of the editor, the same on the drawing and in the outline. */

import { comingFrom, copy, exitsOf } from "../../core/flow_edit.js";

/** @import { Editor } from "./flow_editor.js" */

/** Fields keep their own keys. @param {EventTarget | null} target */
function inField(target) {
  return target instanceof HTMLElement && (target.matches("input, select, textarea") || target.isContentEditable || target.closest("dialog") !== null);
}

/** Where the keyboard goes from here. @param {Editor} editor @param {string} key @returns {boolean} whether the key meant something */
function walk(editor, key) {
  const id = editor.chosen[0] ?? editor.doc.start;
  const node = editor.doc.nodes[id];
  if (!node) return false;
  const ways = exitsOf(editor.kinds[node.kind], node);
  const here = ways.findIndex((way) => way.name === editor.exit);
  if (key === "ArrowDown") editor.choose(id, ways[Math.min(here + 1, ways.length - 1)]?.name ?? null);
  else if (key === "ArrowUp") editor.choose(id, here > 0 ? /** @type {any} */ (ways[here - 1]).name : null);
  else if (key === "ArrowRight") {
    const way = here >= 0 ? ways[here] : ways.find((one) => one.to && editor.doc.nodes[one.to]);
    if (way?.to && editor.doc.nodes[way.to]) editor.choose(way.to, null, false, id);
  } else if (key === "ArrowLeft") {
    const before = comingFrom(editor.doc)[id] ?? [];
    const from = before.find((one) => one.node === editor.cameFrom) ?? before[0];
    if (from) editor.choose(from.node, from.exit);
  } else if (key === "Home") editor.choose(editor.doc.start);
  else return false;
  return true;
}

/** Where a new node would go: behind the chosen way out, else the first that leads nowhere. @param {Editor} editor @returns {{node: string, exit: string} | null} */
export function placeBehind(editor) {
  const id = editor.chosen[0];
  const node = id ? editor.doc.nodes[id] : undefined;
  if (!id || !node) return null;
  if (editor.exit) return { node: id, exit: editor.exit };
  const ways = exitsOf(editor.kinds[node.kind], node);
  const way = ways.find((one) => !one.to && one.needed) ?? ways.find((one) => !one.to) ?? ways[0];
  return way ? { node: id, exit: way.name } : null;
}

/** @param {Editor} editor @returns {(event: KeyboardEvent) => void} */
export function keysOf(editor) {
  return (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      editor.save();
      return;
    }
    if (inField(event.target)) {
      if (event.key === "Escape" && !(/** @type {HTMLElement} */ (event.target).closest("dialog"))) editor.focusChosen();
      return;
    }
    if (command ? commands(editor, event) : plain(editor, event)) event.preventDefault();
  };
}

/** @param {Editor} editor @param {KeyboardEvent} event */
function commands(editor, event) {
  const key = event.key.toLowerCase();
  if (key === "z") (event.shiftKey ? editor.redo : editor.undo)();
  else if (key === "y") editor.redo();
  else if (key === "c" || key === "x") {
    if (editor.chosen.length === 0 || String(getSelection() ?? "")) return false;
    editor.keep(copy(editor.doc, editor.chosen));
    if (key === "x") editor.remove();
  } else if (key === "v") editor.paste();
  else if (key === "a" && event.target instanceof Element && event.target.closest(".flow-view")) editor.chooseAll();
  else return false;
  return true;
}

/** @param {Editor} editor @param {KeyboardEvent} event */
function plain(editor, event) {
  const view = event.target instanceof Element && event.target.closest(".flow-view") !== null;
  if (!view) return false;
  if (event.key === "Insert" || event.key === "/") editor.openPalette(placeBehind(editor));
  else if (event.key === "Delete" || event.key === "Backspace") editor.remove();
  else if (event.key === "Enter") editor.openForm();
  else if (event.key === "Escape") editor.choose(editor.chosen[0] ?? null);
  else return walk(editor, event.key);
  return true;
}
