/**
 * Every problem that the service returns (RFC 9457). This table makes the responses, the entries in
 * the API description and docs/problems.md; no response has a code that is not here.
 */
import { z } from "zod";
import { type Diagnostic, diagnosticSchema } from "./diagnostic.ts";
import { type InferenceUsage, inferenceUsageSchema } from "./inference.ts";

export const PROBLEMS = {
  malformed_body: { status: 400, title: "The body cannot be read" },
  invalid_parameter: { status: 400, title: "A parameter or header cannot be read" },
  unauthorized: { status: 401, title: "The credentials are missing or invalid" },
  insufficient_scope: { status: 403, title: "The credentials lack a scope" },
  not_an_approver: { status: 403, title: "Not among the approvers" },
  restore_token_refused: { status: 403, title: "The restore token is missing or wrong" },
  self_approval: { status: 403, title: "The person who started a run cannot approve it" },
  not_found: { status: 404, title: "No such page" },
  workflow_not_found: { status: 404, title: "No such workflow" },
  version_not_found: { status: 404, title: "No such version" },
  run_not_found: { status: 404, title: "No such run" },
  template_not_found: { status: 404, title: "No such template" },
  key_not_found: { status: 404, title: "No such key" },
  secret_not_found: { status: 404, title: "No such secret" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  workflow_exists: { status: 409, title: "The id belongs to another definition" },
  request_in_progress: { status: 409, title: "A request with this key is in progress" },
  run_not_waiting: { status: 409, title: "The run is not waiting" },
  stale_wait: { status: 409, title: "The run is now at another wait" },
  wrong_step: { status: 409, title: "The run is waiting at another step" },
  wrong_wait_type: { status: 409, title: "The run is waiting for something else" },
  already_decided: { status: 409, title: "Already decided by this person" },
  resume_token_used: { status: 409, title: "The resume token has been used" },
  resume_token_expired: { status: 409, title: "The resume token has expired" },
  run_already_ended: { status: 409, title: "The run has ended" },
  run_held: { status: 409, title: "The run waits for the end of a restore" },
  restore_refused: { status: 409, title: "The backup cannot be restored here" },
  precondition_failed: { status: 412, title: "The version is not the one named in If-Match" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The media type is not supported" },
  number_not_exact: { status: 422, title: "A number cannot be kept exactly" },
  validation_failed: { status: 422, title: "The request is not valid" },
  invalid_workflow: { status: 422, title: "The workflow is not valid" },
  invalid_inputs: { status: 422, title: "The inputs are not valid" },
  masked_value: { status: 422, title: "A masked value was sent back" },
  comment_required: { status: 422, title: "A rejection needs a comment" },
  context_too_large: { status: 422, title: "The run's context would be too large" },
  too_costly: { status: 422, title: "The request takes too much work" },
  ai_schema_violation: { status: 422, title: "The model's answer does not fit the schema" },
  mock_unsatisfiable: { status: 422, title: "The mock cannot satisfy the schema" },
  mock_not_allowed: { status: 422, title: "The mock provider is not allowed here" },
  secret_not_for_workflow: { status: 422, title: "A secret is not for this workflow" },
  idempotency_key_reused: { status: 422, title: "The key was used with another body" },
  idempotency_key_mismatch: { status: 422, title: "Header and body name different keys" },
  rate_limited: { status: 429, title: "Too many requests" },
  quota_exceeded: { status: 429, title: "The day's share is used up" },
  too_many_streams: { status: 429, title: "Too many streams of the run" },
  internal_error: { status: 500, title: "A defect in the service" },
  archive_unreadable: { status: 500, title: "The archive of the run cannot be read" },
  ai_context_too_long: { status: 422, title: "The prompt is too long for the model" },
  ai_content_filtered: { status: 422, title: "A content filter stopped the model" },
  ai_refused: { status: 422, title: "The model refused to answer" },
  ai_truncated: { status: 422, title: "The model's answer was cut off" },
  ai_provider_error: { status: 502, title: "The model's provider failed" },
  ai_rate_limited: { status: 502, title: "The model's provider limits the rate of requests" },
  ai_quota_exhausted: { status: 502, title: "The quota at the model's provider is used up" },
  ai_auth: { status: 502, title: "The model's provider refused the key" },
  ai_model_unknown: { status: 502, title: "The provider does not have the model" },
  not_configured: { status: 503, title: "The service is not configured" },
  storage_unavailable: { status: 503, title: "The storage is not available" },
  identity_unavailable: {
    status: 503,
    title: "The keys for checking tokens are not available",
  },
  baseline_unavailable: { status: 503, title: "The baseline deployment is not available" },
  overloaded: { status: 503, title: "The service is overloaded" },
  ai_timeout: { status: 504, title: "The model's provider did not respond in time" },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A problem without the details of its request. Plain JSON: it crosses RPC. */
export interface ProblemSeed {
  code: ProblemCode;
  detail: string;
  errors?: Diagnostic[];
  /** Usage of the calls to a model that ended in the problem. */
  usage?: InferenceUsage;
}

export const problemSchema = z
  .object({
    type: z
      .string()
      .meta({ description: "`/problems/` and the code with hyphens: a page of the service." }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "The path of the request." }),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(diagnosticSchema).optional(),
    usage: inferenceUsageSchema.optional(),
  })
  .meta({
    id: "Problem",
    description: "What went wrong, for people in `detail` and for programs in `code`.",
    example: {
      type: "/problems/invalid-inputs",
      title: "The inputs are not valid",
      status: 422,
      detail: "1 field is not valid.",
      instance: "/v1/executions/run_n5zq3tq4wq2i5l7k3c2h6xw4ya/resume",
      code: "invalid_inputs",
      request_id: "5d0c7f1e-8c67-4b0f-9d3a-0f4f8f8b8a10",
      errors: [{ code: "required", message: "topic is required.", pointer: "/inputs/topic" }],
    },
  });

export type Problem = z.infer<typeof problemSchema>;

export function problemType(code: ProblemCode): string {
  return `/problems/${code.replaceAll("_", "-")}`;
}
