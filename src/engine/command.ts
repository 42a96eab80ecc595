/** What can happen to a run. Plain JSON; the clock and all outside facts travel in it. */
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { Caller } from "#model/caller.ts";
import type { JsonValue } from "#model/json.ts";
import type { RunFacts } from "#model/event.ts";

export type Timer =
  | { kind: "retry"; step_id: string; attempt: number; at: string }
  | { kind: "expire"; wait_number: number; at: string };

/** `at`: ISO 8601 UTC, never earlier than the state's `updated_at`. */
export type Command = { at: string } & (
  | {
      kind: "start";
      run_id: string;
      facts: RunFacts;
    }
  | { kind: "outcome"; step_id: string; attempt: number; outcome: AttemptOutcome }
  | { kind: "answer"; wait_number?: number; by: Caller; output: JsonValue }
  | {
      kind: "decide";
      wait_number?: number;
      by: Caller;
      step_id: string;
      approved: boolean;
      comment?: string;
    }
  | { kind: "timer"; timer: Timer }
  /** `isBegun`: part of the pending effect may already have been sent; absent: nothing was. */
  | { kind: "cancel"; by: Caller; reason?: string; isBegun?: boolean }
  /** The run made no progress; `seen` describes what was tried. */
  | { kind: "quarantine"; seen: string; isBegun?: boolean }
  /** The outcome of an attempt that was running when the run ended. */
  | { kind: "late"; step_id: string; attempt: number; result: LateResult }
);

/** Why a command was refused. Nothing changed. */
export type Refusal =
  | { reason: "not_waiting"; status: string }
  | { reason: "expired"; expires_at: string }
  | { reason: "wrong_wait_type"; waiting_for: "form" | "approval" }
  | { reason: "wrong_step"; waiting_step: string }
  | { reason: "stale_wait"; wait_number: number }
  | { reason: "already_decided"; by: string }
  /** Without an e-mail: the credentials do not identify a person, and are not a key. */
  | { reason: "not_an_approver"; email?: string }
  | { reason: "self_approval" }
  | { reason: "comment_required" }
  | { reason: "already_ended"; status: string };

/** The one effect there is: perform this attempt of this step and report its outcome. */
export interface Effect {
  kind: "execute_step";
  step_id: string;
  attempt: number;
}
