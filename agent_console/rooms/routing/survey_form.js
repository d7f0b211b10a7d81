/** One survey: its questions with a text for each language, and the share of calls that are asked. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** The texts are spoken when they are saved. */
const SPOKEN_MILLISECONDS = 60_000;

/** @import { Api } from "../../core/api.js" */
/** @import { SurveyItem, SurveyQuestion } from "../../core/work_shapes.js" */

const MOST = 5;
const LANGUAGES = ["zh-CN", "en"];

/** @param {{api: Api, item: SurveyItem, close: () => void, onSaved: () => void}} props */
export function SurveyDialog({ api, item, close, onSaved }) {
  const [key, setKey] = useState(item.key);
  const [survey, setSurvey] = useState(item.survey);
  const action = useAction(async () => {
    await api.ask("PUT", `surveys/${encodeURIComponent(key.trim())}`, { survey: sent(survey), revision: item.revision }, "application/json", {}, SPOKEN_MILLISECONDS);
    onSaved();
  });
  const change = (/** @type {Partial<SurveyItem["survey"]>} */ part) => setSurvey({ ...survey, ...part });
  const question = (/** @type {number} */ n, /** @type {Partial<SurveyQuestion>} */ part) => change({ questions: survey.questions.map((one, at) => (at === n ? { ...one, ...part } : one)) });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void action.run();
  };
  return html`<${Dialog} title=${item.revision ? t("survey.edit", { name: item.survey.title }) : t("survey.add")} close=${close} wide><form class="stack" onSubmit=${submit}>
    <div class="form-row"><${Field} label=${t("survey.name")}><input required maxlength="100" value=${survey.title} onInput=${(/** @type {any} */ e) => change({ title: e.target.value })} /><//>
      <${Field} label=${t("survey.key")} hint=${t("survey.keyHint")}><input required pattern="[a-z][a-z0-9_\\-]*" maxlength="32" disabled=${item.revision > 0} value=${key} onInput=${(/** @type {any} */ e) => setKey(e.target.value)} /><//>
      <${Field} label=${t("survey.share")} hint=${t("survey.shareHint")}><input type="number" required min="0" max="100" value=${survey.share} onInput=${(/** @type {any} */ e) => change({ share: Number(e.target.value) })} /><//></div>
    ${survey.questions.map((one, n) => html`<fieldset key=${n} class="stack survey-question"><legend>${t("survey.question", { n: n + 1 })}</legend>
      <div class="form-row"><${Field} label=${t("survey.kind")}><select value=${one.kind} onChange=${(/** @type {any} */ e) => question(n, { kind: e.target.value })}><option value="csat">${t("survey.csatKeys")}</option><option value="nps">${t("survey.npsKeys")}</option></select><//>
        <${Field} label=${t("survey.label")}><input maxlength="100" value=${one.label} onInput=${(/** @type {any} */ e) => question(n, { label: e.target.value })} /><//></div>
      ${one.speech.every((part) => part.say === "text") ? LANGUAGES.map((language) => html`<${Field} key=${language} label=${t("survey.text", { language: t(`surveyLanguage.${language}`) })}><input maxlength="500" value=${one.speech[0]?.text?.[language] ?? ""} onInput=${(/** @type {any} */ e) => question(n, { speech: [{ say: "text", text: { ...one.speech[0]?.text, [language]: e.target.value } }] })} /><//>`) : html`<p class="panel-line">${t("survey.byPrompts")}</p>`}
      ${survey.questions.length > 1 && html`<div><button type="button" class="button small" onClick=${() => change({ questions: survey.questions.filter((_, at) => at !== n) })}><${Icon} name="close" size=${15} />${t("survey.remove")}</button></div>`}
    </fieldset>`)}
    ${survey.questions.length < MOST && html`<div><button type="button" class="button small" onClick=${() => change({ questions: [...survey.questions, { kind: "nps", label: "", timeout_seconds: 6, speech: [{ say: "text", text: {} }] }] })}><${Icon} name="plus" size=${15} />${t("survey.addQuestion")}</button></div>`}
    <label class="check"><input type="checkbox" checked=${survey.active} onChange=${(/** @type {any} */ e) => change({ active: e.target.checked })} />${t("survey.active")}</label>
    <${Problem} error=${action.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${action.busy}>${action.busy ? t("action.busy") : t("action.save")}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** Without texts that were left empty. @param {SurveyItem["survey"]} survey */
function sent(survey) {
  const clean = (/** @type {SurveyQuestion["speech"][0]} */ part) => (part.text ? { ...part, text: Object.fromEntries(Object.entries(part.text).filter(([, text]) => text.trim())) } : part);
  return { ...survey, questions: survey.questions.map((one) => ({ ...one, speech: one.speech.map(clean).filter((part) => !part.text || Object.keys(part.text).length > 0) })) };
}
