/** What comes next? A new node of some kind, or one that is there already: one list, searched by typing. */

import { kindIcons, summary } from "../../core/flow_words.js";
import { t, word } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { exitName, nodeName } from "./flow_node.js";

/** @import { Editor, Behind } from "./flow_editor.js" */

/** @param {{editor: Editor, behind: Behind, close: () => void}} props */
export function Palette({ editor, behind, close }) {
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const { doc, kinds } = editor;
  const heard = (/** @type {string[]} */ ...texts) => texts.join(" ").toLowerCase().includes(wanted.trim().toLowerCase());
  const fresh = Object.values(kinds).filter((kind) => heard(word("flows.kind", kind.kind), word("flows.kindHint", kind.kind), kind.kind)).map((kind) => ({
    key: `kind.${kind.kind}`, icon: kindIcons[kind.kind] ?? "flow", name: word("flows.kind", kind.kind), hint: word("flows.kindHint", kind.kind), group: kind.group, act: () => editor.add(kind, behind),
  }));
  const there = !behind ? [] : Object.entries(doc.nodes).filter(([id, node]) => id !== behind.node && heard(nodeName(node, id), id, summary(node, doc.languages[0] ?? ""))).map(([id, node]) => ({
    key: `node.${id}`, icon: kindIcons[node.kind] ?? "flow", name: nodeName(node, id), hint: id, group: "there",
    act: () => {
      editor.connect(behind.node, behind.exit, id);
      editor.choose(id, null, false, behind.node);
    },
  }));
  const all = [...fresh, ...there];
  const here = Math.min(at, Math.max(0, all.length - 1));
  useEffect(() => list.current?.querySelector(".here")?.scrollIntoView({ block: "nearest" }), [here]);
  const take = (/** @type {{act: () => void} | undefined} */ one) => {
    if (!one) return;
    close();
    one.act();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") setAt(Math.min(here + 1, all.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(here - 1, 0));
    else if (event.key === "Enter") take(all[here]);
    else return;
    event.preventDefault();
  };
  const from = behind ? doc.nodes[behind.node] : undefined;
  const title = from && behind ? t("flows.whatNext", { node: nodeName(from, behind.node), exit: behind.exit === "+" ? t("flows.newKey") : exitName(from, behind.exit) }) : t("flows.newNode");
  return html`<${Dialog} title=${title} close=${close} wide=${true}><div class="palette" onKeyDown=${keys}>
    <div class="search palette-search"><${Icon} name="search" size=${16} /><input type="search" autofocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${all[here] ? `palette-${here}` : undefined}
      aria-label=${t("flows.search")} placeholder=${t("flows.search")} value=${wanted} onInput=${(/** @type {any} */ e) => { setWanted(e.target.value); setAt(0); }} /></div>
    <ul class="palette-list" id="palette-list" role="listbox" aria-label=${title} ref=${list}>
      ${all.map((one, n) => html`${(n === 0 || all[n - 1]?.group !== one.group) && html`<li key=${`g.${one.group}.${n}`} class="palette-group" role="presentation">${word("flows.group", one.group)}</li>`}
        <li key=${one.key} id=${`palette-${n}`} role="option" aria-selected=${n === here ? "true" : "false"} class=${cls("palette-one", `group-${one.group}`, n === here && "here")} onClick=${() => take(one)} onPointerMove=${() => setAt(n)}>
          <span class="palette-sign"><${Icon} name=${one.icon} /></span><span><b>${one.name}</b><small>${one.hint}</small></span></li>`)}
      ${all.length === 0 && html`<li class="palette-none">${t("flows.nothingFound")}</li>`}
    </ul></div><//>`;
}
