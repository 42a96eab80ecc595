/**
 * One attempt of an ai_generate step: one call to one provider. Which provider, whether to try
 * again and how often is the engine's decision; this file makes the call and says what it gave.
 *
 * A provider that a step names is the one that is asked, unless the run asked for the mock
 * (`ports.mock`): then it is the mock, regardless of the step.
 */
import type { Result } from "#model/result.ts";
import { candidatesOf } from "#model/candidates.ts";
import type { MockSettings } from "#model/mock-request.ts";
import type { AiResponse, AttemptOutcome } from "#model/attempt.ts";
import {
  collectVariables,
  infer,
  type InferResult,
  type InferUsage,
  renderPrompt,
} from "#ai/infer.ts";
import type { GenerateRequest, Provider } from "#ai/provider.ts";
import { findProvider } from "#ai/registry.ts";
import { lookupPath } from "#model/context.ts";
import type { FailureCode } from "#model/failure.ts";
import { toSizedText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import type { Template } from "#model/template.ts";
import type { AiGenerateStep } from "#model/workflow.ts";
import type { Attempt, EffectExecutor, Ports } from "./executor.ts";

export const executeAiGenerate: EffectExecutor<AiGenerateStep> = async (attempt, ports) => {
  const chosen = chooseProvider(attempt, ports);
  if (!chosen.ok) {
    return { ...terminal("ai_provider_error", chosen.error), class: "unusable" };
  }
  const { template_id: templateId } = attempt.step.config;
  const template = Object.hasOwn(ports.templates, templateId)
    ? ports.templates[templateId]
    : undefined;
  if (template === undefined) {
    return terminal("template_error", `The template "${templateId}" does not exist.`);
  }
  const prepared = prepare(attempt, ports, template, chosen.value);
  if (!prepared.ok) return terminal("template_error", prepared.error);
  if (ports.isCanceled?.() === true) {
    return terminal("timeout", "No time was left to make the call.");
  }
  const result = await infer({
    ...prepared.value,
    provider: chosen.value.provider,
    signal: ports.signal,
    now: Date.now,
  });
  return toOutcome(result, attempt, template);
};

interface Chosen {
  provider: Provider;
  model: string | undefined;
}
function chooseProvider(attempt: Attempt<AiGenerateStep>, ports: Ports): Result<Chosen, string> {
  const wanted = wantedProvider(attempt, ports);
  if (wanted === null) return { ok: false, error: "No provider is left to ask." };
  const found = findProvider(ports.providers, wanted.name);
  return found.ok ? { ok: true, value: { provider: found.value, model: wanted.model } } : found;
}

/** What decides who is asked. */
export type CallSource = Pick<Ports, "mock" | "defaultProvider" | "templates">;

function wantedProvider(
  { step, candidate }: Attempt<AiGenerateStep>,
  { mock, defaultProvider }: CallSource,
): { name: string; model: string | undefined } | null {
  const source = { provider: defaultProvider, isMock: mock !== null };
  const wanted = candidatesOf(step, source)[candidate];
  return wanted === undefined ? null : { name: wanted.provider, model: wanted.model };
}

/** A call of which nothing came back: it was made, and what it cost is not known. */
export function unansweredCall(attempt: Attempt<AiGenerateStep>, source: CallSource): AiResponse {
  const { template_id: id } = attempt.step.config;
  const { name = "", model } = wantedProvider(attempt, source) ?? {};
  const isMock = name === "mock";
  return {
    provider: name,
    model: isMock ? name : (model ?? name),
    template_id: id,
    template_version: Object.hasOwn(source.templates, id)
      ? (source.templates[id]?.version ?? 0)
      : 0,
    tokens_prompt: 0,
    tokens_output: 0,
    latency_ms: 0,
    retry_count: attempt.attempt - 1,
    cost_usd: isMock ? 0 : null,
    schema_valid: false,
    ...(isMock ? {} : { tokens_unknown: true }),
  };
}

function prepare(
  attempt: Attempt<AiGenerateStep>,
  ports: Ports,
  template: Template,
  { provider, model }: Chosen,
): Result<GenerateRequest, string> {
  const { config, id } = attempt.step;
  const variables = collectVariables(config.variables, (path) => lookupPath(attempt.context, path));
  const prompt = renderPrompt(template, variables);
  if (!prompt.ok) return { ok: false, error: `Template "${template.id}", ${prompt.error}` };
  const request: GenerateRequest = {
    prompt: prompt.value.prompt,
    schema: config.json_schema,
    feedback: attempt.feedback,
    templateId: template.id,
    variables,
    attempt: attempt.attempt,
    mock: provider.name === "mock" ? mockChoice(ports.mock ?? ports.namedMock, id) : null,
    hide: (text) => ports.answerMask().text(text),
  };
  if (attempt.previousAnswer !== undefined) request.previousAnswer = attempt.previousAnswer;
  if (model !== undefined) request.model = model;
  if (prompt.value.system !== undefined) request.system = prompt.value.system;
  if (config.temperature !== undefined) request.temperature = config.temperature;
  if (config.max_output_tokens !== undefined) request.maxOutputTokens = config.max_output_tokens;
  return { ok: true, value: request };
}

function mockChoice(mock: MockSettings, stepId: string): GenerateRequest["mock"] {
  const own = Object.hasOwn(mock.steps, stepId) ? mock.steps[stepId] : undefined;
  return { mode: own ?? mock.mode, seed: mock.seed };
}

function toOutcome(
  result: InferResult,
  attempt: Attempt<AiGenerateStep>,
  template: Template,
): AttemptOutcome {
  const response = responseData(result, attempt, template);
  if (result.kind === "failed") return failed(result, attempt.step.config.timeout_s, response);
  if (result.kind === "invalid") {
    const { message, feedback, answer: said } = result;
    return {
      kind: "failed",
      class: "schema",
      failure: { code: "ai_schema_violation", message },
      feedback,
      said,
      response,
    };
  }
  const sized = toSizedText(result.value);
  if (sized.bytes > LIMITS.stepOutputBytes) {
    const message = `The answer is larger than ${LIMITS.stepOutputBytes} bytes.`;
    return { ...terminal("output_too_large", message), response };
  }
  return { kind: "completed", output: result.value, sized, response };
}

function failed(
  {
    failure,
    retryable,
    isUnusable,
    retryAfterMs,
    answer: said,
  }: Extract<InferResult, { kind: "failed" }>,
  timeoutS: number,
  response: AiResponse,
): AttemptOutcome {
  return {
    kind: "failed",
    class: isUnusable === true ? "unusable" : retryable ? "transport" : "terminal",
    failure:
      failure.code === "timeout"
        ? { code: failure.code, message: `No answer within ${timeoutS} s.` }
        : failure,
    ...(said === undefined ? {} : { said }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    response,
  };
}

function responseData(
  { kind, usage }: { kind: InferResult["kind"]; usage: InferUsage },
  { attempt }: Attempt<AiGenerateStep>,
  template: Template,
): AiResponse {
  return {
    ...usage,
    template_id: template.id,
    template_version: template.version,
    retry_count: attempt - 1,
    schema_valid: kind === "valid",
  };
}

function terminal(code: FailureCode, message: string): Extract<AttemptOutcome, { kind: "failed" }> {
  return { kind: "failed", class: "terminal", failure: { code, message } };
}
