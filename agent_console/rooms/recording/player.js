/** One recording: its drawing, the sound with its buttons and keys, marks and notes, figures, and what may be done with it. */

import { t, word } from "../../core/i18n.js";
import { drawingOf, nextSpeed, silences, speeds } from "../../core/recording.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useMemo, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";
import { Figures } from "./figures.js";
import { Manage } from "./manage.js";
import { Notes } from "./notes.js";
import { Sound } from "./sound.js";
import { Transcript } from "./transcript.js";
import { Wave } from "./wave.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, id: string, start: number, back: () => void, queueLabels: Map<string, string>}} props */
export function RecordingPage({ api, id, start, back, queueLabels }) {
  const answer = useAnswer(() => api.get(`recordings/${id}`), [id]);
  const detail = answer.data;
  const heard = useRef(/** @type {{seek: (at: number) => void} | null} */ (null));
  return html`<article class="recording-page">
    <button type="button" class="button small" onClick=${back}><${Icon} name="left" size=${16} />${t("recording.back")}</button>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!detail && answer.busy ? html`<${Loading} />` : null}
    ${detail && html`<${Head} detail=${detail} queueLabels=${queueLabels} />
      ${detail.recording.state === "ready" ? html`<${Player} key=${id} api=${api} detail=${detail} start=${start} set=${answer.set} onSound=${(/** @type {any} */ sound) => { heard.current = sound; }} />` : null}
      ${detail.recording.state === "ready" && detail.transcript ? html`<${Transcript} key=${`t${id}`} api=${api} id=${detail.recording.id} seek=${(/** @type {number} */ at) => heard.current?.seek(at)} />` : null}
      ${detail.recording.state === "ready" && html`<${Manage} api=${api} detail=${detail} set=${answer.set} again=${answer.again} />`}`}
  </article>`;
}

