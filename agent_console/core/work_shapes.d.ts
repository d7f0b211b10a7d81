/** The JSON of callbacks, messages and surveys. Times are unix seconds. */
export interface CallbackItem {
  id: number; revision: number; state: "waiting" | "claimed" | "offered" | "reached" | "failed" | "cancelled"; pbx: string; queue: string;
  number: string; name: string; customer_id: number | null; call_id: string; did: string; priority: number; joined_at: number; booked_at: number;
  due_at: number | null; not_before: number | null; attempts: number; attempt: string | null; offered_at: number | null;
  claimed_by: number | null; claimed_by_name: string; ended_at: number | null; ended_by_name: string; reason: string; number_key: string;
}
export interface VoicemailItem {
  id: number; revision: number; state: "open" | "claimed" | "done" | "dismissed" | "deleted"; pbx: string; call_id: string; queue: string;
  number: string; did: string; began_at: number; seconds: number; new: boolean; claimed_by: number | null; claimed_by_name: string;
  ended_at: number | null; ended_by_name: string; reason: string;
}
export interface SurveyQuestion { kind: "csat" | "nps"; label: string; timeout_seconds: number; speech: {say: string; prompt?: string; text?: Record<string, string>; only?: string[]}[] }
export interface SurveyItem {
  key: string; revision: number; changed_by_name: string; changed_at: number;
  survey: {title: string; share: number; queues: Record<string, number>; questions: SurveyQuestion[]; active: boolean};
}
export interface SurveyResult { survey: string; kind: "csat" | "nps"; queue: string | null; user_id: number | null; name: string; asked: number; answered: number; mean: number | null; score: number | null; calls: number }
export type { PushMessage } from "./shapes.js";
