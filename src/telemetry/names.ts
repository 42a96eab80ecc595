/**
 * Every name in spans, in one place. GenAI names are those of the OpenTelemetry semantic
 * conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/,
 * read 2026-11-22), HTTP and error names those of version 1.34. Names of metrics: `metrics.ts`.
 */
export const ATTRIBUTES = {
  runId: "run_id",
  stepId: "step_id",
  workflowId: "workflow.id",
  workflowVersion: "workflow.version",
  runStatus: "workflow.run.status",
  runMock: "workflow.run.mock",
  /** What made the run move: start, resume or expire. */
  activity: "workflow.activity",
  stepType: "workflow.step.type",
  stepStatus: "workflow.step.status",
  attempt: "workflow.attempt",
  retryReason: "workflow.retry.reason",
  retryDelayMs: "workflow.retry.delay_ms",
  waitNumber: "workflow.wait.number",
  waitType: "workflow.wait.type",
  waitExpiresAt: "workflow.wait.expires_at",
  by: "workflow.by",
  approved: "workflow.approved",
  reason: "workflow.reason",
  /** A result that came too late to count. */
  late: "workflow.late",

  errorType: "error.type",
  requestId: "request_id",
  clientRequestId: "client_request_id",
  httpRoute: "http.route",
  httpMethod: "http.request.method",
  httpStatus: "http.response.status_code",
  httpResendCount: "http.request.resend_count",
  serverAddress: "server.address",
  serverPort: "server.port",
  urlScheme: "url.scheme",
  urlTemplate: "url.template",

  genAiOperation: "gen_ai.operation.name",
  genAiProvider: "gen_ai.provider.name",
  /** The predecessor of `gen_ai.provider.name`; many trace stores still read it. */
  genAiSystem: "gen_ai.system",
  genAiRequestModel: "gen_ai.request.model",
  genAiRequestTemperature: "gen_ai.request.temperature",
  genAiRequestMaxTokens: "gen_ai.request.max_tokens",
  genAiFinishReasons: "gen_ai.response.finish_reasons",
  genAiResponseModel: "gen_ai.response.model",
  genAiOutputType: "gen_ai.output.type",
  genAiInputTokens: "gen_ai.usage.input_tokens",
  genAiOutputTokens: "gen_ai.usage.output_tokens",
} as const;

/** Fields of an `ai.response` that become attributes of its span under their own names. */
export const AI_RESPONSE_FIELDS = [
  "provider",
  "model",
  "template_id",
  "template_version",
  "tokens_prompt",
  "tokens_output",
  "latency_ms",
  "retry_count",
  "cost_usd",
  "schema_valid",
] as const;

/** `gen_ai.operation.name` of every call to a model: a prompt in, one answer out. */
export const GEN_AI_OPERATION = "chat";

/** The instrumentation scope of all spans of runs. */
export const SCOPE_NAME = "workflow-orchestrator";

/** The attributes of spans and their events. */
export type Attributes = Record<string, string | number | boolean | string[]>;
