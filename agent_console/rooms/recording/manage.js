/** What may be done with a recording besides hearing it: tags, taking it away, legal hold, deletion. Each wants its reason. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, detail: any, set: (detail: any) => void, again: () => void}} props */
export function Manage({ api, detail, set, again }) {
  const one = detail.recording;
  const [asking, setAsking] = useState(/** @type {"download" | "hold" | "delete" | null} */ (null));
  const [tags, setTags] = useState(one.tags.join(", "));
  const path = `recordings/${one.id}`;
  const save = useAction(async () => set(await api.put(`${path}/tags`, { tags: tags.split(/[,，]/).map((/** @type {string} */ tag) => tag.trim()).filter(Boolean) })));
  const lift = useAction(async () => set(await api.put(`${path}/hold`, { why: "" })));
  const act = async (/** @type {string} */ why) => {
    if (asking === "download") {
      const { url } = await api.post(`${path}/listen`, { purpose: "download", why });
      Object.assign(document.createElement("a"), { href: url, download: "" }).click();
    } else if (asking === "hold") set(await api.put(`${path}/hold`, { why }));
    else {
      await api.post(`${path}/delete`, { why });
      again();
    }
    setAsking(null);
  };
  return html`<section class="panel manage" aria-label=${t("recording.manage")}>
    <form class="tag-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); save.run(); }}><${Field} label=${t("recording.tags")} hint=${t("recording.tagsHint")}><input value=${tags} maxlength="800" onInput=${(/** @type {any} */ event) => setTags(event.target.value)} /><//>
      <button type="submit" class="button small" disabled=${save.busy}>${t("action.save")}</button></form>
    <div class="manage-row"><button type="button" class="button small" onClick=${() => setAsking("download")}><${Icon} name="download" size=${16} />${t("recording.download")}</button>
      ${detail.may_manage && (one.hold ? html`<button type="button" class="button small" onClick=${() => lift.run()}><${Icon} name="shield" size=${16} />${t("recording.liftHold")}</button>` : html`<button type="button" class="button small" onClick=${() => setAsking("hold")}><${Icon} name="shield" size=${16} />${t("recording.hold")}</button>`)}
      ${detail.may_manage && html`<button type="button" class="button small danger-button" onClick=${() => setAsking("delete")}><${Icon} name="close" size=${16} />${t("recording.delete")}</button>`}
      ${one.hold && html`<span class="sub">${t("recording.holdWhy", { why: one.hold })}</span>`}</div>
    <${Problem} error=${save.error || lift.error} />
    ${asking && html`<${Why} what=${asking} act=${act} close=${() => setAsking(null)} />`}</section>`;
}

/** @param {{what: string, act: (why: string) => Promise<void>, close: () => void}} props */
export function Why({ what, act, close }) {
  const [why, setWhy] = useState("");
  const run = useAction(() => act(why));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (why.trim()) run.run();
  };
  return html`<${Dialog} title=${t(`recordingWhy.${what}`)} close=${close}><form class="stack" onSubmit=${submit}><p>${t(`recordingWhy.${what}Text`)}</p>
    <${Field} label=${t("recording.why")}><input value=${why} maxlength="200" required autofocus onInput=${(/** @type {any} */ event) => setWhy(event.target.value)} /><//>
    <${Problem} error=${run.error} />
    <div class="form-end"><button type="submit" class=${what === "delete" ? "button danger-button" : "button primary"} disabled=${!why.trim() || run.busy}>${t(`recording.${what}`)}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
