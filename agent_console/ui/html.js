/** The one way by which text reaches a page: htm on Preact, which escapes everything. */

import { Component, cloneElement, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";
import "../vendor/signals.js";

export { Component, cloneElement, render };
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
export { computed, effect, signal, useComputed, useSignal, useSignalEffect } from "../vendor/signals.js";

export const html = /** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */ (htm.bind(h));

/**
 * A component that is drawn anew only when one of its properties is another object or value. Rows of long tables.
 * @param {(props: any) => any} draw
 */
export function memo(draw) {
  return class extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      const now = /** @type {any} */ (this.props);
      return Object.keys(next).some((key) => next[key] !== now[key]);
    }

    /** @param {any} props */
    render(props) {
      return draw(props);
    }
  };
}

/** Class names that are wanted. @param {...(string | false | null | undefined)} names */
export function cls(...names) {
  return names.filter(Boolean).join(" ");
}
