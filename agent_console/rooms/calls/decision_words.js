/** Decisions in words. */

import { t, word } from "../../core/i18n.js";

/** @param {{code: string, values: Record<string, any>}} reason */
export function reasonText({ code, values }) {
  const tier = typeof values.tier === "string" ? word("valueTier", values.tier) : values.tier;
  return t(`why.${code}`, { ...values, ...(tier === undefined ? {} : { tier }) });
}

/**
 * What goes into the sentence of a decision.
 * @param {any} one @param {(queue: string) => string} label @param {(device: string) => string} short
 */
export function resultValues(one, label, short) {
  const [to, target] = String(one.result).split(":");
  return {
    queue: label(one.queue),
    result: one.kind === "preferred" ? short(one.result) || "–" : one.result,
    to: one.kind === "overflow" ? [word("overflowTo", to), target && (to === "queue" ? label(target) : target)].filter(Boolean).join(" ") : "",
  };
}
