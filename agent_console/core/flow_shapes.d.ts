/** A flow as the server keeps it (`docs/flows.md`), and the catalogue of the kinds of nodes. */

export interface FlowNode {
  kind: string;
  label?: string;
  exits?: Record<string, string>;
  [setting: string]: any;
}

export interface FlowDoc {
  format: 1;
  title: string;
  languages: string[];
  start: string;
  nodes: Record<string, FlowNode>;
  note?: string;
}

export interface KindExit {
  name: string;
  needed: boolean;
  otherwise: string | null;
}

export interface Setting {
  name: string;
  form: string;
  needed: boolean;
  default: any;
  schema: any;
}

export interface Kind {
  kind: string;
  group: string;
  settings: Setting[];
  exits: KindExit[];
  per: "key" | "case" | "ending" | null;
  waits: boolean;
}

export type Kinds = Record<string, Kind>;

/** A way out of a node as it is shown: `to` null when it leads nowhere yet; `add` offers one more. */
export interface ShownExit {
  name: string;
  to: string | null;
  needed: boolean;
  otherwise: string | null;
  add?: boolean;
}

export interface History {
  doc: FlowDoc;
  past: FlowDoc[];
  future: FlowDoc[];
  /** What the newest change was about: typing in one field is one step. */
  about: string | null;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Wire {
  from: string;
  exit: string;
  to: string;
  path: string;
  back: boolean;
  middle: { x: number; y: number };
}

export interface Picture {
  places: Record<string, Place>;
  wires: Wire[];
  width: number;
  height: number;
}

export interface Problem {
  severity: string;
  code: string;
  node: string | null;
  [more: string]: any;
}
