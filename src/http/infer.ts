/**
 * `POST /v1/ai/infer`: one answer of a model for a template, outside of any run. Stores only the
 * answer for an idempotency key, encrypted; prompt and answer are never logged, only the usage.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { renderPrompt } from "#ai/infer.ts";
import type { GenerateRequest, Provider, ProviderRegistry } from "#ai/provider.ts";
import { createProviders, findProvider } from "#ai/registry.ts";
import { openDatabase } from "#db/database.ts";
import { findTemplate } from "#db/templates.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { FailureCode } from "#model/failure.ts";
import { inferenceSchema, type InferenceUsage } from "#model/inference.ts";
import type { TextPlace } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import type { ProblemCode } from "#model/problem.ts";
import { type Template, TEMPLATE_ID_PATTERN } from "#model/template.ts";
import { PROVIDERS as PROVIDER_NAMES } from "#model/workflow.ts";
import { createSecretReader } from "#ports/secret-reader.ts";
import { reviewJsonSchema } from "#validation/json-schema/validate.ts";
import { IN_SCHEMA } from "#validation/json-schema/limit-places.ts";
import { callOnce } from "./idempotency/call-once.ts";
import { keyHeaders, keyProblems } from "./idempotency/key.ts";
import { type InferOutcome, inferRepeatedly } from "#ai/infer-loop.ts";
import { boundErrors, detailOf } from "./problems/problem-errors.ts";
import { ProblemError } from "./problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "./route.ts";
import type { AppContext, AppEnv } from "./types.ts";

const jsonObject = z.record(z.string(), z.unknown());

const EXAMPLE_SCHEMA = {
  type: "object",
  properties: { subject: { type: "string" }, body: { type: "string" } },
  required: ["subject", "body"],
};

const inferBodySchema = z
  .strictObject({
    template_id: z.string(),
    variables: jsonObject
      .default({})
      .meta({ description: "The variables of the template, by name." }),
    // Described without a type: generators produce unusable clients for "an object or a boolean".
    json_schema: z
      .unknown()
      .refine((value) => typeof value === "boolean" || isJsonObject(value), {
        message: "must be a JSON Schema: an object, true or false",
      })
      .meta({
        id: "JsonSchema",
        description:
          "JSON Schema, draft 2020-12: an object, or true or false. Its keys keep their order.",
      }),
    provider: z
      .enum(PROVIDER_NAMES)
      .optional()
      .meta({ description: "Default: the provider of the service." }),
    model: z.string().min(1).max(LIMITS.nameLength).optional(),
    mock: z
      .union([
        z.boolean(),
        z.strictObject({ mode: z.enum(MOCK_MODES).optional() }).meta({ id: "InferMockOptions" }),
      ])
      .optional()
      .meta({ description: "Asks the deterministic mock provider, in this mode." }),
  })
  .meta({
    id: "InferRequest",
    example: {
      template_id: "email_v1",
      variables: { topic: "Launch" },
      json_schema: EXAMPLE_SCHEMA,
      mock: true,
    },
  });

/** Only in a schema may a number be a string. */
const IN_INFERENCE: TextPlace = {
  takesText: false,
  below: (key) => (key === "json_schema" ? IN_SCHEMA : null),
};

type InferBody = z.output<typeof inferBodySchema>;

export function mountInfer(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "ai:infer",
      {
        method: "post",
        path: "/v1/ai/infer",
        operationId: "infer",
        summary: "Ask a model",
        description:
          "Renders the current version of a template, calls the provider, and returns a value that fits the schema. An answer that does not fit is retried up to 2 times, with the errors; a provider that fails is called up to 3 times; everything takes at most 30 s, unless the service is configured otherwise. Nothing is stored without an idempotency key; with one, the answer is kept for a week, encrypted, and returned again for the same request.",
        tags: ["AI"],
        request: {
          headers: keyHeaders,
          body: { required: true, content: { "application/json": { schema: inferBodySchema } } },
        },
        responses: {
          200: jsonResponse(inferenceSchema, "The value and its usage."),
          ...problemResponses(
            "malformed_body",
            "number_not_exact",
            "template_not_found",
            "payload_too_large",
            "unsupported_media_type",
            "validation_failed",
            "ai_schema_violation",
            "mock_unsatisfiable",
            "mock_not_allowed",
            ...AI_FAILURES,
            "ai_timeout",
            ...keyProblems,
          ),
        },
      },
      { yaml: false, optional: false, texts: IN_INFERENCE },
    ),
    (c) => {
      const limitMs = c.get("settings").AI_INFER_TIMEOUT_MS;
      return callOnce(c, limitMs, () => inferNow(c, c.req.valid("json"), limitMs));
    },
  );
}

