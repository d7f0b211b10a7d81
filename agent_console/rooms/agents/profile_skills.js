/** What a person can do, in his profile: a line for each skill with its level. */

import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Loading, Problem, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{name: string, level: number}} Line */
/** @typedef {{lines: Line[], put: (lines: Line[]) => void, known: string[], changed: boolean, kept: () => Record<string, number>, answer: any}} SkillsForm */

/** The skills of a person as they stand (none for a new one), and as they are in the form. @param {Api} api @param {number | null} userId @returns {SkillsForm} */
export function useSkills(api, userId) {
  const answer = useAnswer(async () => {
    const [names, own] = await Promise.all([api.get("skills"), userId === null ? { skills: {} } : api.get(`agents/${userId}/skills`)]);
    return { known: /** @type {string[]} */ (names.items), own: /** @type {Record<string, number>} */ (own.skills) };
  }, [userId]);
  const [edited, setEdited] = useState(/** @type {Line[] | null} */ (null));
  const lines = edited ?? Object.entries(answer.data?.own ?? {}).map(([name, level]) => ({ name, level })).sort((a, b) => a.name.localeCompare(b.name));
  const kept = () => Object.fromEntries(lines.filter((line) => line.name.trim()).map((line) => [line.name.trim(), line.level]));
  return { lines, put: setEdited, known: answer.data?.known ?? [], changed: edited !== null, kept, answer };
}

/** @param {{skills: SkillsForm}} props */
export function Skills({ skills }) {
  const { lines, put, known, answer } = skills;
  const change = (/** @type {number} */ n, /** @type {Partial<Line>} */ part) => put(lines.map((line, at) => (at === n ? { ...line, ...part } : line)));
  return html`<fieldset class="skills"><legend>${t("profiles.skills")}</legend>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    <datalist id="profile-skills">${known.filter((name) => !lines.some((line) => line.name === name)).map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    ${lines.map((line, n) => html`<div class="skill-line" key=${n}>
      <input required maxlength="50" list="profile-skills" aria-label=${t("moves.skill")} value=${line.name} onInput=${(/** @type {any} */ e) => change(n, { name: e.target.value })} />
      <select aria-label=${t("moves.level")} value=${String(line.level)} onChange=${(/** @type {any} */ e) => change(n, { level: Number(e.target.value) })}>${[5, 4, 3, 2, 1].map((level) => html`<option key=${level} value=${String(level)}>${t(`moves.level.${level}`)}</option>`)}</select>
      <button type="button" class="icon-button" title=${t("profiles.skillRemove")} onClick=${() => put(lines.filter((_, at) => at !== n))}><${Icon} name="close" size=${16} label=${t("profiles.skillRemove")} /></button></div>`)}
    ${answer.data && html`<button type="button" class="button small" onClick=${() => put([...lines, { name: "", level: 3 }])}><${Icon} name="plus" size=${15} />${t("profiles.skillAdd")}</button>`}
  </fieldset>`;
}
