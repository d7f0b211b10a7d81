/** Publish: saved, checked, with a word on what was changed; calls that run finish on the version on which they began. */

import { tidy } from "../../core/flow_edit.js";
import { t } from "../../core/i18n.js";
import { html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Differences } from "./flow_conflict.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Editor } from "./flow_editor.js" */

/** @param {{editor: Editor, desk: any, api: Api}} props */
export function Publish({ editor, desk, api }) {
  const [comment, setComment] = useState("");
  const [done, setDone] = useState(/** @type {any} */ (null));
  const live = useAnswer(() => (desk.published ? api.get(`${desk.path}/versions/${desk.published}`) : Promise.resolve(null)), []);
  const ready = useAction(async () => {
    if (!(await desk.save.run())) return;
    await desk.check.run();
  });
  const leave = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => void ready.run(), []);
  // The button that published is gone, and the focus with it.
  useEffect(() => (done ? leave.current?.focus() : undefined), [done]);
  const errors = (desk.problems ?? []).filter((/** @type {any} */ one) => one.severity === "error").length;
  const publish = useAction(async () => {
    const told = await api.slow(`${desk.path}/publish`, { revision: desk.revision, note: comment });
    desk.heard(told);
    setDone(told);
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    publish.run();
  };
  return html`<form class="flow-form" onSubmit=${submit}><div class="flow-form-head"><div><h2>${t("flows.publishTitle")}</h2><p class="quiet">${t("flows.publishHint")}</p></div>
      <button type="button" class="icon-button push-end" ref=${leave} onClick=${desk.close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    ${done ? html`<p class="problem good" role="status"><${Icon} name="checkCircle" /><span>${t("flows.publishedDone", { version: done.published })}</span></p>` : html`
      ${ready.busy || live.busy ? html`<${Loading} label=${t("flows.checking")} />` : errors > 0 ? html`<p class="problem"><${Icon} name="unplug" /><span>${t("flows.notReady", { n: errors })}</span></p>` : html`<p class="problem good"><${Icon} name="checkCircle" /><span>${t("flows.ready")}</span></p>`}
      ${live.data && !done && html`<fieldset><legend>${t("flows.since", { version: desk.published })}</legend><${Differences} before=${tidy(live.data)} after=${editor.doc} /></fieldset>`}
      <${Field} label=${t("flows.comment")} hint=${t("flows.commentHint")}><textarea rows="2" maxlength="500" value=${comment} onInput=${(/** @type {any} */ e) => setComment(e.target.value)} /><//>
      <${Problem} error=${publish.error ?? desk.check.error} />
      <div class="form-end"><button type="submit" class="button primary" disabled=${publish.busy || ready.busy || errors > 0 || desk.problems === null || desk.conflict}>${publish.busy ? t("action.busy") : t("flows.publishNow")}</button><button type="button" class="button" onClick=${desk.close}>${t("action.cancel")}</button></div>`}
  </form>`;
}
