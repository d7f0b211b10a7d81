/** The outcomes that the site has settled, by name. */

import { language } from "../../core/i18n.js";

/** @import { OutcomeJson } from "../../core/shapes.js" */

/** An outcome in the language of the page; the code itself when the site no longer has it. @param {OutcomeJson[]} outcomes @param {string} code */
export function outcomeName(outcomes, code) {
  const found = outcomes.find((one) => one.code === code);
  return (found && (language.value === "en" ? found.en : found.zh)) || code;
}
