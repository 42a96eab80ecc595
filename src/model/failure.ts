/** Why steps and runs fail, and what is kept of a response that made one fail. */
import type { JsonObject, JsonValue } from "./json.ts";

/** Error codes of steps and runs. */
export const FAILURE_CODES = [
  "ai_schema_violation",
  "ai_provider_error",
  "ai_rate_limited",
  "ai_quota_exhausted",
  "ai_context_too_long",
  "ai_content_filtered",
  "ai_refused",
  "ai_truncated",
  "ai_auth",
  "ai_model_unknown",
  "mock_unsatisfiable",
  "timeout",
  "network_error",
  "http_error",
  "response_unreadable",
  "outcome_unknown",
  "egress_refused",
  "expression_error",
  "template_error",
  "secret_missing",
  "output_too_large",
  "too_costly",
  "approval_rejected",
  "wait_expired",
  "poisoned",
  "internal",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface Failure {
  code: FailureCode;
  message: string;
  /** The response of the API, for a failed api_call. */
  http_status?: number;
}

/**
 * What is kept of the response to a failed api_call, beside its failure. Persisted shape: a
 * separate row in the run object, not part of the state, which has to stay small in a long run.
 * A type and not an interface: only then is it JSON to the compiler.
 */
export type FailedAnswer = {
  http_status: number;
  /** Names in lower case; the first ones, as far as they fit. */
  headers: JsonObject;
  /** Parsed when it is JSON and fits, else text; absent: it could not be decoded. */
  body?: JsonValue;
  /** `body` is bytes. */
  encoding?: "base64";
  /** `body` is only the start of the text. */
  body_truncated?: true;
};
