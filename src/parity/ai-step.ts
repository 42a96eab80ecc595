/**
 * An ai_generate step to its end. Two budgets that never mix: answers that do not fit the schema,
 * and calls that fail, the second one per fallback.
 */
import { type JsonObject, jsonByteLength } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { AiGenerateStep } from "#model/workflow.ts";
import { findPath, type Memory } from "./memory.ts";
import { judge } from "./model-answer.ts";
import type { GenerateCall, InterpretOptions, ReferencePorts } from "./reference.ts";
import { done, failed, type StepEnd } from "./step-end.ts";
import { renderPrompt } from "./template.ts";

export async function generateStep(
  step: AiGenerateStep,
  memory: Memory,
  options: InterpretOptions,
  ports: ReferencePorts,
): Promise<StepEnd> {
  const { config } = step;
  const prepared = prepare(step, memory, options);
  if (typeof prepared === "string") return failed("template_error", prepared, 1);
  const candidates = [
    { provider: config.provider ?? options.provider, model: config.model },
    ...(config.fallback ?? []),
  ];
  let correction: Pick<GenerateCall, "feedback" | "previous"> = { feedback: [] };
  let violations = 0;
  let failures = 0;
  let candidate = 0;
  for (let attempt = 1; ; attempt += 1) {
    const { provider, model } = candidates[candidate] ?? {};
    const asked = options.mock === null ? (provider ?? null) : "mock";
    const answer = await ports.generate({
      ...prepared,
      attempt,
      provider: asked,
      mock: asked === "mock" ? mockOf(options, step.id) : null,
      ...correction,
      ...(model === undefined ? {} : { model }),
    });
    if (answer.ok) {
      const judged = judge(answer.text, config.json_schema);
      if (judged.fits && jsonByteLength(judged.value) > LIMITS.stepOutputBytes) {
        return failed("output_too_large", "The answer is too large.", attempt);
      }
      if (judged.fits) return done(judged.value, step.next, attempt);
      violations += 1;
      correction = { feedback: judged.feedback, previous: answer.text };
      if (violations <= LIMITS.schemaRetries) continue;
      const message = `The answer does not fit the schema: ${judged.feedback.join(" ")}`;
      return failed("ai_schema_violation", message, attempt);
    }
    failures += 1;
    const { unusable = false } = answer;
    if (!answer.retryable && !unusable) return failed(answer.code, answer.message, attempt);
    if (!unusable && failures < step.retry.max_attempts) continue;
    candidate += 1;
    failures = 0;
    if (candidate === candidates.length) return failed(answer.code, answer.message, attempt);
  }
}

type Prepared = Omit<
  GenerateCall,
  "attempt" | "provider" | "model" | "feedback" | "previous" | "mock"
>;

/** What every attempt asks, or why nothing can be asked. */
function prepare(
  step: AiGenerateStep,
  memory: Memory,
  { templates }: InterpretOptions,
): Prepared | string {
  const { config, id } = step;
  const template = Object.hasOwn(templates, config.template_id)
    ? templates[config.template_id]
    : undefined;
  if (template === undefined) return `The template "${config.template_id}" does not exist.`;
  const variables = variablesOf(config.variables, memory);
  const prompt = renderPrompt(template.prompt, variables);
  const system = template.system === undefined ? "" : renderPrompt(template.system, variables);
  if (prompt === null || system === null) return `The template "${template.id}" cannot be used.`;
  return {
    step_id: id,
    prompt,
    schema: config.json_schema,
    template_id: template.id,
    variables,
    timeout_s: config.timeout_s,
    ...(template.system === undefined ? {} : { system }),
    ...(config.temperature === undefined ? {} : { temperature: config.temperature }),
    ...(config.max_output_tokens === undefined
      ? {}
      : { max_output_tokens: config.max_output_tokens }),
  };
}

/** By the last segment of their paths; what leads nowhere is the empty text. */
function variablesOf(paths: readonly string[], memory: Memory): JsonObject {
  return Object.fromEntries(
    paths.map((path) => [path.split(".").at(-1) ?? "", findPath(memory, path) ?? ""]),
  );
}

function mockOf(options: InterpretOptions, stepId: string): GenerateCall["mock"] {
  const mock = options.mock ?? options.namedMock;
  if (mock === undefined) return null;
  const { mode, steps, seed } = mock;
  return { mode: (Object.hasOwn(steps, stepId) ? steps[stepId] : undefined) ?? mode, seed };
}