async function inferNow(c: AppContext, body: InferBody, limitMs: number) {
  const template = await requireTemplate(c, body.template_id);
  const warnings = reviewSchema(body);
  const { provider, ...call } = prepare(c, body, template);
  const outcome = await inferRepeatedly({ ...call, provider, now: Date.now }, limitMs);
  logOutcome(c, outcome, template, provider);
  if (outcome.kind !== "valid") throw problemOf(outcome);
  const { model, latency_ms, retry_count } = outcome.totals;
  const { id: template_id, version: template_version } = template;
  const origin = { provider: provider.name, model, template_id, template_version };
  const usage = usageOf(outcome);
  const said = warnings.length === 0 ? {} : { diagnostics: warnings };
  const answer = { output: outcome.value, usage, ...origin, latency_ms, retry_count, ...said };
  return c.json(answer, 200);
}

async function requireTemplate(c: AppContext, id: string): Promise<Template> {
  const known = TEMPLATE_ID_PATTERN.test(id)
    ? await findTemplate(openDatabase(c.env.DB), id)
    : null;
  if (known) return known;
  const detail = `There is no template "${id.slice(0, LIMITS.nameLength)}".`;
  throw new ProblemError({ code: "template_not_found", detail });
}

/** The warnings about the schema; a schema with errors is refused. */
function reviewSchema(body: InferBody): Diagnostic[] {
  const { errors, warnings } = reviewJsonSchema(body.json_schema);
  const place = ({ pointer, ...found }: Diagnostic) => ({
    ...found,
    pointer: `/json_schema${pointer}`,
  });
  rejectAll(errors.map(place));
  return boundErrors(warnings.map((found) => ({ ...place(found), severity: "warning" })));
}

type Call = Omit<GenerateRequest, "attempt" | "feedback"> & { provider: Provider };

/** The call to make, or the problem of the request. */
function prepare(c: AppContext, body: InferBody, template: Template): Call {
  const schema = body.json_schema;
  const variables = body.variables as JsonObject;
  const provider = chooseProvider(c, body);
  const rendered = renderPrompt(template, variables);
  if (!rendered.ok) {
    const { message } = rendered;
    return rejectAll([{ code: "template_error", message, pointer: "/variables" }]);
  }
  const { MOCK_AI_MODE, MOCK_AI_SEED: seed } = c.get("settings");
  const asked = typeof body.mock === "object" ? body.mock.mode : undefined;
  return {
    provider,
    prompt: rendered.prompt,
    schema,
    templateId: template.id,
    variables,
    mock: provider.name === "mock" ? { mode: asked ?? MOCK_AI_MODE, seed } : null,
    ...(rendered.system === undefined ? {} : { system: rendered.system }),
    ...(body.model === undefined ? {} : { model: body.model }),
  };
}

function chooseProvider(c: AppContext, body: InferBody): Provider {
  const { AI_PROVIDER, ENVIRONMENT, ALLOW_MOCK_AI } = c.get("settings");
  const isMockAsked = body.mock !== undefined && body.mock !== false;
  const name = isMockAsked ? "mock" : (body.provider ?? AI_PROVIDER);
  if (name === "mock" && ENVIRONMENT === "production" && !ALLOW_MOCK_AI) {
    const detail = "The mock provider is not allowed in production.";
    throw new ProblemError({ code: "mock_not_allowed", detail });
  }
  const found = findProvider(providersOf(c), name);
  if (found.ok) return found.provider;
  return rejectAll([{ code: "unknown_provider", message: found.message, pointer: "/provider" }]);
}

function providersOf(c: AppContext): ProviderRegistry {
  return createProviders({
    settings: c.get("settings"),
    readSecrets: createSecretReader(c.env.DB, c.get("settings"), c.get("logger")),
    fetch: (input, init) => fetch(input, init),
  });
}

function rejectAll(errors: [Diagnostic, ...Diagnostic[]]): never;
function rejectAll(errors: Diagnostic[]): void;
function rejectAll(errors: Diagnostic[]): void {
  if (errors.length === 0) return;
  const detail = detailOf(errors);
  throw new ProblemError({ code: "validation_failed", detail, errors });
}

function usageOf({ totals }: InferOutcome): InferenceUsage {
  const { tokens_prompt, tokens_output, tokens_cached, cost_usd } = totals;
  const cached = tokens_cached === undefined ? {} : { tokens_cached };
  return { tokens_prompt, tokens_output, ...cached, cost_usd };
}

function problemOf(outcome: Exclude<InferOutcome, { kind: "valid" }>): ProblemError {
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
const AI_FAILURES = [
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
  if (code === "mock_unsatisfiable") return code;
  if (code === "timeout") return "ai_timeout";
  return AI_FAILURES.find((same) => same === code) ?? "ai_provider_error";
}

function logOutcome(
  c: AppContext,
  { kind, totals }: InferOutcome,
  template: Template,
  provider: Provider,
): void {
  // The model's name is the caller's text, so it is not logged.
  const { model: _, ...counts } = totals;
  c.get("logger").log("INFO", "ai.infer", {
    request_id: c.get("requestId"),
    outcome: kind,
    provider: provider.name,
    template_id: template.id,
    template_version: template.version,
    ...counts,
  });
}
