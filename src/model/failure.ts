/** Error codes of steps and runs. */
export const FAILURE_CODES = [
  "ai_schema_violation",
  "ai_provider_error",
  "mock_unsatisfiable",
  "timeout",
  "network_error",
  "http_error",
  "outcome_unknown",
  "egress_refused",
  "expression_error",
  "template_error",
  "secret_missing",
  "output_too_large",
  "approval_rejected",
  "wait_expired",
  "poisoned",
  "internal",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface Failure {
  code: FailureCode;
  message: string;
  /** What the API answered, for a failed api_call. */
  http_status?: number;
}