/** @param {{detail: any, queueLabels: Map<string, string>}} props */
function Head({ detail, queueLabels }) {
  const one = detail.recording;
  const fact = (/** @type {string} */ key, /** @type {any} */ value) => value ? html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>` : null;
  return html`<section class="panel call-head"><div class="call-title"><h1>${one.customer_name || one.number || t("call.withheld")}</h1>
      <span class=${cls("tag", one.state !== "ready" && "draft")}>${word("recordingState", one.state)}</span>${one.hold && html`<span class="tag draft"><${Icon} name="shield" size=${14} />${t("recording.held")}</span>`}</div>
    ${one.reason && html`<p class="problem mild" role="status"><${Icon} name="unplug" size=${16} /><span>${word("recordingReason", one.reason)}</span></p>`}
    ${one.notes.map((/** @type {string} */ note) => html`<p class="problem mild" key=${note}><${Icon} name="unplug" size=${16} /><span>${word("recordingNote", note)}</span></p>`)}
    <dl class="facts">${fact("call.started", dateTime(one.started_at, siteZone.value))}${fact("call.length", duration(one.seconds))}${fact("recording.agents", one.agents.join(", "))}
      ${fact("call.queue", one.queue && (queueLabels.get(one.queue) || one.queue))}${fact("call.number", one.number)}${fact("call.direction", one.direction && t(`direction.${one.direction}`))}
      ${fact("call.held", one.held_seconds ? duration(one.held_seconds) : "")}${fact("recording.consent", one.consent && word("recordingConsent", one.consent))}
      ${fact("recording.keptUntil", one.delete_after && dateTime(one.delete_after, siteZone.value))}${fact("call.id", html`<a class="link" href=${`history.html#call=${encodeURIComponent(one.call_id)}`}>${one.call_id}</a>`)}</dl></section>`;
}

/**
 * @param {{api: Api, detail: any, start: number, set?: (detail: any) => void, listen?: string, onSound?: (sound: {at: number, seek: (at: number) => void}) => void}} props
 * `set`: with notes and figures below; `listen`: another address that gives the sound; `onSound`: who follows the sound from outside
 */
export function Player({ api, detail, start, set, listen, onSound }) {
  const total = detail.recording.seconds || 1;
  const drawing = useMemo(() => drawingOf(detail.peaks, detail.peak_seconds), [detail.peaks]);
  const quiet = useMemo(() => silences(drawing), [drawing]);
  const [state, setState] = useState({ playing: false, at: start, busy: false, error: /** @type {unknown} */ (null) });
  const [speed, setSpeed] = useState(1);
  const [skip, setSkip] = useState(false);
  const [muted, setMuted] = useState({ customer: false, agent: false });
  const sound = useRef(/** @type {Sound | null} */ (null));
  if (sound.current === null) sound.current = new Sound(api, listen ?? `recordings/${detail.recording.id}/listen`, start, setState);
  const own = sound.current;
  const faster = (/** @type {number} */ next) => {
    setSpeed(next);
    own.setSpeed(next);
  };
  const silent = (/** @type {"customer" | "agent"} */ side) => {
    setMuted({ ...muted, [side]: !muted[side] });
    own.mute(side, !muted[side]);
  };
  const seek = (/** @type {number} */ at) => own.seek(Math.min(total, Math.max(0, at)));
  useEffect(() => {
    onSound?.(own);
    return () => own.close();
  }, []);
  useEffect(() => {
    own.skips = skip ? quiet : [];
  }, [skip, quiet]);
  useEffect(() => {
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog")) return;
      // A button that has the focus is pressed by the space bar itself.
      if (event.key === " " && target.closest("button, a")) return;
      const act = { " ": () => own.toggle(), j: () => seek(own.at - 10), l: () => seek(own.at + 10), "[": () => faster(nextSpeed(speed, -1)), "]": () => faster(nextSpeed(speed, 1)) }[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [speed]);
  const link = () => `#recording=${detail.recording.id}&t=${Math.floor(own.at)}`;
  const side = (/** @type {"customer" | "agent"} */ name) => html`<button type="button" class=${cls("button small", muted[name] && "off")} aria-pressed=${muted[name] ? "true" : "false"} onClick=${() => silent(name)}>
    <${Icon} name=${muted[name] ? "micOff" : "mic"} size=${16} />${t(`recording.${name}Side`)}</button>`;
  return html`<section class="panel player" aria-label=${t("recording.player")} data-playing=${state.playing ? "true" : "false"}>
      <${Wave} detail=${detail} drawing=${drawing} at=${state.at} seek=${seek} />
      <div class="player-row">
        <button type="button" class="button small" title="J" onClick=${() => seek(own.at - 10)}><${Icon} name="left" size=${16} />${t("recording.back10")}</button>
        <button type="button" class="button primary player-play" title=${t("recording.space")} disabled=${state.busy} onClick=${() => own.toggle()}><${Icon} name=${state.playing ? "hold" : "play"} size=${18} />${state.playing ? t("recording.pause") : t("recording.play")}</button>
        <button type="button" class="button small" title="L" onClick=${() => seek(own.at + 10)}>${t("recording.on10")}<${Icon} name="right" size=${16} /></button>
        <output class="player-time">${duration(state.at)} / ${duration(total)}</output>
        <label class="player-speed"><span class="sr">${t("recording.speed")}</span><select value=${String(speed)} onChange=${(/** @type {any} */ event) => faster(Number(event.target.value))}>
          ${speeds.map((one) => html`<option key=${one} value=${String(one)}>${one}×</option>`)}</select></label>
        ${side("customer")}${side("agent")}
        <button type="button" class="button small" aria-pressed=${skip ? "true" : "false"} onClick=${() => setSkip(!skip)}><${Icon} name="forward" size=${16} />${t("recording.skipSilence")}</button>
        ${set && html`<button type="button" class="button small push-end" onClick=${() => history.replaceState(null, "", link())}><${Icon} name="pin" size=${16} />${t("recording.linkHere")}</button>`}
      </div>
      <p class="player-keys">${t("recording.keys")}</p>
      <${Problem} error=${state.error} />
    </section>
    ${set && html`<div class="recording-columns"><${Notes} api=${api} detail=${detail} at=${() => own.at} seek=${seek} set=${set} /><${Figures} detail=${detail} /></div>`}`;
}
