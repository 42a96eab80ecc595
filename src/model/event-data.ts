/**
 * What `data` of each event contains. Persisted shape: read by the fold, the history, the
 * projection, log lines and spans. Fields may be added, never renamed.
 */
import type { AiResponse, LateResult } from "./attempt.ts";
import type { Decision } from "./approval.ts";
import type { Caller, CallerKind } from "./caller.ts";
import type { EventType } from "./event.ts";
import type { Failure, FailureCode } from "./failure.ts";
import type { JsonValue } from "./json.ts";
import type { StepType } from "./workflow.ts";

export interface AttemptName {
  step_id: string;
  attempt: number;
}

/** Facts of a run that are fixed at its start. */
export interface RunFacts {
  workflow_version: number;
  created_by: Caller;
  /** How the caller who started the run authenticated; absent in runs of older versions. */
  created_with?: CallerKind;
  /** Provider of the steps that do not name one. */
  provider: string;
  /** Whether the mock answers: known at the start, or from its first answer on. */
  mock: boolean;
  /** Whether the run asked for the mock, which then answers every step; absent: as `mock` says. */
  mock_asked?: boolean;
  /** Template versions that were current at the start, by id. */
  templates: Record<string, number>;
  tags: string[];
  idempotency_key?: string;
}

interface UnderWay {
  /**
   * Attempts whose call may have been sent and whose outcome is unknown: a `step.late` follows for
   * each. Absent: none.
   */
  under_way?: AttemptName[];
}

interface EventDataByType {
  "run.created": RunFacts & { workflow_id: string };
  "run.started": Record<string, never>;
  "run.waiting": { wait_number: number; type: "form" | "approval"; expires_at?: string };
  "run.resumed": {
    wait_number: number;
    by: string;
    /** How they authenticated, when it was not with a key. */
    via?: "resume_token";
    decision?: Decision;
    /**
     * The principal of the JWT that decided: no other token of this person can decide the same
     * wait.
     */
    principal?: string;
  };
  "run.completed": Record<string, never>;
  "run.failed": Failure & UnderWay;
  "run.canceled": { by: string; reason?: string } & UnderWay;
  "step.started": { type: StepType };
  "step.completed": { next: string | null };
  "step.failed": Failure & { next: string | null; excerpt?: string };
  "step.retrying": {
    /** Which budget the attempt was counted against. */
    reason: "transport" | "schema" | "fallback";
    code: FailureCode;
    message: string;
    http_status?: number;
    delay_ms: number;
    retry_at: string;
    transport_failures: number;
    violations: number;
    candidate: number;
    feedback: string[];
    /** The model's answer, which the next attempt shows to the model; absent: it was not kept. */
    said?: string;
    /** The start of that answer, masked, for the history. */
    excerpt?: string;
  };
  "step.late": {
    outcome: LateResult["outcome"];
    /** The failure's code; without a failure, the outcome again. */
    code?: FailureCode | "canceled";
    message?: string;
    http_status?: number;
    /** Only of a call that completed. */
    output?: JsonValue;
    response?: AiResponse;
    /**
     * Attempts that are still running; empty: nothing follows. Absent: this was not one of them.
     */
    under_way?: AttemptName[];
  };
  "ai.request": {
    provider: string;
    model?: string;
    template_id: string;
    template_version: number;
    retry_count: number;
  };
  "ai.response": AiResponse;
}

export type EventData<T extends EventType> = EventDataByType[T];
