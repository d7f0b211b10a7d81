/** What the server tells an agent of the control of his calls. Times are unix seconds. */

export type Stage = "ringing" | "dialling" | "talking" | "held" | "asking" | "consulting" | "conference" | "waiting" | "alone";
export type Command = "hangup" | "hold" | "retrieve" | "mute" | "dtmf" | "transfer" | "consult" | "swap" | "complete" | "cancel" | "conference" | "members" | "park";
export interface PartyJson { leg: string; number: string; name: string; user_id: number | null; state: "dialling" | "ringing" | "talking" | "held" }
export interface MemberJson { leg: string; number: string; name: string; user_id: number | null; mine: boolean; muted: boolean; listen_only: boolean }
/** `can` holds for each command the code why it is not possible, empty when it is. */
export interface ControlJson {
  call_id: string; stage: Stage; muted: boolean; can: Record<Command, string>; tried: "" | "busy" | "noAnswer" | "unreachable";
  consult: PartyJson | null; members: MemberJson[];
}
export interface TargetJson { kind: "agent" | "extension" | "external" | "queue"; value: string }
export interface ColleagueJson { user_id: number; name: string; number: string; team: string; state: string; reason: string; since: number | null; reachable: boolean }
export interface QueueLineJson { name: string; label: string; waiting: number; ready: number; agents: number }
export interface DirectoryJson { agents: ColleagueJson[]; queues: QueueLineJson[] }
export interface ParkedJson { slot: string; call_id: string; number: string; name: string; since: number }
