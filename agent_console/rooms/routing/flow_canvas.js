/** The flow as a drawing: pan, zoom, choose, connect by dragging. The drawing itself only follows the document. */

import { HEAD, WIDTH, curve, draw, fit, handle, shapeOf } from "../../core/flow_layout.js";
import { exitsOf } from "../../core/flow_edit.js";
import { language, t } from "../../core/i18n.js";
import { cls, html, useEffect, useMemo, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Node, nodeInWords } from "./flow_node.js";

/** @import { Editor } from "./flow_editor.js" */

const SMALLEST = 0.12;
const LARGEST = 2;
const ALL_DRAWN = 60;
/** Percent below which the small letters are left out: they could not be read. */
const FAR = 30;
const EDGE = 240;
const READABLE = 0.75;

/** @param {{editor: Editor}} props */
export function Canvas({ editor }) {
  const { doc, kinds, chosen, exit } = editor;
  const shape = shapeOf(doc, kinds);
  const picture = useMemo(() => draw(doc, kinds), [shape]);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const world = useRef(/** @type {SVGGElement | null} */ (null));
  const view = useRef({ scale: 1, x: 0, y: 0 });
  const [drag, setDrag] = useState(/** @type {any} */ (null));
  const [zoom, setZoom] = useState(1);
  const shown = useRef(picture);
  // Of a large flow only what is in view is drawn; the rest would have to be painted anew with every movement.
  const [near, setNear] = useState("");
  const waiting = useRef(false);
  const ids = Object.keys(doc.nodes);
  const drawn = ids.length <= ALL_DRAWN ? ids : ids.filter((id) => near.includes(` ${id} `) || chosen.includes(id));
  const wires = ids.length <= ALL_DRAWN ? picture.wires : picture.wires.filter((wire) => {
    const begins = near.includes(` ${wire.from} `), ends = near.includes(` ${wire.to} `);
    // A way back goes around everything; drawn only where both ends are seen, or when it is asked for.
    return wire.back ? (begins && ends) || chosen.includes(wire.from) : begins || ends;
  });

  const look = (/** @type {{scale: number, x: number, y: number}} */ next) => {
    view.current = next;
    world.current?.setAttribute("transform", `translate(${next.x} ${next.y}) scale(${next.scale})`);
    setZoom(Math.round(next.scale * 100));
    if (Object.keys(doc.nodes).length <= ALL_DRAWN || waiting.current) return;
    waiting.current = true;
    requestAnimationFrame(() => {
      waiting.current = false;
      setNear(inView(picture, view.current, size()));
    });
  };
  const size = () => box.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 800, 600);
  const fitAll = () => look(fit(picture, size()));
  const zoomBy = (/** @type {number} */ by, /** @type {number} */ cx = size().width / 2, /** @type {number} */ cy = size().height / 2) => {
    const { scale, x, y } = view.current;
    const next = Math.max(SMALLEST, Math.min(LARGEST, scale * by));
    look({ scale: next, x: cx - ((cx - x) / scale) * next, y: cy - ((cy - y) / scale) * next });
  };
  const bringIntoView = (/** @type {string} */ id) => {
    const place = picture.places[id];
    if (!place) return;
    const { scale, x, y } = view.current, room = size();
    const left = place.x * scale + x, top = place.y * scale + y;
    const dx = left < 20 ? 20 - left : Math.min(0, room.width - 20 - (left + place.width * scale));
    const dy = top < 20 ? 20 - top : Math.min(0, room.height - 20 - (top + Math.min(place.height * scale, room.height - 40)));
    if (dx || dy) look({ scale, x: x + dx, y: y + dy });
  };

  useEffect(() => {
    const all = fit(picture, size());
    const first = picture.places[doc.start];
    // A large flow begins at its start, at a size that can be read; a small one is seen whole.
    look(all.scale >= 0.55 || !first ? all : { scale: READABLE, x: 24, y: size().height / 2 - (first.y + first.height / 2) * READABLE });
  }, []);
  useEffect(() => {
    // What is chosen stays where it is on the screen while the rest makes room.
    const before = shown.current.places[chosen[0] ?? ""], now = picture.places[chosen[0] ?? ""];
    if (before && now && shown.current !== picture) {
      const { scale, x, y } = view.current;
      look({ scale, x: x + (before.x - now.x) * scale, y: y + (before.y - now.y) * scale });
    }
    shown.current = picture;
    if (chosen[0]) bringIntoView(chosen[0]);
  }, [picture, chosen[0]]);
  useEffect(() => {
    // Where the one who is tried is now; at a size at which it can be read.
    const here = [...editor.lit.nodes].find(([, how]) => how === "here")?.[0];
    const place = picture.places[here ?? ""];
    if (!here || !place) return;
    if (view.current.scale * 100 >= FAR) return bringIntoView(here);
    const room = size();
    look({ scale: READABLE, x: room.width / 2 - (place.x + place.width / 2) * READABLE, y: room.height / 2 - (place.y + place.height / 2) * READABLE });
  }, [editor.lit]);
  useEffect(() => setNear(inView(picture, view.current, size())), [picture]);
  useEffect(() => {
    const node = box.current;
    const wheel = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const at = size();
      if (event.ctrlKey || event.metaKey) zoomBy(Math.exp(-event.deltaY / 180), event.clientX - at.left, event.clientY - at.top);
      else look({ ...view.current, x: view.current.x - (event.shiftKey ? event.deltaY : event.deltaX), y: view.current.y - (event.shiftKey ? 0 : event.deltaY) });
    };
    node?.addEventListener("wheel", wheel, { passive: false });
    return () => node?.removeEventListener("wheel", wheel);
  }, [picture]);

  const pointers = usePointers({ editor, picture, view, look, zoomBy, size, setDrag, drag });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { "+": () => zoomBy(1.2), "=": () => zoomBy(1.2), "-": () => zoomBy(1 / 1.2), f: fitAll, F: fitAll }[event.key];
    if (act) event.preventDefault();
    act?.();
  };
  return html`<div class="flow-canvas" ref=${box} onKeyDown=${keys} ...${pointers}>
    <svg class=${cls("flow-svg", zoom < FAR && "far")} role="group" aria-label=${t("flows.canvas")} aria-roledescription=${t("flows.drawing")}>
      <g ref=${world}>
        ${wires.map((wire) => html`<path key=${`${wire.from}.${wire.exit}`} d=${wire.path} data-wire=${`${wire.from} ${wire.exit}`}
          class=${cls("flow-wire", wire.back && "back", chosen.includes(wire.from) && (exit === null || exit === wire.exit) && "near", chosen.includes(wire.to) && "near", editor.lit.wires.has(`${wire.from} ${wire.exit}`) && "lit")} />`)}
        ${drawn.map((id) => html`<${Node} key=${id} id=${id} node=${doc.nodes[id]} kind=${kinds[doc.nodes[id]?.kind ?? ""]} x=${picture.places[id]?.x ?? 0} y=${picture.places[id]?.y ?? 0}
          start=${doc.start === id} selected=${chosen.includes(id)} exit=${chosen[0] === id ? exit : null} lit=${editor.lit.nodes.get(id) ?? ""} litExit=${null}
          fault=${editor.faults.get(id) ?? ""} figures=${editor.figures?.[id]} speech=${doc.languages[0] ?? ""} focusable=${(chosen[0] ?? doc.start) === id} told=${nodeInWords(doc, id, kinds)} language=${language.value} />`)}
        ${drag && html`<path class="flow-wire dragged" d=${curve(drag.from, drag.to)} />`}
      </g>
    </svg>
    <div class="flow-zoom" role="group" aria-label=${t("flows.zoom")}>
      <button type="button" class="icon-button" onClick=${() => zoomBy(1 / 1.25)}><${Icon} name="minus" label=${t("flows.zoomOut")} /></button>
      <span class="flow-zoom-figure">${zoom}%</span>
      <button type="button" class="icon-button" onClick=${() => zoomBy(1.25)}><${Icon} name="plus" label=${t("flows.zoomIn")} /></button>
      <button type="button" class="icon-button" onClick=${fitAll}><${Icon} name="expand" label=${t("flows.fit")} /></button>
    </div>
  </div>`;
}

