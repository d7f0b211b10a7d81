/** What the editor asks of the server: save, check, publish, roll back; and what it does when somebody else was quicker. */

import { ApiError } from "../../core/api.js";
import { tidy } from "../../core/flow_edit.js";
import { useMemo, useState } from "../../ui/html.js";
import { useAction } from "../../ui/parts.js";
import { Figures } from "./flow_figures.js";
import { Publish } from "./flow_publish.js";
import { Try } from "./flow_try.js";
import { Versions } from "./flow_versions.js";

/** @import { Api } from "../../core/api.js" */
/** @import { FlowDoc, Problem } from "../../core/flow_shapes.js" */

/** @type {Record<string, any>} */
const panels = { try: Try, publish: Publish, versions: Versions, figures: Figures };

/**
 * @param {{api: Api, flow: any, doc: FlowDoc, dirty: boolean, setSaved: (doc: FlowDoc) => void, replace: (doc: FlowDoc) => void}} props
 */
export function useDesk({ api, flow, doc, dirty, setSaved, replace }) {
  const [state, setState] = useState({ revision: /** @type {number} */ (flow.revision), published: /** @type {number | null} */ (flow.published), savedAt: flow.draft_at, savedBy: flow.draft_by_name });
  const [problems, setProblems] = useState(/** @type {Problem[] | null} */ (null));
  const [checked, setChecked] = useState(/** @type {FlowDoc | null} */ (null));
  const [conflict, setConflict] = useState(/** @type {any} */ (null));
  const [panel, setPanel] = useState(/** @type {string | null} */ (null));
  const path = `flows/${flow.key}`;

  const heard = (/** @type {any} */ told) => setState({ revision: told.revision, published: told.published, savedAt: told.draft_at, savedBy: told.draft_by_name });
  const put = async (/** @type {FlowDoc} */ wanted, /** @type {number} */ revision) => {
    try {
      const told = await api.put(`${path}/draft`, { draft: wanted, revision });
      heard(told);
      setProblems(told.findings);
      setChecked(wanted);
      setSaved(wanted);
      setConflict(null);
    } catch (error) {
      if (error instanceof ApiError && error.code === "flow_changed") setConflict({ theirs: await api.get(path) });
      throw error;
    }
  };
  const save = useAction(async () => (dirty || conflict ? put(doc, state.revision) : undefined));
  const check = useAction(async () => {
    setProblems(await api.post(`${path}/check`, { draft: doc }));
    setChecked(doc);
  });
  const settle = {
    mine: useAction(async () => put(doc, conflict.theirs.revision)),
    theirs: () => {
      replace(conflict.theirs.draft);
      setSaved(tidy(conflict.theirs.draft));
      heard(conflict.theirs);
      setConflict(null);
    },
  };
  const faults = useMemo(() => {
    /** @type {Map<string, string>} */
    const found = new Map();
    for (const one of problems ?? []) if (one.node && (one.severity === "error" || !found.has(one.node))) found.set(one.node, one.severity);
    return found;
  }, [problems]);
  return {
    ...state, path, save, check, conflict, settle, problems, faults, stale: problems !== null && checked !== doc,
    panelName: panel, panel: panel ? panels[panel] : null,
    open: (/** @type {string} */ name) => setPanel(panel === name ? null : name), close: () => setPanel(null), dropProblems: () => setProblems(null),
    heard,
  };
}
