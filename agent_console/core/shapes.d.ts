/** The JSON that the server sends, as docs/contract.md states it. Times are unix seconds. */

export type AgentState =
  | "loggedOff" | "ready" | "notReady" | "alerting" | "busy" | "workingAfterCall" | "unreachable";
export type CallState = "initiated" | "queued" | "delivered" | "established" | "held" | "cleared";
export type Direction = "inbound" | "outbound" | "internal";
export type Role = "agent" | "supervisor" | "qa" | "admin";

export interface LinkJson { pbx: string; up: boolean; since: number; reason: string; version: string }
export interface ServiceLevelJson { definition: string; seconds: number; target: number; short_abandon_seconds: number }
export interface SystemJson {
  recordings?: { disk_low: boolean; free_mb: number; trouble: string; full_at?: number | null };
  forgotten?: string[];
  links: LinkJson[];
  server: { version: string; started_at: number; now: number };
  site: { timezone: string; language: string; service_level: ServiceLevelJson; queue_labels?: Record<string, string> };
  database: { up: boolean; since: number | null };
}
export interface WaitingJson { call_id: string; number: string; name: string; position: number; joined_at: number }
export interface FiguresJson {
  offered: number; answered: number; abandoned: number; short_abandoned: number; called_back?: number; not_reached?: number;
  answered_within: number; abandoned_within: number;
  service_level: number | null; asa: number | null; longest_wait_today: number;
}
export interface QueueAgentsJson {
  ready: number; busy: number; alerting: number; acw: number; not_ready: number; unreachable: number; logged_on: number;
}
export interface QueueJson {
  pbx: string; name: string; label: string; waiting: WaitingJson[];
  figures: FiguresJson; agents: QueueAgentsJson; day_start: number; goal: { seconds: number; target: number };
}
export interface AgentCallJson {
  id: string; number: string; name: string; direction: Direction; state: CallState; since: number; queue: string | null;
}
export interface TodayJson { answered: number; missed: number; talk_seconds: number; hold_seconds?: number }
export interface AgentJson {
  pbx: string; device: string; user_id: number | null; login: string | null; name: string; team?: string;
  state: AgentState; reason: string; since: number;
  queues: { queue: string; penalty: number; paused: boolean }[];
  call: AgentCallJson | null; today: TodayJson; shift?: AgentShiftJson | null; location?: string;
  call: AgentCallJson | null; today: TodayJson; shift?: AgentShiftJson | null;
  skills?: Record<string, number>;
}
export interface AgentShiftJson { signed_in: boolean; limit_at: number | null; acw_until: number | null; missed: number }
export interface ReasonJson { code: string; zh: string; en: string; limit_seconds: number | null; active: boolean }
export interface QueueSettingJson { pbx: string; queue: string; acw_seconds: number; outcome_required: boolean }
export interface ShiftJson {
  signed_in: boolean; state: "loggedOff" | "ready" | "notReady" | "workingAfterCall"; reason: string; since: number | null;
  limit_at: number | null; overrun: boolean; next: { state: string; reason: string } | null;
  acw: { call_id: string; queue: string; started_at: number; until: number; extendable: boolean; outcome_required: boolean } | null;
  reasons: ReasonJson[]; queues: { queue: string; signed_in: boolean; static: boolean }[]; tab: string;
}
/** What was done with the shift, to be shown once. */
export interface ShiftNotice { type: string; ts: number; data: any }
export interface LegJson {
  id: string; channel: string; device: string; role: "customer" | "agent" | "system"; state: string;
  number: string; name: string; started_at: number; answered_at: number | null; ended_at: number | null; cause: number | null;
}
export interface SegmentJson {
  n: number; kind: "ivr" | "queue" | "ring" | "talk" | "park" | "conference";
  started_at: number; ended_at: number | null; result: string | null; queue: string | null; device: string | null;
  leg_id: string | null; held_seconds: number; exact: boolean; agent_name?: string | null;
}
export interface CallJson {
  id: string; pbx: string; linkedid: string; state: CallState; direction: Direction; number: string; name: string;
  withheld: boolean; dialled: string; queue: string | null; started_at: number; answered_at: number | null;
  ended_at: number | null; outcome: string | null; legs: LegJson[]; segments: SegmentJson[];
  data: Record<string, string>; customer: { id: number; name: string } | null;
}
export interface MyCallJson {
  id: string; state: CallState; direction: Direction; number: string; name: string; queue: string | null; dialled: string;
  delivered_at: number | null; answered_at: number | null; held: boolean; ended_at: number | null; outcome: string | null;
  data: Record<string, string>; my_leg_state: "initiated" | "alerting" | "connected" | "held" | "cleared";
}
export interface NumberJson {
  raw: string; e164: string | null; national: string | null; display: string; province: string; carrier: string; withheld: boolean;
  /** Province and carrier by language. */
  places?: Record<string, { province?: string; carrier?: string }>;
}
export interface ContactJson { id: number; kind: "phone" | "email" | "wechat"; value: string; display: string; primary: boolean }
export interface InteractionJson {
  id: number; kind: string; at: number; agent_name: string; direction: string; summary: string; outcome: string | null;
}
export interface NoteJson { id: number; at: number; author: string; text: string; open: boolean }
export interface CustomerJson {
  id: number; name: string; company: string; tier: string; language: string; status: "new" | "known";
  contacts: ContactJson[]; fields: Record<string, string | number | boolean | null>; interactions: InteractionJson[]; notes: NoteJson[]; version: number;
}
export interface CandidateJson { id: number; name: string; company: string; tier: string }
export interface PopJson {
  call_id: string; at: number; status: "looking" | "matched" | "several" | "new" | "withheld" | "numberOnly";
  number: NumberJson; customer: CustomerJson | null; candidates: CandidateJson[]; queue: string | null; dialled: string;
  data: Record<string, string>; state: "ringing" | "talking" | "after";
  /** Set here, not by the server: it is no longer a pop there, but what was written about it may be unsaved. */
  gone?: boolean;
}
export interface MeJson { agent: AgentJson | null; calls: MyCallJson[]; pops: PopJson[]; today: TodayJson | null; shift?: ShiftJson | null; monitored_by?: import("./supervision_shapes.js").MonitoredByJson[]; phone?: PhoneJson | null; control?: import("./control_shapes.js").ControlJson[]; help?: import("./help_shapes.js").HelpJson; recording?: MyRecordingJson[] }
/** The recording of one's own call; `resumes_at` when a pause ends by itself. */
export interface MyRecordingJson { call_id: string; state: "on" | "paused" | "silent" | "off"; since: number; resumes_at: number | null; trouble?: string }
/** The browser phone: `key` names the page that has it, null when none has. */
export interface PhoneJson { device: string; key: string | null; since: number | null; passed: boolean }
export interface UserJson {
  id: number; login: string; name: string; roles: Role[]; language: string;
  must_change_password?: boolean; disabled?: boolean; disabled_at?: number | null; created_at?: number;
  /** Limited to these; empty: not limited. */
  teams?: string[]; queues?: string[];
}
export interface WhoJson { user: UserJson; agent: { pbx: string; device: string; queues: unknown[] } | null; must_change_password?: boolean }
export interface OutcomeJson { code: string; zh: string; en: string }

/** A message of the push stream, after the handshake. */
export interface PushMessage {
  seq: number; epoch?: string; ts: number; type: string; topic: string; data: any;
}
