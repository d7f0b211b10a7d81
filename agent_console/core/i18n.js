/** Texts in the chosen language. `t("key", {name: value})`; in a text `{name}` is filled, `one | many` chosen by `n`. */

import { signal } from "../vendor/signals-core.js";
import en from "../lang/en.js";
import zh from "../lang/zh-CN.js";

/** @typedef {"zh-CN" | "en"} Language */

/** @type {Record<Language, Record<string, string>>} */
const texts = { "zh-CN": zh, en };

/** The language on the screen; pages that read it are drawn anew when it changes. */
export const language = signal(/** @type {Language} */ ("zh-CN"));

/** Choose a language; anything unknown is left alone. @param {string | null | undefined} wanted */
export function chooseLanguage(wanted) {
  if (wanted && wanted in texts) language.value = /** @type {Language} */ (wanted);
}

/** Is there a text of this name? @param {string} key */
export function known(key) {
  return key in texts[language.value];
}

/**
 * The text of `key`; the key itself when there is none, so that a gap is seen and nothing breaks.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values) {
  let text = texts[language.value][key] ?? texts.en[key] ?? key;
  if (values && "n" in values && text.includes(" | ")) {
    const [one, many] = text.split(" | ");
    const single = new Intl.PluralRules(language.value).select(Number(values.n)) === "one";
    text = /** @type {string} */ (single ? one : many);
  }
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * The text of a word that the server chose (a state, an outcome): the word itself when we have no text for it.
 * @param {string} family such as "state"
 * @param {string | null | undefined} value
 */
export function word(family, value) {
  if (!value) return "";
  const key = `${family}.${value}`;
  return known(key) ? t(key) : value;
}
