/** Why `infer` has no answer, as problems. */
import type { InferOutcome } from "#ai/infer-loop.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { FailureCode } from "#model/failure.ts";
import type { InferenceUsage } from "#model/inference.ts";
import { LIMITS } from "#model/limits.ts";
import type { ProblemCode } from "#model/problem.ts";
import { detailOf } from "../problems/problem-errors.ts";
import { ProblemError } from "../problems/problems.ts";

export function rejectAll(errors: [Diagnostic, ...Diagnostic[]]): never;
export function rejectAll(errors: Diagnostic[]): void;
export function rejectAll(errors: Diagnostic[]): void {
  if (errors.length === 0) return;
  const detail = detailOf(errors);
  throw new ProblemError({ code: "validation_failed", detail, errors });
}

export function usageOf({ totals }: InferOutcome): InferenceUsage {
  const { tokens_prompt, tokens_output, tokens_cached, cost_usd } = totals;
  const cached = tokens_cached === undefined ? {} : { tokens_cached };
  return { tokens_prompt, tokens_output, ...cached, cost_usd };
}

export function problemOf(outcome: Exclude<InferOutcome, { kind: "valid" }>): ProblemError {
  const usage = usageOf(outcome);
  if (outcome.kind === "invalid") {
    const errors = outcome.violations.map(({ pointer, keyword, message }) => ({
      code: keyword,
      message: `${pointer === "" ? "The output" : pointer} ${message}.`,
      pointer,
    }));
    const detail = `None of ${LIMITS.schemaRetries + 1} outputs fits the schema; the errors are those of the last one.`;
    return new ProblemError({ code: "ai_schema_violation", detail, errors, usage });
  }
  const { failure, retryAfterMs } = outcome;
  const headers =
    retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  const code = failureCode(failure.code);
  return new ProblemError({ code, detail: failure.message, usage }, headers);
}

/** Failures of a call that are problems with the same code. */
export const AI_FAILURES = [
  "ai_provider_error",
  "ai_rate_limited",
  "ai_quota_exhausted",
  "ai_context_too_long",
  "ai_content_filtered",
  "ai_refused",
  "ai_truncated",
  "ai_auth",
  "ai_model_unknown",
] as const satisfies readonly (ProblemCode & FailureCode)[];

function failureCode(code: FailureCode): ProblemCode {
  if (code === "mock_unsatisfiable" || code === "too_costly") return code;
  if (code === "timeout") return "ai_timeout";
  return AI_FAILURES.find((same) => same === code) ?? "ai_provider_error";
}
