/**
 * What crosses RPC between the Worker and a run object: plain values only. Bodies travel as JSON
 * text, made once and sent as they are. Expected failures are values; error classes do not survive.
 */
import type { Caller } from "../model/caller.ts";
import type { JsonObject } from "../model/json.ts";
import type { ProblemSeed } from "../model/problem.ts";
import type { ResumeClaims } from "../security/resume-token.ts";
import type { StartRecord } from "./start-record.ts";

export type Reply =
  | {
      ok: true;
      body: string;
      replayed?: boolean;
      /** How many approvals are still needed, where a decision was recorded and settled nothing. */
      needed?: number;
    }
  | { ok: false; problem: ProblemSeed };

/** Whose resume tokens a caller is shown; absent: nobody's. */
export interface TokenRights {
  /** That of a form. */
  form: boolean;
  /** Those of an approval: of all approvers, of the person with this address, of none. */
  approvals: "all" | "none" | { email: string };
  /** For whom the wait says what they may do; absent: it does not. */
  viewer?: {
    caller: Caller;
    /** Whether they have the scope to decide. */
    decides: boolean;
  };
}

/** For whom a run is shown. */
export interface Viewer {
  /** The one workflow that the caller may see; null: all. */
  only: string | null;
  tokens?: TokenRights;
}

export interface StartRequest {
  record: StartRecord;
  tokens?: TokenRights;
  /** How long the caller waits for the run to settle, in ms; 0: not at all. */
  waitMs: number;
}

/** A caller's key for one request; the same key and body are carried out once. */
export interface RequestKey {
  /** Route, caller and key: what the key is remembered under. */
  name: string;
  /** The name that releases before 0.4 remembered it under. */
  earlier?: EarlierName;
  /** SHA-256 of the canonical body, hex. */
  fingerprint: string;
}

export interface EarlierName {
  name: string;
  /**
   * Set where the name may be that of another caller too: it counts only in a run in whose log this
   * name resumed or canceled.
   */
  onlyIfBy?: string;
}

export interface ResumeRequest extends Viewer {
  key: RequestKey | null;
  answer:
    | { kind: "inputs"; inputs: JsonObject }
    | { kind: "approval"; step_id: string; approved: boolean; comment?: string };
  waitNumber?: number;
  caller: Caller;
  /** A token that we signed: it says who answers which wait, whatever `caller` is. */
  token?: ResumeClaims;
  waitMs: number;
}

export interface CancelRequest {
  key: RequestKey | null;
  only: string | null;
  caller: Caller;
  reason?: string;
}
