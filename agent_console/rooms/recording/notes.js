/** Marks and notes of a recording in order of time; a note is written at the second that is being heard. */

import { t } from "../../core/i18n.js";
import { firstOfKeys, keysFrom, turns } from "../../core/recording.js";
import { duration } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/** @type {Record<string, string>} */
const icons = { note: "note", paused: "pause", silenced: "pause", held: "hold", key: "keypad" };

/** @param {{api: Api, detail: any, at: () => number, seek: (at: number) => void, set: (detail: any) => void}} props */
export function Notes({ api, detail, at, seek, set }) {
  const [text, setText] = useState("");
  const id = detail.recording.id;
  const write = useAction(async () => {
    set(await api.post(`recordings/${id}/notes`, { at_seconds: Math.round(at() * 10) / 10, text }));
    setText("");
  });
  const remove = useAction(async (/** @type {number} */ note) => set(await api.ask("DELETE", `recordings/${id}/notes/${note}`)));
  const parts = detail.parts.filter((/** @type {any} */ part) => part.kind === "talk" || part.kind === "conference" || part.kind === "queue");
  const lines = [
    ...parts.map((/** @type {any} */ part) => ({ at: part.from_seconds, icon: part.kind === "queue" ? "queue" : "headset", what: part.kind === "queue" ? t("step.queued", { queue: part.queue ?? "" }) : t("step.talking", { agent: part.agent_name || part.device || "" }) })),
    ...turns(detail.parts).map((turn) => ({ at: turn.at, icon: turn.kind === "conferenced" ? "users" : "forward", what: t(`recordingMark.${turn.kind}`, { to: turn.to }) })),
    // Many keys one after the other are one line with a dot for each.
    ...detail.marks.filter(firstOfKeys).map((/** @type {any} */ mark) => ({ at: mark.at_seconds, icon: icons[mark.kind] ?? "play", keys: mark.kind === "key" ? keysFrom(detail.marks, mark) : 0, what: mark.kind === "note" ? mark.text : t(`recordingMark.${mark.kind}`), who: mark.user_name, id: mark.id })),
  ].sort((a, b) => a.at - b.at);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) write.run();
  };
  return html`<section class="panel" aria-labelledby="notes-title"><div class="panel-head"><h2 id="notes-title">${t("recording.marks")}</h2></div>
    <ol class="mark-list">${lines.map((line, n) => html`<li key=${`${line.at} ${n}`}><button type="button" class="link mark-time" onClick=${() => seek(line.at)}>${duration(line.at)}</button>
      <${Icon} name=${line.icon} size=${16} /><span class="mark-text">${line.what}${line.keys > 0 && html` <span class="mark-keys" aria-label=${t("recording.keysPressed", { n: line.keys })}>${"•".repeat(Math.min(line.keys, 24))}</span>`}${line.who && html`<span class="sub">${line.who}</span>`}</span>
      ${line.id && html`<button type="button" class="icon-button" onClick=${() => remove.run(line.id)}><${Icon} name="close" size=${16} label=${t("recording.removeNote")} /></button>`}</li>`)}</ol>
    <${Problem} error=${write.error || remove.error} />
    <form class="note-form" onSubmit=${submit}><input value=${text} maxlength="1000" aria-label=${t("recording.note")} placeholder=${t("recording.notePlace")} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <button type="submit" class="button small" disabled=${!text.trim() || write.busy}><${Icon} name="plus" size=${16} />${t("recording.addNote")}</button></form>
  </section>`;
}
