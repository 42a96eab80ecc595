/**
 * The attempts behind one answer of `/v1/ai/infer`. Owns their budgets, which never mix, and their
 * common time limit; a single call is in `ai/infer.ts`.
 *
 * 1. A model whose answer does not fit gets it back with the violations, at most
 *    `LIMITS.schemaRetries` times.
 * 2. A failed call is retried like a step's by default, at most `TRANSPORT_TRIES` calls.
 * 3. Everything ends within a time limit, `LIMITS.inferTimeoutMs` by default. A pause that would
 *    use up the time is skipped.
 */
import { infer, type InferRequest, type InferUsage } from "./infer.ts";
import type { Failure } from "#model/failure.ts";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { SchemaViolation } from "#validation/json-schema/validate.ts";

const TRANSPORT_TRIES = 3;
const FIRST_DELAY_MS = 500;

/** Usage of all attempts together. */
interface InferTotals {
  model: string;
  tokens_prompt: number;
  tokens_output: number;
  /** Prompt tokens that the provider had cached; absent: none. */
  tokens_cached?: number;
  /** null when the price of one of them is unknown. */
  cost_usd: number | null;
  /** From the first call to the answer, pauses included. */
  latency_ms: number;
  /** Calls after the first. */
  retry_count: number;
}

export type InferOutcome = { totals: InferTotals } & (
  | { kind: "valid"; value: JsonValue }
  | { kind: "invalid"; violations: SchemaViolation[]; message: string }
  | { kind: "failed"; failure: Failure; retryAfterMs?: number }
);

type Tried = Omit<InferRequest, "signal" | "attempt" | "feedback" | "previousAnswer">;

/** Calls the model until its value fits, or a budget is used up. */
export async function inferRepeatedly(
  request: Tried,
  limitMs: number = LIMITS.inferTimeoutMs,
): Promise<InferOutcome> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  try {
    return await tryAll(request, limitMs, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function tryAll(request: Tried, limitMs: number, signal: AbortSignal): Promise<InferOutcome> {
  const started = request.now();
  const usages: InferUsage[] = [];
  let correction: Pick<InferRequest, "feedback" | "previousAnswer"> = { feedback: [] };
  let violations = 0;
  let failures = 0;
  for (let attempt = 1; ; attempt++) {
    const result = await infer({ ...request, attempt, ...correction, signal });
    usages.push(result.usage);
    const elapsedMs = request.now() - started;
    const totals = sum(usages, elapsedMs);
    if (result.kind === "valid") return { kind: "valid", value: result.value, totals };
    if (result.kind === "invalid") {
      violations += 1;
      correction = { feedback: result.feedback, previousAnswer: result.answer };
      if (violations <= LIMITS.schemaRetries) continue;
      return { kind: "invalid", violations: result.violations, message: result.message, totals };
    }
    failures += 1;
    const { failure, retryable, retryAfterMs } = result;
    const delayMs = Math.max(delayAfter(failures), retryAfterMs ?? 0);
    const hasTime = !signal.aborted && elapsedMs + delayMs < limitMs;
    if (!retryable || failures >= TRANSPORT_TRIES || !hasTime) {
      const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
      return { kind: "failed", failure, ...asked, totals };
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}

/** Doubles with each failure; random in its upper half, so that callers do not retry in step. */
function delayAfter(failures: number): number {
  const full = FIRST_DELAY_MS * 2 ** (failures - 1);
  return full / 2 + (full / 2) * Math.random();
}

function sum(usages: InferUsage[], elapsedMs: number): InferTotals {
  const totals = { model: "", tokens_prompt: 0, tokens_output: 0 };
  let cached = 0;
  let cost: number | null = 0;
  for (const { model, tokens_prompt, tokens_output, tokens_cached = 0, cost_usd } of usages) {
    cached += tokens_cached;
    totals.model = model;
    totals.tokens_prompt += tokens_prompt;
    totals.tokens_output += tokens_output;
    cost = cost === null || cost_usd === null ? null : cost + cost_usd;
  }
  const latency_ms = Math.max(0, Math.round(elapsedMs));
  const ofCache = cached === 0 ? {} : { tokens_cached: cached };
  return { ...totals, ...ofCache, cost_usd: cost, latency_ms, retry_count: usages.length - 1 };
}
