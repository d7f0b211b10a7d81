/** The JSON of changes for many agents. Times are unix seconds. */

export interface PlaceJson { queue: string; penalty: number }
export type MoveKind = "add" | "remove" | "penalty" | "only" | "skill";
export interface ChangeJson { kind: MoveKind; queues: string[]; penalty: number | null; skill: string; level: number | null }
export interface MoveItemJson {
  user_id: number; name: string; before: PlaceJson[]; after: PlaceJson[]; level_before: number | null; level_after: number | null;
  state: "planned" | "done" | "kept" | "failed" | "refused" | "unchanged" | "undone" | "changed"; reason: string;
}
export interface MoveJson {
  id: number; by: number; by_name: string; at: number; change: ChangeJson; until: number | null; text: string;
  undo_until: number; items: MoveItemJson[]; undone_at: number | null; undone_by_name: string;
}
