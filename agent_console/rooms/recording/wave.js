/** Both sides of a recording drawn one above the other: click or arrow keys to jump, pauses, holds and notes marked. */

import { t } from "../../core/i18n.js";
import { holds, pauses, turns } from "../../core/recording.js";
import { duration } from "../../core/time.js";
import { html, useEffect, useRef, useState } from "../../ui/html.js";

/** @import { Drawing } from "../../core/recording.js" */

const HEIGHT = 148;
const EVENTS = 14;

/** @param {HTMLCanvasElement} canvas @param {number} width @param {Drawing} drawing @param {any} detail @param {number} at */
function draw(canvas, width, drawing, detail, at) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const paint = canvas.getContext("2d");
  if (!paint) return;
  paint.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim() || "#888";
  const total = detail.recording.seconds || 1;
  const x = (/** @type {number} */ second) => (second / total) * width;
  const lane = (HEIGHT - EVENTS) / 2;
  for (const [from, to] of pauses(detail.marks, total)) {
    paint.fillStyle = colour("--bad-soft");
    paint.fillRect(x(from), EVENTS, Math.max(2, x(to) - x(from)), HEIGHT - EVENTS);
  }
  for (const [from, to] of holds(detail.marks, total)) {
    paint.fillStyle = colour("--warn-soft");
    paint.fillRect(x(from), EVENTS, Math.max(2, x(to) - x(from)), HEIGHT - EVENTS);
  }
  for (const part of detail.parts) {
    paint.fillStyle = colour(part.kind === "talk" || part.kind === "conference" ? "--brand" : part.kind === "queue" ? "--warn-line" : "--line-strong");
    paint.fillRect(x(part.from_seconds), 0, Math.max(1, x(part.to_seconds) - x(part.from_seconds) - 1), 5);
  }
  side(paint, drawing.customer, drawing.step, total, width, EVENTS + lane / 2, lane / 2 - 3, colour("--wave-customer"), colour("--wave-customer-past"), at);
  side(paint, drawing.agent, drawing.step, total, width, EVENTS + lane * 1.5, lane / 2 - 3, colour("--wave-agent"), colour("--wave-agent-past"), at);
  for (const turn of turns(detail.parts)) {
    paint.fillStyle = colour("--brand");
    paint.fillRect(x(turn.at) - 0.75, 0, 1.5, HEIGHT);
  }
  for (const mark of detail.marks) {
    if (mark.kind === "held" || mark.kind === "retrieved") continue;
    if (mark.kind === "key") {
      paint.fillStyle = colour("--ink-quiet");
      paint.beginPath();
      paint.arc(x(mark.at_seconds), EVENTS + lane, 2.5, 0, 7);
      paint.fill();
      continue;
    }
    paint.fillStyle = colour(mark.kind === "note" ? "--warn-line" : "--bad");
    paint.fillRect(x(mark.at_seconds) - 1, 5, 2, HEIGHT - 5);
    paint.beginPath();
    paint.arc(x(mark.at_seconds), 10, 4, 0, 7);
    paint.fill();
  }
  paint.fillStyle = colour("--ink");
  paint.fillRect(x(at) - 0.75, 0, 1.5, HEIGHT);
}

/** @param {CanvasRenderingContext2D} paint @param {Uint8Array} heights @param {number} step @param {number} total @param {number} width @param {number} middle @param {number} most @param {string} ahead @param {string} past @param {number} at */
function side(paint, heights, step, total, width, middle, most, ahead, past, at) {
  const bars = Math.max(1, Math.floor(width / 3));
  for (let n = 0; n < bars; n += 1) {
    const from = Math.floor(((n / bars) * total) / step);
    const to = Math.max(from + 1, Math.floor((((n + 1) / bars) * total) / step));
    let height = 0;
    for (let k = from; k < to && k < heights.length; k += 1) height = Math.max(height, heights[k] ?? 0);
    const tall = Math.max(1, Math.sqrt(height / 255) * most * 2);
    paint.fillStyle = (n / bars) * total < at ? past : ahead;
    paint.fillRect((n / bars) * width, middle - tall / 2, 2, tall);
  }
}

/** @param {{detail: any, drawing: Drawing, at: number, seek: (at: number) => void}} props */
export function Wave({ detail, drawing, at, seek }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const watch = new ResizeObserver(() => setWidth(box.clientWidth));
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current && width) draw(canvas.current, width, drawing, detail, at);
  }, [width, at, detail, drawing]);
  const total = detail.recording.seconds || 1;
  const click = (/** @type {PointerEvent} */ event) => {
    const box = frame.current?.getBoundingClientRect();
    if (box) seek(Math.min(total, Math.max(0, ((event.clientX - box.left) / box.width) * total)));
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const to = { ArrowLeft: at - 5, ArrowRight: at + 5, Home: 0, End: total }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    seek(Math.min(total, Math.max(0, to)));
  };
  return html`<div class="wave"><span class="wave-side wave-customer">${t("recording.customerSide")}</span><span class="wave-side wave-agent">${t("recording.agentSide")}</span>
    <div class="wave-frame" ref=${frame} role="slider" tabindex="0" aria-label=${t("recording.position")} aria-valuemin="0" aria-valuemax=${Math.round(total)} aria-valuenow=${Math.round(at)}
      aria-valuetext=${`${duration(at)} / ${duration(total)}`} onPointerDown=${click} onKeyDown=${keys}><canvas ref=${canvas} class="wave-canvas"></canvas></div></div>`;
}
