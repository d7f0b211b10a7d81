/** The shift on the agent's page: which tab acts, notices, and the controls for the state bar. */

import { acts } from "../../core/shift.js";
import { html, useEffect, useMemo } from "../../ui/html.js";
import { useAction } from "../../ui/parts.js";
import { ShiftBar } from "./shift_bar.js";
import { ShiftNotices, TakenOver } from "./shift_marks.js";

/** @import { Api } from "../../core/api.js" */
/** @import { MeState } from "../../core/topics.js" */

/** A random name for this tab, good until it is loaded anew. */
function newTab() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {{me: MeState | null, api: Api, stopped: boolean}} given
 * @returns {{controls: any, notices: any}} for the state bar, and for above it
 */
export function useShift({ me, api, stopped }) {
  const tab = useMemo(newTab, []);
  const take = useAction(() => api.command("me/shift/tab", { tab }));
  const has = Boolean(me?.shift);
  useEffect(() => {
    // The page that was opened last acts.
    if (has) take.run();
  }, [has]);
  if (!me?.shift) return { controls: null, notices: me && html`<${ShiftNotices} notice=${me.notice} />` };
  const mine = acts(me.shift, tab) || take.busy;
  return {
    controls: mine ? html`<${ShiftBar} shift=${me.shift} agent=${me.agent} api=${api} stopped=${stopped} />` : null,
    notices: html`${!mine && html`<${TakenOver} onTake=${() => take.run()} busy=${take.busy} />`}<${ShiftNotices} notice=${me.notice} />`,
  };
}
