/**
 * One call to a model and what became of it: the text read as JSON and validated against the full
 * schema. Owns no budget and no loop: steps are repeated by the engine, the route repeats itself,
 * both with the `feedback` that an invalid answer gives.
 */
import type { Failure } from "../model/failure.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import { isWithinDepth, type SchemaViolation, validateJson } from "../validation/json-schema.ts";
import { parseAnswer } from "./answer.ts";
import { costUsd } from "./prices.ts";
import type { GenerateRequest, GenerateResult, Provider } from "./provider.ts";

export { collectVariables, renderPrompt } from "./prompt.ts";

export interface InferRequest extends GenerateRequest {
  provider: Provider;
  signal: AbortSignal;
  /** Milliseconds, for the latency. */
  now: () => number;
}

/**
 * What one call took. Tokens are 0 when the provider did not say, and `tokens_unknown` says so; the
 * cost is null when unknown.
 */
export interface InferUsage {
  provider: string;
  model: string;
  tokens_prompt: number;
  tokens_output: number;
  latency_ms: number;
  cost_usd: number | null;
  tokens_unknown?: true;
  /** Why the model stopped, in the provider's words. */
  finish_reason?: string;
  /** What of the request the provider was not told, or told in another way. */
  lowering?: string[];
}

export type InferResult =
  | { kind: "valid"; value: JsonValue; usage: InferUsage }
  | {
      kind: "invalid";
      violations: SchemaViolation[];
      /** The violations as sentences to tell the model. */
      feedback: string[];
      usage: InferUsage;
    }
  | {
      kind: "failed";
      failure: Failure;
      retryable: boolean;
      retryAfterMs?: number;
      usage: InferUsage;
    };

/** Makes one call. A failure after the signal was aborted is a `timeout`, whatever its cause. */
export async function infer(request: InferRequest): Promise<InferResult> {
  const { provider, signal, now, ...call } = request;
  const started = now();
  const result = await provider.generate(call, signal);
  const usage = usageOf(request, result, now() - started);
  return result.ok ? judge(result, call.schema, usage) : fail(result, signal, usage);
}

function usageOf(request: InferRequest, result: GenerateResult, elapsedMs: number): InferUsage {
  const { provider } = request;
  const { tokensPrompt, tokensOutput, finishReason, lowering = [] } = result;
  const model = result.model ?? request.model ?? provider.name;
  const isKnown = tokensPrompt !== undefined && tokensOutput !== undefined;
  return {
    provider: provider.name,
    model,
    tokens_prompt: tokensPrompt ?? 0,
    tokens_output: tokensOutput ?? 0,
    latency_ms: Math.max(0, Math.round(elapsedMs)),
    cost_usd: costUsd(provider.name, model, result),
    ...(isKnown || provider.inProcess ? {} : { tokens_unknown: true as const }),
    ...(finishReason === undefined ? {} : { finish_reason: finishReason }),
    ...(lowering.length === 0 ? {} : { lowering }),
  };
}

function judge(
  { text, isCutOff = false }: Extract<GenerateResult, { ok: true }>,
  schema: JsonObject | boolean,
  usage: InferUsage,
): InferResult {
  const answer = parseAnswer(text);
  const found = answer.ok ? findViolations(schema, answer.value) : [NOT_JSON];
  if (answer.ok && found.length === 0) return { kind: "valid", value: answer.value, usage };
  // What is wrong with half an answer is that it is half an answer.
  const violations = isCutOff ? [CUT_OFF] : found;
  return { kind: "invalid", violations, feedback: violations.map(toSentence), usage };
}

function findViolations(schema: JsonObject | boolean, value: JsonValue): SchemaViolation[] {
  return isWithinDepth(value, LIMITS.bodyDepth) ? validateJson(schema, value) : [TOO_DEEP];
}

function fail(
  result: Extract<GenerateResult, { ok: false }>,
  signal: AbortSignal,
  usage: InferUsage,
): InferResult {
  if (signal.aborted) {
    const failure: Failure = { code: "timeout", message: "The provider did not answer in time." };
    return { kind: "failed", failure, retryable: true, usage };
  }
  const { code, message, retryable, retryAfterMs } = result;
  const failed = { kind: "failed", failure: { code, message }, retryable, usage } as const;
  return retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
}

const NOT_JSON: SchemaViolation = {
  pointer: "",
  keyword: "json",
  message: "must be one JSON value, with no other text around it",
};

const CUT_OFF: SchemaViolation = {
  pointer: "",
  keyword: "length",
  message: "was cut off at the limit of output tokens; it must be shorter",
};

/** What cannot be posted to the service is not taken from a model either. */
const TOO_DEEP: SchemaViolation = {
  pointer: "",
  keyword: "depth",
  message: `must not be nested more than ${LIMITS.bodyDepth} deep`,
};

function toSentence({ pointer, message }: SchemaViolation): string {
  return `${pointer === "" ? "The answer" : pointer} ${message}.`;
}
