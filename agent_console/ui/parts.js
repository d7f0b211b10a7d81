/** Small parts that every room uses. */

import { errorText } from "../core/api.js";
import { t, word } from "../core/i18n.js";
import { reasonWord } from "../core/shift.js";
import { duration, second } from "../core/time.js";
import { cloneElement, cls, computed, html, useEffect, useId, useMemo, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";

/** @type {Record<string, string>} */
export const stateIcons = {
  ready: "checkCircle", notReady: "pause", busy: "phone", alerting: "bell", workingAfterCall: "pen",
  unreachable: "unplug", loggedOff: "power",
};

/** An agent's state as sign, word and colour. @param {{state: string, reason?: string, size?: string}} props */
export function StateBadge({ state, reason, size }) {
  const shown = reason && state === "notReady" ? `${word("state", state)} · ${reasonWord(reason)}` : word("state", state);
  return html`<span class=${cls("state", `state-${state}`, size)}><${Icon} name=${stateIcons[state] ?? "clock"} size=${size === "large" ? 22 : 16} />
    <span class="state-word">${shown}</span></span>`;
}

/**
 * The time since a moment, running by the server's clock. Only the text changes when a second passes.
 * `frozenAt` stops it: what is old does not go on counting.
 * @param {{since: number, frozenAt?: number | null, class?: string, label?: string}} props
 */
export function Elapsed({ since, frozenAt = null, class: name, label }) {
  const text = useMemo(() => computed(() => duration((frozenAt ?? second.value) - Math.floor(since))), [since, frozenAt]);
  return html`<time class=${cls("elapsed", name)} aria-label=${label} role=${label ? "timer" : undefined}>${text}</time>`;
}

/** Nothing to show, said kindly. @param {{icon: string, title: string, text?: string, children?: any}} props */
export function Empty({ icon, title, text, children }) {
  return html`<div class="empty"><div class="empty-mark"><${Icon} name=${icon} size=${26} /></div>
    <p class="empty-title">${title}</p>${text && html`<p class="empty-text">${text}</p>`}${children}</div>`;
}

/** @param {{label?: string}} props */
export function Loading({ label }) {
  return html`<div class="loading" role="status"><span class="spinner" aria-hidden="true"></span><span>${label ?? t("loading")}</span></div>`;
}

/** What went wrong, where it went wrong. @param {{error: unknown, again?: () => void}} props */
export function Problem({ error, again }) {
  if (!error) return null;
  return html`<div class="problem" role="alert"><${Icon} name="unplug" /><span>${errorText(error)}</span>
    ${again && html`<button type="button" class="button small" onClick=${again}>${t("action.tryAgain")}</button>`}</div>`;
}

/**
 * A label above its field. The hint belongs to the field, not to its name; several fields in one place make a group.
 * @param {{label: string, hint?: string, children: any, wide?: boolean}} props
 */
export function Field({ label, hint, children, wide }) {
  const id = useId();
  const field = Array.isArray(children) ? children[0] : children;
  const name = cls("field", wide && "wide");
  if (!["input", "select", "textarea"].includes(field.type)) {
    return html`<div class=${name} role="group" aria-labelledby=${id}><span class="field-label" id=${id}>${label}</span>${children}</div>`;
  }
  return html`<div class=${name}><label class="field-label" for=${id}>${label}</label>${cloneElement(field, { id, "aria-describedby": hint ? `${id}-hint` : undefined })}
    ${hint && html`<span class="field-hint" id=${`${id}-hint`}>${hint}</span>`}</div>`;
}

/**
 * Ask the server once when the page opens and whenever `keys` change.
 * @template T
 * @param {() => Promise<T>} ask @param {unknown[]} keys
 * @returns {{data: T | null, error: unknown, busy: boolean, again: () => void, set: (data: T) => void}}
 */
export function useAnswer(ask, keys) {
  const [state, setState] = useState(/** @type {{data: T | null, error: unknown, busy: boolean}} */ ({ data: null, error: null, busy: true }));
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    setState((before) => ({ ...before, busy: true, error: null }));
    ask().then(
      (data) => wanted && setState({ data, error: null, busy: false }),
      (error) => wanted && setState((before) => ({ ...before, error, busy: false })),
    );
    return () => {
      wanted = false;
    };
  }, [...keys, round]);
  return { ...state, again: () => setRound(round + 1), set: (data) => setState({ data, error: null, busy: false }) };
}

/**
 * Something a person asks for: busy while under way, the error afterwards, never twice at once.
 * @param {(...given: any[]) => Promise<any>} act
 * @returns {{run: (...given: any[]) => Promise<boolean>, busy: boolean, error: unknown, clear: () => void}}
 */
export function useAction(act) {
  const [state, setState] = useState({ busy: false, error: /** @type {unknown} */ (null) });
  const running = useRef(false);
  const run = async (/** @type {any[]} */ ...given) => {
    if (running.current) return false;
    running.current = true;
    setState({ busy: true, error: null });
    try {
      await act(...given);
      setState({ busy: false, error: null });
      return true;
    } catch (error) {
      setState({ busy: false, error });
      return false;
    } finally {
      running.current = false;
    }
  };
  return { run, ...state, clear: () => setState({ busy: false, error: null }) };
}
