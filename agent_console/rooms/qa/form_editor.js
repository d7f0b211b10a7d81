/** A form while it is made: sections and questions beside how the grader will see them. */

import { t } from "../../core/i18n.js";
import { freshKey, moved } from "../../core/quality.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";
import { QuestionEditor } from "./question_editor.js";
import { Sheet } from "./sheet.js";

/** @import { Api } from "../../core/api.js" */

/** @param {any} form */
export function newQuestion(form) {
  return { key: freshKey(form), text: "", kind: "yesNo", weight: 10, max: 5, choices: [], critical: false, allow_na: true, guidance: "", good: "", bad: "", comment_under: null, machine: null };
}

/** @param {{api: Api, form: any, back: () => void}} props */
export function FormEditor({ api, form, back }) {
  const [name, setName] = useState(form.name);
  const [document, setDocument] = useState(form.draft ?? form.document);
  const [revision, setRevision] = useState(form.revision);
  const [shown, setShown] = useState("");
  const [dirty, setDirty] = useState(false);
  const put = (/** @type {any} */ change) => {
    setDocument({ ...document, ...change });
    setDirty(true);
  };
  const save = useAction(async () => {
    const told = await api.put(`qa/forms/${form.id}/draft`, { name, form: document, revision });
    setRevision(told.revision);
    setDirty(false);
  });
  const publish = useAction(async () => {
    await api.put(`qa/forms/${form.id}/draft`, { name, form: document, revision });
    await api.post(`qa/forms/${form.id}/publish`);
    back();
  });
  useEffect(() => {
    const ask = (/** @type {Event} */ event) => dirty && event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  const section = (/** @type {number} */ at, /** @type {any} */ change) => put({ sections: document.sections.map((/** @type {any} */ one, /** @type {number} */ n) => (n === at ? { ...one, ...change } : one)) });
  const number = (/** @type {string} */ key, /** @type {string} */ label) => html`<${Field} label=${t(label)}><input type="number" min="0" max="100" value=${document[key]} onInput=${(/** @type {any} */ event) => put({ [key]: Number(event.target.value) })} /><//>`;
  const add = (/** @type {number} */ at) => {
    const question = newQuestion(document);
    section(at, { questions: [...document.sections[at].questions, question] });
    setShown(question.key);
  };
  return html`<div class="form-editor"><div class="panel form-head"><button type="button" class="button small" onClick=${back}><${Icon} name="left" size=${16} />${t("qa.back")}</button>
      <span class="push-end">${dirty ? t("qa.unsaved") : ""}</span><button type="button" class="button small" disabled=${!dirty || save.busy} onClick=${() => save.run()}>${t("qa.saveDraft")}</button><button type="button" class="button small primary" disabled=${publish.busy} onClick=${() => publish.run()}><${Icon} name="check" size=${15} />${t("qa.publish")}</button></div>
    <${Problem} error=${save.error || publish.error} />
    <div class="form-columns"><div class="form-parts"><section class="panel form-facts"><${Field} label=${t("qa.name")}><input maxlength="100" value=${name} onInput=${(/** @type {any} */ event) => { setName(event.target.value); setDirty(true); }} /><//>
        <${Field} label=${t("qa.intro")}><textarea rows="2" maxlength="2000" value=${document.intro} onInput=${(/** @type {any} */ event) => put({ intro: event.target.value })}></textarea><//><div class="qa-grid">${number("pass_score", "qa.passScore")}${number("excellent", "qa.excellent")}</div></section>
      ${document.sections.map((/** @type {any} */ one, /** @type {number} */ at) => html`<section class="panel" key=${at}><div class="panel-head section-head"><input aria-label=${t("qa.sectionTitle")} placeholder=${t("qa.sectionTitle")} maxlength="500" value=${one.title} onInput=${(/** @type {any} */ event) => section(at, { title: event.target.value })} />
          <${Moves} at=${at} count=${document.sections.length} move=${(/** @type {number} */ to) => put({ sections: moved(document.sections, at, to) })} remove=${() => put({ sections: document.sections.filter((/** @type {any} */ _, /** @type {number} */ n) => n !== at) })} /></div>
        ${one.questions.map((/** @type {any} */ question, /** @type {number} */ n) => html`<div class="edit-question" key=${question.key}><div class="edit-line"><button type="button" class="edit-title" aria-expanded=${shown === question.key ? "true" : "false"} onClick=${() => setShown(shown === question.key ? "" : question.key)}><${Icon} name=${shown === question.key ? "down" : "right"} size=${15} /><span>${question.text || t("qa.newQuestion")}</span></button>
            <span class="tag">${t(`qaKind.${question.kind}`)}</span><span class="tag">${t("qa.weight", { n: question.weight })}</span>
            <${Moves} at=${n} count=${one.questions.length} move=${(/** @type {number} */ to) => section(at, { questions: moved(one.questions, n, to) })} remove=${() => section(at, { questions: one.questions.filter((/** @type {any} */ other) => other.key !== question.key) })} /></div>
          ${shown === question.key && html`<${QuestionEditor} question=${question} set=${(/** @type {any} */ changed) => section(at, { questions: one.questions.map((/** @type {any} */ other) => (other.key === question.key ? changed : other)) })} />`}</div>`)}
        <button type="button" class="link add-question" onClick=${() => add(at)}><${Icon} name="plus" size=${15} />${t("qa.addQuestion")}</button></section>`)}
      <button type="button" class="button" onClick=${() => put({ sections: [...document.sections, { title: "", questions: [] }] })}><${Icon} name="plus" size=${16} />${t("qa.addSection")}</button></div>
    <div class="form-preview"><h2>${t("qa.preview")}</h2><${Sheet} form=${document} answers=${{}} write=${() => undefined} /></div></div></div>`;
}

/** @param {{at: number, count: number, move: (to: number) => void, remove: () => void}} props */
function Moves({ at, count, move, remove }) {
  return html`<span class="one-line"><button type="button" class="icon-button" disabled=${at === 0} onClick=${() => move(at - 1)}><${Icon} name="up" size=${15} label=${t("qa.moveUp")} /></button><button type="button" class="icon-button" disabled=${at === count - 1} onClick=${() => move(at + 1)}><${Icon} name="down" size=${15} label=${t("qa.moveDown")} /></button>
    <button type="button" class="icon-button" onClick=${remove}><${Icon} name="close" size=${15} label=${t("qa.remove")} /></button></span>`;
}
