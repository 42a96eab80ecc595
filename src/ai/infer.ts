/**
 * One call to a model and what became of it: the text read as JSON and validated against the full
 * schema. Owns no budget and no loop: steps are repeated by the engine, the route repeats itself,
 * both with the `feedback` of an invalid answer.
 */
import type { Failure } from "#model/failure.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { Work } from "#model/work.ts";
import { cutToBytes } from "#model/cut.ts";
import type { SchemaViolation } from "#validation/json-schema/validate.ts";
import { judgeAnswer, type Misfit, toSentence } from "./judge.ts";
import { costUsd, roundUsd } from "./prices.ts";
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
  /** The part of the prompt that the provider had cached; absent: none, or not reported. */
  tokens_cached?: number;
  latency_ms: number;
  cost_usd: number | null;
  tokens_unknown?: true;
  /** Why the model stopped, as the provider reports it. */
  finish_reason?: string;
  /** The parts of the request that the provider was not sent, or sent in another form. */
  lowering?: string[];
  /** How the answer was repaired before parsing; absent: it was not. */
  reading?: string;
}

export type InferResult =
  | { kind: "valid"; value: JsonValue; usage: InferUsage }
  | {
      kind: "invalid";
      violations: SchemaViolation[];
      /** The violations as sentences to tell the model. */
      feedback: string[];
      /** What happened, for people: one sentence a cause. */
      message: string;
      /** What the model said, as far as it is kept. */
      answer: string;
      usage: InferUsage;
    }
  | {
      kind: "failed";
      failure: Failure;
      retryable: boolean;
      /** Another provider or model may answer; this one will not. */
      isUnusable?: true;
      retryAfterMs?: number;
      /** What the model had said by then, as far as it is kept. */
      answer?: string;
      usage: InferUsage;
    };

/**
 * Makes one call. A failure after the signal was aborted is a `timeout`, regardless of its cause.
 */
export async function infer(request: InferRequest): Promise<InferResult> {
  const { provider, signal, now, ...call } = request;
  const started = now();
  const result = await provider.generate(call, signal);
  const usage = usageOf(request, result, now() - started);
  return result.ok ? judge(result, call.schema, usage) : fail(result, signal, usage);
}

function usageOf(request: InferRequest, result: GenerateResult, elapsedMs: number): InferUsage {
  const { provider } = request;
  const { tokensPrompt, tokensOutput, tokensCached, costUsd: told, finishReason } = result;
  const { lowering = [] } = result;
  const model = result.model ?? request.model ?? provider.name;
  const isKnown = tokensPrompt !== undefined && tokensOutput !== undefined;
  return {
    provider: provider.name,
    model,
    tokens_prompt: tokensPrompt ?? 0,
    tokens_output: tokensOutput ?? 0,
    ...(tokensCached === undefined || tokensCached === 0 ? {} : { tokens_cached: tokensCached }),
    latency_ms: Math.max(0, Math.round(elapsedMs)),
    cost_usd: told === undefined ? costUsd(provider.name, model, result) : roundUsd(told),
    ...(isKnown || provider.inProcess ? {} : { tokens_unknown: true as const }),
    ...(finishReason === undefined ? {} : { finish_reason: finishReason }),
    ...(lowering.length === 0 ? {} : { lowering }),
  };
}

function judge(
  result: Extract<GenerateResult, { ok: true }>,
  schema: JsonObject | boolean,
  usage: InferUsage,
): InferResult {
  const { isCutOff = false, refusedByServer } = result;
  const answer = cutToBytes(result.text, LIMITS.keptAnswerBytes);
  const judged = judgeAnswer(result, schema, Work.ofTurn());
  if (judged.fits && refusedByServer === undefined) {
    const { value, steps } = judged.reading;
    const how = steps.length === 0 ? {} : { reading: steps.join("+") };
    return { kind: "valid", value, usage: { ...usage, ...how } };
  }
  // What is wrong with half an answer is that it is half an answer: asked again, it would be no
  // shorter.
  if (isCutOff) {
    const failure: Failure = { code: "ai_truncated", message: TRUNCATED };
    return { kind: "failed", failure, retryable: false, answer, usage };
  }
  const { violations, message } = judged.fits ? refusal(refusedByServer ?? "") : judged.misfit;
  const feedback = violations.map(toSentence);
  return { kind: "invalid", violations, feedback, message, answer, usage };
}

const TRUNCATED =
  "The model's answer was cut off at the limit of output tokens, before it was complete.";

function refusal(said: string): Misfit {
  const words = said.replace(/\.+$/, "");
  const message = `was refused by the provider's own check of the schema${words === "" ? "" : `: ${words}`}`;
  return {
    violations: [{ pointer: "", keyword: "schema", message }],
    message: `The answer ${message}.`,
  };
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
  const { code, message, retryable, isUnusable = false, retryAfterMs } = result;
  return {
    kind: "failed",
    failure: { code, message },
    retryable,
    ...(isUnusable ? { isUnusable: true } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    usage,
  };
}
