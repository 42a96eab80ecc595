/** How a step ends. */
import type { FailedAnswer, FailureCode } from "#model/failure.ts";
import type { JsonValue } from "#model/json.ts";

export type StepEnd =
  | { kind: "done"; output: JsonValue; next: string | null; attempt: number }
  | {
      kind: "failed";
      code: FailureCode;
      message: string;
      attempt: number;
      /** What is kept of an answer that made the step fail. */
      answer?: FailedAnswer;
    }
  | { kind: "waiting" };

export function done(output: JsonValue, next: string | null, attempt = 1): StepEnd {
  return { kind: "done", output, next, attempt };
}

export function failed(
  code: FailureCode,
  message: string,
  attempt = 1,
  answer?: FailedAnswer,
): StepEnd {
  return { kind: "failed", code, message, attempt, ...(answer ? { answer } : {}) };
}
