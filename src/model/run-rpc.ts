/**
 * What crosses RPC between the Worker and a run object: plain values only. Expected failures are
 * values: error classes do not survive RPC.
 *
 * What can be large crosses as `JsonText`, which is faster than a clone: views of the run, which the
 * Worker sends unchanged, and the definition and templates of a start (63 kB: 0.02 ms as text,
 * 1.6 ms as a value).
 */
import type { ResumeClaims } from "./resume-claims.ts";
import type { Caller } from "./caller.ts";
import type { AnswerView } from "./answer-view.ts";
import type { JsonObject } from "./json.ts";
import type { JsonText } from "./json-text.ts";
import type { ProblemSeed } from "./problem.ts";
import type { Context, History, Run } from "./run.ts";
import type { StartRecord } from "./start-record.ts";

export type Reply<T> = { ok: true; value: T } | { ok: false; problem: ProblemSeed };

/** The run after a request that may have changed it. */
export interface RunResult {
  run: JsonText<Run>;
  /** The request was carried out before: its key was repeated with the same body. */
  isReplay: boolean;
  /** How many approvals are still needed, where a decision was recorded and the wait goes on. */
  approvalsNeeded?: number;
}

/** Whose resume tokens the caller sees; absent: none. */
export interface TokenRights {
  /** That of a form. */
  form: boolean;
  /** Those of an approval: of all approvers, of the person with this address, of none. */
  approvals: "all" | "none" | { email: string };
  /** The reader whose rights the wait lists; absent: it lists none. */
  viewer?: {
    caller: Caller;
    /** Whether they have the scope to decide. */
    decides: boolean;
  };
}

/** The reader of a run. */
export interface Viewer {
  /** The workflow that the caller is limited to; null: all. */
  workflowScope: string | null;
  tokens?: TokenRights;
}

export interface StartRequest {
  record: StartRecord;
  tokens?: TokenRights;
  /** How long the caller waits for the run to settle, in ms; 0: not at all. */
  waitMs: number;
}

/** A caller's key for one request; the same key and body take effect once. */
export interface RequestKey {
  /** Route, caller and key: the name that the key is stored under. */
  name: string;
  /** The name that releases before 0.4 stored it under. */
  earlier?: EarlierName;
  /** SHA-256 of the canonical body, hex. */
  fingerprint: string;
}

export interface EarlierName {
  name: string;
  /**
   * Set where another caller may have the same name: it counts only in a run whose log has a resume
   * or cancel by it.
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
  /** A token that we signed: it determines who answers which wait, and `caller` does not matter. */
  token?: ResumeClaims;
  waitMs: number;
}

export interface CancelRequest {
  key: RequestKey | null;
  workflowScope: string | null;
  caller: Caller;
  reason?: string;
}

/** What a run that ended before that time, ISO 8601, is asked: to leave its object. */
export interface ArchiveRequest {
  endedBefore: string;
}

/** Why a run stays in its object for now. */
export type Kept = "not_ended" | "recent" | "under_way" | "not_delivered" | "being_read";

export type ArchiveResult =
  | { kind: "kept"; because: Kept }
  | {
      kind: "archived";
      /** Since when. */
      at: string;
      /** Where it is. */
      shelf: "r2" | "d1";
      /** Which version of SECRETS_KEYS wraps its data key. */
      keyVersion: number;
      /** It left with this request. */
      isNew: boolean;
    };

/** What a run object answers to the Worker; `fetch` is its stream of events. */
export interface RunRpc {
  /** Opens the object, and nothing else: a start asks for it while it reads from D1. */
  open(): void;
  start(request: StartRequest): Promise<Reply<RunResult>>;
  /** The run, where this key started it before; `run_not_found` else. */
  replay(fingerprint: string, tokens?: TokenRights): Promise<Reply<RunResult>>;
  get(viewer: Viewer): Promise<Reply<JsonText<Run>>>;
  /** The wait that a token belongs to, while it can be answered. */
  showAnswer(token: ResumeClaims): Promise<Reply<JsonText<AnswerView>>>;
  history(workflowScope: string | null): Promise<Reply<JsonText<History>>>;
  context(workflowScope: string | null): Promise<Reply<JsonText<Context>>>;
  resume(request: ResumeRequest): Promise<Reply<RunResult>>;
  cancel(request: CancelRequest): Promise<Reply<RunResult>>;
  /** Takes the run out of its object, if it may leave; idempotent. */
  archive(request: ArchiveRequest): Promise<Reply<ArchiveResult>>;
}
