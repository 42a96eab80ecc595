/**
 * How an attempt of a step ends: what an executor reports and the engine decides upon. Whether to
 * try again is the engine's decision alone.
 */
import type { FailedAnswer, Failure } from "./failure.ts";
import type { JsonValue } from "./json.ts";

/** `data` of an `ai.response` event. */
export interface AiResponse {
  provider: string;
  model: string;
  template_id: string;
  template_version: number;
  tokens_prompt: number;
  tokens_output: number;
  latency_ms: number;
  retry_count: number;
  /** null when no price is known. */
  cost_usd: number | null;
  schema_valid: boolean;
  /** Those of the prompt that the provider had in its cache; absent: none, or it did not say. */
  tokens_cached?: number;
  /** The token counts are 0 because the provider did not say. */
  tokens_unknown?: true;
  /** Why the model stopped, in the provider's words. */
  finish_reason?: string;
  /** What of the request the provider was not told, or told in another way. */
  lowering?: string[];
  /** What was done to the answer to read it; absent: it was read as it stands. */
  reading?: string;
}

export type AttemptOutcome =
  | {
      kind: "completed";
      output: JsonValue;
      /** The branch taken, for steps that decide; absent: the step's `next`. */
      next?: string | null;
      response?: AiResponse;
    }
  | { kind: "waiting" }
  | {
      kind: "failed";
      failure: Failure;
      /**
       * terminal: never again. transport: counts against the step's `retry`. schema: counts
       * against the schema budget, and `feedback` is told to the model. unusable: the provider,
       * its key or its model is of no use; the next of `fallback` is asked at once.
       */
      class: "terminal" | "transport" | "schema" | "unusable";
      /** The server asked to wait this long. */
      retryAfterMs?: number;
      feedback?: string[];
      /** What the model said, at most `LIMITS.keptAnswerBytes` of it: it is shown its answer again. */
      said?: string;
      /** The beginning of it, masked. For the history, never for logs. */
      excerpt?: string;
      response?: AiResponse;
      /** What an API answered; kept when the step fails with it. */
      answer?: FailedAnswer;
    };

/**
 * What is known of an attempt that no longer counts. Of one that was stopped, or cut off with the
 * process: `canceled` when nothing outside can have changed by it, else `outcome_unknown`.
 */
export type LateResult =
  | { outcome: "completed"; output: JsonValue; response?: AiResponse }
  | { outcome: "failed"; failure: Failure; response?: AiResponse }
  | { outcome: "canceled" | "outcome_unknown"; response?: AiResponse };
