/** The journey as a drawing: a lane for IVR, each queue and each agent; time from left to right. */

import { shortDevice } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { journey } from "../../core/journey.js";
import { duration } from "../../core/time.js";
import { html } from "../../ui/html.js";

/** @import { Bar, Lane } from "../../core/journey.js" */

const WIDTH = 1000;
const LEFT = 170;
const RIGHT = 16;
const LANE = 46;
const TOP = 30;
const BAR = 24;

/** @param {{call: any, queueLabels: Map<string, string>, now: number}} props */
export function Timeline({ call, queueLabels, now }) {
  const { lanes, ticks } = journey(call, now);
  const height = TOP + lanes.length * LANE + 6;
  const x = (/** @type {number} */ place) => LEFT + place * (WIDTH - LEFT - RIGHT);
  const nameOf = (/** @type {Lane} */ lane) => (lane.kind === "queue" ? queueLabels.get(lane.name) || lane.name : lane.kind === "ivr" ? t(`lane.${lane.key}`) : lane.name || shortDevice(lane.device));
  return html`<div class="timeline-frame"><svg class="timeline" viewBox=${`0 0 ${WIDTH} ${height}`} role="img" aria-label=${t("call.journeyDrawing", { n: lanes.length })}>
    <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" class="hatch" /></pattern></defs>
    ${ticks.map((tick) => html`<g key=${tick.seconds}><line class="tick" x1=${x(tick.at)} x2=${x(tick.at)} y1=${TOP - 8} y2=${height} />
      <text class="tick-text" x=${x(tick.at)} y=${TOP - 14} text-anchor="middle">${duration(tick.seconds)}</text></g>`)}
    ${lanes.map((lane, row) => html`<g key=${lane.key} class=${`lane lane-${lane.kind}`}>
      <line class="lane-line" x1="0" x2=${WIDTH} y1=${TOP + (row + 1) * LANE} y2=${TOP + (row + 1) * LANE} />
      <text class="lane-kind" x="4" y=${TOP + row * LANE + 17}>${t(`laneKind.${lane.kind}`)}</text>
      <text class="lane-name" x="4" y=${TOP + row * LANE + 36}>${short(nameOf(lane))}</text>
      ${lane.bars.map((bar) => html`<${BarDrawing} key=${bar.n} bar=${bar} left=${x(bar.from)} right=${x(bar.to)} top=${TOP + row * LANE + (LANE - BAR) / 2} name=${nameOf(lane)} />`)}
    </g>`)}
  </svg></div>
  <ul class="legend" aria-hidden="true">${["ivr", "queue", "ring", "talk", "held"].map((kind) => html`<li key=${kind}><span class=${`legend-sign legend-${kind}`}></span>${t(`segment.${kind}`)}</li>`)}</ul>`;
}

/** Long names would run into the bars; the whole one is in the tooltip. @param {string} name */
function short(name) {
  let width = 0;
  let text = "";
  for (const sign of name) {
    width += /[\u2e80-\uffff]/.test(sign) ? 2 : 1;
    if (width > 19) return `${text}…`;
    text += sign;
  }
  return text;
}

/** @param {{bar: Bar, left: number, right: number, top: number, name: string}} props */
function BarDrawing({ bar, left, right, top, name }) {
  const width = Math.max(3, right - left);
  const text = bar.kind === "ring" || bar.kind === "talk" || bar.kind === "queue" ? duration(bar.seconds) : word("segment", bar.kind);
  const told = [name, word("segment", bar.kind), duration(bar.seconds), word("segmentResult", bar.result), bar.heldSeconds > 0 && t("call.heldFor", { time: duration(bar.heldSeconds) }),
    !bar.exact && t("call.barInexact")].filter(Boolean).join(" · ");
  const held = bar.seconds > 0 ? Math.min(1, bar.heldSeconds / bar.seconds) * width : 0;
  return html`<g class=${`bar bar-${bar.kind} result-${bar.result ?? "open"}`}><title>${told}</title>
    <rect class=${bar.exact ? "bar-body" : "bar-body inexact"} x=${left} y=${top} width=${width} height=${BAR} rx="4" />
    ${held > 0 && html`<rect class="bar-held" x=${left} y=${top + BAR - 7} width=${held} height="7" fill="url(#hatch)" />`}
    ${width > 60 && html`<text class="bar-text" x=${left + 8} y=${top + 16}>${text}</text>`}
  </g>`;
}
