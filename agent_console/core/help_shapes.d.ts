/** The JSON of raised hands, messages and notices. Times are unix seconds. */

export interface HandJson {
  id: string; user_id: number; name: string; team: string; raised_at: number; call_id: string | null; number: string; caller: string;
  queue: string | null; coming_by: number | null; coming_by_name: string; coming_at: number | null;
}
export interface MessageJson {
  id: number; agent_id: number; sender_id: number; sender_name: string; from_agent: boolean; text: string; sent_at: number;
  read_at: number | null; read_by_name: string;
}
export interface NoticeJson { id: number; text: string; by: string; sent_at: number; expires_at: number }
export interface ReaderJson { user_id: number; name: string; at: number | null }
export interface SentNoticeJson extends NoticeJson { team: string; withdrawn_at: number | null; readers: ReaderJson[] }
export interface HelpJson { hand: HandJson | null; unread: number; notices: NoticeJson[] }
export interface PauseJson { reason: string; times: number; seconds: number; longest: number; limit_seconds: number | null; over: number }
export interface CallbackJson {
  source: string; ref: string; number: string; name: string; customer_id: number | null; since: number; due_at: number | null; attempts: number;
}
export interface DayJson {
  day_start: number; at: number; handled: number; talk_seconds: number; hold_seconds: number; acw_seconds: number; ready_seconds: number;
  on_call_seconds: number; aht: number | null; acw_average: number | null; occupancy: number | null; pauses: PauseJson[];
  callbacks: CallbackJson[]; callbacks_complete: boolean;
}