/** The nodes in view, as " a b c ". @param {any} picture @param {{scale: number, x: number, y: number}} view @param {{width: number, height: number}} room */
function inView(picture, { scale, x, y }, room) {
  const left = (-x - EDGE) / scale, top = (-y - EDGE) / scale, right = (room.width - x + EDGE) / scale, bottom = (room.height - y + EDGE) / scale;
  const found = Object.entries(picture.places).filter(([, place]) => place.x < right && place.x + place.width > left && place.y < bottom && place.y + place.height > top);
  return ` ${found.map(([id]) => id).join(" ")} `;
}

/** Pan by the ground, pinch by two fingers, connect by a handle, choose by a click. @param {any} props */
function usePointers({ editor, picture, view, look, zoomBy, size, setDrag, drag }) {
  const held = useRef(/** @type {Map<number, {x: number, y: number}>} */ (new Map()));
  const moved = useRef(false);
  const at = (/** @type {PointerEvent} */ event) => {
    const room = size(), { scale, x, y } = view.current;
    return { x: (event.clientX - room.left - x) / scale, y: (event.clientY - room.top - y) / scale };
  };
  const over = (/** @type {PointerEvent} */ event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]")?.getAttribute("data-node") ?? null;
  const onPointerDown = (/** @type {PointerEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".flow-zoom")) return;
    held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved.current = false;
    const id = target.closest("[data-node]")?.getAttribute("data-node") ?? null;
    const grip = target.closest("[data-handle]")?.getAttribute("data-handle");
    if (id && grip && event.button === 0) {
      const place = picture.places[id], row = exitsOf(editor.kinds[editor.doc.nodes[id].kind], editor.doc.nodes[id]).findIndex((exit) => exit.name === grip);
      const from = { x: place.x + handle(row).x, y: place.y + handle(row).y };
      setDrag({ node: id, exit: grip, from, to: from });
    }
  };
  const onPointerMove = (/** @type {PointerEvent} */ event) => {
    const before = held.current.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x, dy = event.clientY - before.y;
    if (!moved.current && Math.hypot(dx, dy) < 4) return;
    if (!moved.current) /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    moved.current = true;
    held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (drag) setDrag({ ...drag, to: at(event) });
    else if (held.current.size === 2) {
      const [a, b] = [...held.current.values()];
      const other = [...held.current.entries()].find(([id]) => id !== event.pointerId)?.[1];
      if (a && b && other) zoomBy(Math.hypot(a.x - b.x, a.y - b.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)), (a.x + b.x) / 2 - size().left, (a.y + b.y) / 2 - size().top);
    } else look({ ...view.current, x: view.current.x + dx, y: view.current.y + dy });
  };
  const onPointerUp = (/** @type {PointerEvent} */ event) => {
    if (!held.current.delete(event.pointerId)) return;
    const id = over(event);
    if (drag) {
      setDrag(null);
      if (!moved.current) editor.choose(drag.node, drag.exit);
      else if (id && !(id === drag.node && inside(picture.places[id], at(event), drag))) editor.connect(drag.node, drag.exit, id);
      else if (!id) editor.openPalette({ node: drag.node, exit: drag.exit });
      return;
    }
    if (moved.current) return;
    const exit = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-exit]")?.getAttribute("data-exit") ?? null;
    if (id) editor.choose(id, exit, event.ctrlKey || event.metaKey || event.shiftKey);
    else editor.choose(null);
  };
  const onDblClick = (/** @type {MouseEvent} */ event) => {
    const id = /** @type {Element} */ (event.target).closest("[data-node]")?.getAttribute("data-node");
    if (id) editor.openForm();
  };
  const onPointerCancel = (/** @type {PointerEvent} */ event) => {
    held.current.delete(event.pointerId);
    setDrag(null);
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onDblClick };
}

/** A drag that ends where it began is no wish to connect a node with itself. @param {any} place @param {{x: number, y: number}} at @param {any} drag */
function inside(place, at, drag) {
  return Math.hypot(at.x - drag.from.x, at.y - drag.from.y) < WIDTH / 2 && at.y > place.y + HEAD;
}
