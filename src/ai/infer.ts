/**
 * One call to a model and what became of it: the text read as JSON and validated against the full
 * schema. Owns no budget and no loop: steps are repeated by the engine, the route repeats itself,
 * both with the `feedback` that an invalid answer gives.
 */
import type { Failure } from "../model/failure.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import { isWithinDepth, type SchemaViolation, validateJson } from "../validation/json-schema.ts";
import { costUsd } from "./price.ts";
import type { GenerateRequest, GenerateResult, Provider } from "./provider.ts";

export { collectVariables, renderPrompt } from "./prompt.ts";

export interface InferRequest extends GenerateRequest {
  provider: Provider;
  signal: AbortSignal;
  /** Milliseconds, for the latency. */
  now: () => number;
}

/** What one call took. Tokens are 0 when the provider did not say; the cost null when unknown. */
export interface InferUsage {
  provider: string;
  model: string;
  tokens_prompt: number;
  tokens_output: number;
  latency_ms: number;
  cost_usd: number | null;
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
  const usage: InferUsage = {
    provider: provider.name,
    model: (result.ok ? result.model : call.model) ?? provider.name,
    tokens_prompt: result.tokensPrompt ?? 0,
    tokens_output: result.tokensOutput ?? 0,
    latency_ms: Math.max(0, Math.round(now() - started)),
    cost_usd: costUsd(provider.name),
  };
  return result.ok ? judge(result.text, call.schema, usage) : fail(result, signal, usage);
}

function judge(text: string, schema: JsonObject | boolean, usage: InferUsage): InferResult {
  const answer = parseAnswer(text);
  const violations = answer.ok ? findViolations(schema, answer.value) : [NOT_JSON];
  if (answer.ok && violations.length === 0) return { kind: "valid", value: answer.value, usage };
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

/** What cannot be posted to the service is not taken from a model either. */
const TOO_DEEP: SchemaViolation = {
  pointer: "",
  keyword: "depth",
  message: `must not be nested more than ${LIMITS.bodyDepth} deep`,
};

function toSentence({ pointer, message }: SchemaViolation): string {
  return `${pointer === "" ? "The answer" : pointer} ${message}.`;
}

const FENCE = "```";

/** Reads JSON as models write it: bare, or in a fenced block with or without words around it. */
function parseAnswer(text: string): { ok: true; value: JsonValue } | { ok: false } {
  const bare = parseJson(text);
  if (bare.ok) return bare;
  const open = text.indexOf(FENCE);
  const start = open === -1 ? -1 : text.indexOf("\n", open);
  const end = text.lastIndexOf(FENCE);
  return start === -1 || end <= start ? bare : parseJson(text.slice(start, end));
}

function parseJson(text: string): { ok: true; value: JsonValue } | { ok: false } {
  try {
    return { ok: true, value: readJson(text, finite) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { ok: false };
    throw error;
  }
}

/** `JSON.parse` with the type of what it gives. */
const readJson: (text: string, revive: typeof finite) => JsonValue = JSON.parse;

/** 1e999 is read as Infinity, which would be stored as null: it is null from the start. */
function finite(_key: string, value: JsonValue): JsonValue {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
