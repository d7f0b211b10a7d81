/** A new sound for a prompt in one language: from a file, from the microphone, or spoken by the machine. */

import { base64, wav } from "../../core/wav.js";
import { t, word } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

const LARGEST = 10 * 2 ** 20;

/** @param {{api: Api, prompt: any, language: string, speech: boolean, close: () => void, done: (prompt: any) => void}} props */
export function PromptSound({ api, prompt, language, speech, close, done }) {
  const [way, setWay] = useState(speech ? "speech" : "upload");
  const before = prompt.audio.find((/** @type {any} */ one) => one.language === language);
  const ways = { speech: ["chat", t("prompts.speak")], recording: ["mic", t("prompts.record")], upload: ["upload", t("prompts.upload")] };
  const send = async (/** @type {Uint8Array} */ bytes, /** @type {"upload" | "recording"} */ source, fileName = "") => done(await api.put(`prompts/${prompt.id}/audio/${language}`, { data: base64(bytes), source, file_name: fileName }));
  return html`<${Dialog} title=${t("prompts.soundOf", { name: prompt.label || prompt.name, language: word("flows.language", language) })} close=${close}><div class="stack">
    <div class="switch prompt-ways" role="group" aria-label=${t("prompts.ways")}>${Object.entries(ways).map(([name, [icon, label]]) => html`<button key=${name} type="button" class=${cls("switch-part", way === name && "on")} aria-pressed=${way === name ? "true" : "false"} disabled=${name === "speech" && !speech} onClick=${() => setWay(name)}><${Icon} name=${icon} size=${15} />${label}</button>`)}</div>
    ${way === "speech" && html`<${Spoken} api=${api} prompt=${prompt} language=${language} text=${before?.text ?? ""} done=${done} />`}
    ${way === "recording" && html`<${Recorded} send=${send} />`}
    ${way === "upload" && html`<${Uploaded} send=${send} />`}
    <p class="quiet">${t("prompts.cleaned")}</p></div><//>`;
}

/** @param {{api: Api, prompt: any, language: string, text: string, done: (prompt: any) => void}} props */
function Spoken({ api, prompt, language, text, done }) {
  const [typed, setTyped] = useState(text);
  const player = useRef(/** @type {AudioContext | null} */ (null));
  useEffect(() => () => void player.current?.close(), []);
  const hear = useAction(async () => {
    player.current ??= new AudioContext();
    await play(player.current, await (await api.ask("POST", "speech", { text: typed, language }, "audio/wav")).arrayBuffer());
  });
  const keep = useAction(async () => done(await api.slow(`prompts/${prompt.id}/speech/${language}`, { text: typed })));
  return html`<form class="stack" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); keep.run(); }}>
    <${Field} label=${t("prompts.text")}><textarea rows="4" required maxlength="1000" lang=${language} autofocus value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} /><//>
    <${Problem} error=${keep.error ?? hear.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${keep.busy || !typed.trim()}>${keep.busy ? t("action.busy") : t("prompts.take")}</button>
      <button type="button" class="button" disabled=${hear.busy || !typed.trim()} onClick=${() => hear.run()}><${Icon} name="play" size=${15} />${hear.busy ? t("action.busy") : t("prompts.listen")}</button></div></form>`;
}

/** Play sound without an address of its own, which the pages' policy would not let in. @param {AudioContext} context @param {ArrayBuffer} data */
export async function play(context, data) {
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(data);
  source.connect(context.destination);
  source.start();
  return new Promise((end) => (source.onended = () => end(undefined)));
}

/** @param {{send: (bytes: Uint8Array, source: "upload" | "recording", name?: string) => Promise<void>}} props */
function Uploaded({ send }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const take = useAction(async () => {
    if (file) await send(new Uint8Array(await file.arrayBuffer()), "upload", file.name);
  });
  const large = (file?.size ?? 0) > LARGEST;
  return html`<form class="stack" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); take.run(); }}>
    <${Field} label=${t("prompts.file")} hint=${t("prompts.fileHint")}><input type="file" required accept=".wav,.mp3,audio/wav,audio/mpeg" onChange=${(/** @type {any} */ e) => setFile(e.target.files?.[0] ?? null)} /><//>
    ${large && html`<p class="problem">${t("error.audio_too_large")}</p>`}<${Problem} error=${take.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${take.busy || !file || large}>${take.busy ? t("action.busy") : t("prompts.take")}</button></div></form>`;
}

/** @param {{send: (bytes: Uint8Array, source: "upload" | "recording", name?: string) => Promise<void>}} props */
function Recorded({ send }) {
  const [since, setSince] = useState(/** @type {number | null} */ (null));
  const [sound, setSound] = useState(/** @type {AudioBuffer | null} */ (null));
  const recorder = useRef(/** @type {MediaRecorder | null} */ (null));
  const player = useRef(/** @type {AudioContext | null} */ (null));
  const letGo = () => recorder.current?.stream.getTracks().forEach((track) => track.stop());
  useEffect(() => () => {
    letGo();
    player.current?.close();
  }, []);
  const begin = useAction(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true } });
    player.current ??= new AudioContext();
    const context = player.current;
    /** @type {Blob[]} */
    const parts = [];
    recorder.current = new MediaRecorder(stream);
    recorder.current.ondataavailable = (event) => parts.push(event.data);
    recorder.current.onstop = async () => {
      letGo();
      setSound(await context.decodeAudioData(await new Blob(parts).arrayBuffer()));
    };
    recorder.current.start();
    setSound(null);
    setSince(Date.now() / 1000);
  });
  const stop = () => {
    recorder.current?.stop();
    setSince(null);
  };
  const hear = () => {
    if (!sound || !player.current) return;
    const source = player.current.createBufferSource();
    source.buffer = sound;
    source.connect(player.current.destination);
    source.start();
  };
  const keep = useAction(async () => (sound ? send(wav(sound.getChannelData(0), sound.sampleRate), "recording") : undefined));
  return html`<div class="stack"><div class="recorder">
      ${since === null ? html`<button type="button" class="button large" disabled=${begin.busy} onClick=${() => begin.run()}><${Icon} name="mic" />${sound ? t("prompts.again") : t("prompts.begin")}</button>` : html`<button type="button" class="button large danger-button" onClick=${stop}><${Icon} name="stop" />${t("prompts.stop")}</button><${Elapsed} since=${since} label=${t("prompts.running")} />`}
      ${sound && since === null && html`<button type="button" class="button" onClick=${hear}><${Icon} name="play" size=${15} />${t("prompts.listen")}</button><span class="quiet">${t("prompts.seconds", { n: Math.round(sound.duration * 10) / 10 })}</span>`}</div>
    ${begin.error && html`<p class="problem"><${Icon} name="micOff" /><span>${t("prompts.noMicrophone")}</span></p>`}<${Problem} error=${keep.error} />
    <div class="form-end"><button type="button" class="button primary" disabled=${keep.busy || !sound || since !== null} onClick=${() => keep.run()}>${keep.busy ? t("action.busy") : t("prompts.take")}</button></div></div>`;
}
