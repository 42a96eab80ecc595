/**
 * `POST /v1/ai/infer`: one answer of a model for a template, outside of any run. Stores only the
 * answer for an idempotency key, encrypted; prompt and answer are never logged, only the usage.
 */
import { type InferOutcome, inferRepeatedly } from "#ai/infer-loop.ts";
import type { Provider } from "#ai/provider.ts";
import { openDatabase } from "#db/database.ts";
import { findTemplate } from "#db/templates.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { inferenceSchema } from "#model/inference.ts";
import { LIMITS } from "#model/limits.ts";
import { type Template, TEMPLATE_ID_PATTERN } from "#model/template.ts";
import { reviewJsonSchema } from "#validation/json-schema/validate.ts";
import { withScope } from "../access.ts";
import { boundErrors } from "../problems/problem-errors.ts";
import { ProblemError } from "../problems/problems.ts";
import { requestIds } from "../request-ids.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import type { AppContext } from "../types.ts";
import { isVisibleTemplate } from "../visible-names.ts";
import { IN_INFERENCE, type InferBody, inferBodySchema } from "./infer-body.ts";
import { prepareCall } from "./infer-call.ts";
import { meteredProvider } from "./metered-provider.ts";
import { AI_FAILURES, problemOf, rejectAll, usageOf } from "./infer-problems.ts";

const infer = defineRoute({
  method: "post",
  path: "/v1/ai/infer",
  operationId: "infer",
  summary: "Ask a model",
  description:
    "Renders the current version of a template, calls the provider, and returns a value that fits the schema. An answer that does not fit is retried up to 2 times, with the errors; a provider that fails is called up to 3 times; everything takes at most 30 s, unless the service is configured otherwise. Nothing is stored without an idempotency key; with one, the answer is kept for a week, encrypted, and returned again for the same request.",
  tag: "AI",
  access: withScope("ai:infer"),
  body: jsonBody(inferBodySchema, { texts: IN_INFERENCE }),
  idempotent: { callMs: ({ AI_INFER_TIMEOUT_MS }) => AI_INFER_TIMEOUT_MS },
  answers: { 200: { schema: inferenceSchema, description: "The value and its usage." } },
  problems: [
    "template_not_found",
    "ai_schema_violation",
    "mock_unsatisfiable",
    "mock_not_allowed",
    "quota_exceeded",
    ...AI_FAILURES,
    "ai_timeout",
  ],
  async handle(c, { body }) {
    const template = await requireTemplate(c, body.template_id);
    const warnings = reviewSchema(body);
    const { provider: plain, ...call } = prepareCall(c, body, template);
    const provider = meteredProvider(c, plain);
    const limitMs = c.get("settings").AI_INFER_TIMEOUT_MS;
    const outcome = await inferRepeatedly({ ...call, provider, now: Date.now }, limitMs);
    logOutcome(c, outcome, template, provider);
    if (outcome.kind !== "valid") throw problemOf(outcome);
    const { model, latency_ms, retry_count } = outcome.totals;
    const { id: template_id, version: template_version } = template;
    const origin = { provider: provider.name, model, template_id, template_version };
    const usage = usageOf(outcome);
    const found = warnings.length === 0 ? {} : { diagnostics: warnings };
    const answer = { output: outcome.value, usage, ...origin, latency_ms, retry_count, ...found };
    return { status: 200, body: answer };
  },
});

export const inferOperations: readonly Operation[] = [infer];

async function requireTemplate(c: AppContext, id: string): Promise<Template> {
  const db = openDatabase(c.env.DB);
  const isVisible = TEMPLATE_ID_PATTERN.test(id) && (await isVisibleTemplate(c, id, db));
  const known = isVisible ? await findTemplate(db, id) : null;
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

function logOutcome(
  c: AppContext,
  { kind, totals }: InferOutcome,
  template: Template,
  provider: Provider,
): void {
  // The model's name is the caller's text, so it is not logged.
  const { model: _, ...counts } = totals;
  c.get("logger").log("INFO", "ai.infer", {
    ...requestIds(c),
    outcome: kind,
    provider: provider.name,
    template_id: template.id,
    template_version: template.version,
    ...counts,
  });
}
