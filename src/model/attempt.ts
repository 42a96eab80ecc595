/**
 * How an attempt of a step ends: the executor reports it. Whether to retry is the engine's decision
 * alone.
 */
import type { EventData } from "./event.ts";
import type { FailedAnswer, Failure } from "./failure.ts";
import type { JsonValue } from "./json.ts";
import type { SizedText } from "./json-text.ts";

/** A call to a model and what it took. */
export type AiResponse = EventData<"ai.response">;

export type AttemptOutcome =
  | {
      kind: "completed";
      output: JsonValue;
      /** The text of the output, where it was serialised to be measured. */
      sized?: SizedText;
      /** The branch taken, for steps that decide; absent: the step's `next`. */
      next?: string | null;
      response?: AiResponse;
    }
  | { kind: "waiting" }
  | {
      kind: "failed";
      failure: Failure;
      /**
       * terminal: never again. transport: counts against the step's `retry`. schema: counts against
       * the schema budget, and `feedback` is sent to the model. unusable: the provider, its key or
       * its model cannot serve the call; the next of `fallback` is called at once.
       */
      class: "terminal" | "transport" | "schema" | "unusable";
      /** The server asked to wait this long. */
      retryAfterMs?: number;
      feedback?: string[];
      /**
       * The model's answer, at most `LIMITS.keptAnswerBytes`: the next attempt shows it to the
       * model.
       */
      said?: string;
      /** The start of it, masked. For the history, never for logs. */
      excerpt?: string;
      response?: AiResponse;
      /** The response of an API; kept when the step fails with it. */
      answer?: FailedAnswer;
    };

/**
 * The outcome of an attempt that no longer counts. If it was stopped, or interrupted with the
 * process: `canceled` when it cannot have changed anything outside, else `outcome_unknown`.
 */
export type LateResult =
  | { outcome: "completed"; output: JsonValue; response?: AiResponse }
  | { outcome: "failed"; failure: Failure; response?: AiResponse }
  | { outcome: "canceled" | "outcome_unknown"; response?: AiResponse };
