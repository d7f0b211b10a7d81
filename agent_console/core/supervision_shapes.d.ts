/** The JSON of supervision and of the list of lost calls. Times are unix seconds. */

export type MonitorMode = "listen" | "whisper" | "barge" | "takeOver";
export interface MonitorPersonJson { user_id: number; name: string; device: string }
export interface MonitoringJson {
  id: string; pbx: string; supervisor: MonitorPersonJson; agent: MonitorPersonJson; team: string; queue: string | null;
  call_id: string; number: string; mode: MonitorMode; state: "ringing" | "on" | "ended"; muted: boolean; told: boolean;
  asked_at: number; on_at: number | null; mode_since: number | null; ended_at: number | null; end_reason: string | null;
}
export interface MonitoredByJson { id: string; name: string; mode: MonitorMode; since: number; call_id: string }
export interface LostJson {
  id: number; state: "open" | "claimed" | "done" | "dismissed" | "reached" | "calledBack"; number: string; name: string;
  callable: boolean; calls: number; queues: string[]; first_at: number; last_at: number; longest_wait: number;
  claimed_by: number | null; claimed_by_name: string; claimed_at: number | null; attempts: number; attempt_at: number | null;
  ended_at: number | null; ended_by: number | null; ended_by_name: string; reason: string; revision: number;
}
export type { PushMessage } from "./shapes.js";
