/**
 * What `data` of each event holds. Persisted shape: read by the fold, the history, the projection,
 * log lines and spans. Fields may be added, never renamed.
 */
import type { AiResponse, LateResult } from "../model/attempt.ts";
import type { Decision } from "../model/approval.ts";
import type { Caller, CallerKind } from "../model/caller.ts";
import type { EventType } from "../model/event.ts";
import type { Failure, FailureCode } from "../model/failure.ts";
import type { JsonValue } from "../model/json.ts";
import type { StepType } from "../model/workflow.ts";

export interface AttemptName {
  step_id: string;
  attempt: number;
}

/** What is known of a run from its start on. */
export interface RunFacts {
  workflow_version: number;
  created_by: Caller;
  /** What the starter came with; absent in runs of older versions. */
  created_with?: CallerKind;
  /** Provider of steps that name none. */
  provider: string;
  /** Whether the mock answers: known at the start, or since it did. */
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
   * Attempts that may have left and of which nothing is known yet: a `step.late` follows for each.
   * Absent: none.
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
    /** How they came, when it was not with a key. */
    via?: "resume_token";
    decision?: Decision;
    /** Of the JWT that decided: no other token of this person decides the same wait. */
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
    /** What the model said, for the next attempt to show it; absent: nothing was kept. */
    said?: string;
    /** The beginning of it, for the history: masked. */
    excerpt?: string;
  };
  "step.late": {
    outcome: LateResult["outcome"];
    /** Of the failure; where there is none to tell of, the outcome once more. */
    code?: FailureCode | "canceled";
    message?: string;
    http_status?: number;
    /** Of a call that completed. */
    output?: JsonValue;
    response?: AiResponse;
    /** Attempts that are still under way; empty: nothing follows. Absent: it was not one of them. */
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
