/**
 * A provider whose calls are paid from the day's tokens of the caller. What a call may take is
 * reserved before it is made and corrected by what it took, so that calls at the same time do not
 * spend the same tokens, and one that was cut off counts as what was reserved.
 *
 * The reservation is the most that a call can take, so that calls at the same time never exceed the
 * share together: each byte that is sent as a token, and an answer of the length that the model is
 * limited to. So there is such a length wherever there is a share.
 */
import type { GenerateRequest, GenerateResult, Provider } from "#ai/provider.ts";
import { LIMITS } from "#model/limits.ts";
import type { MeterRpc } from "#model/meter-rpc.ts";
import { meterOf } from "../door/rate-limits.ts";
import { ProblemError } from "../problems/problems.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";

/** In the prompt or beside it as the answer's format, and again with a correction. */
const TIMES_SCHEMA_SENT = 2;
/** Our own words in a prompt, and what a provider counts for roles and separators. */
const WORDS_AROUND = 400;
const DAY_MS = 86_400_000;

export function meteredProvider(c: AppContext, provider: Provider): Provider {
  const { AI_INFER_DAILY_TOKENS: dailyTokens, AI_INFER_MAX_TOKENS: set } = c.get("settings");
  const longest = set === 0 && dailyTokens > 0 ? LIMITS.inferAnswerTokens : set;
  const { name, inProcess } = provider;
  return {
    name,
    inProcess,
    async generate(asked, signal) {
      const request = { ...asked, ...(longest === 0 ? {} : { maxOutputTokens: longest }) };
      if (dailyTokens === 0) return provider.generate(request, signal);
      const day = new Date().toISOString().slice(0, 10);
      const tokens = mostOf(request);
      const meter = await reserve(c, { day, tokens, dailyTokens });
      const result = await provider.generate(request, signal);
      const taken = takenBy(result, signal);
      if (taken !== null && taken !== tokens) await meter.correct(day, taken - tokens);
      return result;
    },
  };
}

async function reserve(
  c: AppContext,
  reservation: { day: string; tokens: number; dailyTokens: number },
): Promise<MeterRpc> {
  const meter = await meterOf(c, c.get("principal").id);
  const result = await meter.reserve(reservation).catch((error: unknown) => {
    // Money is at stake: unlike a limit of rate, this one does not let pass what it cannot count.
    c.get("logger").defect("tokens not reserved", error, requestIds(c));
    const detail = "The tokens of the day cannot be counted at the moment. Try again.";
    throw new ProblemError({ code: "storage_unavailable", detail });
  });
  if (result.ok) return meter;
  const left = Math.max(0, reservation.dailyTokens - result.spent);
  const detail = `These credentials may use ${reservation.dailyTokens} tokens a day; ${left} are left until midnight UTC, and this call may take ${reservation.tokens}.`;
  const retryAfterS = Math.ceil((DAY_MS - (Date.now() % DAY_MS)) / 1000);
  throw new ProblemError(
    { code: "quota_exceeded", detail },
    { "retry-after": String(retryAfterS) },
  );
}

/** The most tokens that a call can take: one has a byte at least. */
function mostOf(request: GenerateRequest): number {
  const { system = "", prompt, schema, feedback, previousAnswer = "" } = request;
  const { maxOutputTokens = 0 } = request;
  const texts = [system, prompt, ...feedback, previousAnswer].map(bytesOf);
  const sent = texts.reduce((sum, bytes) => sum + bytes, 0);
  const schemas = TIMES_SCHEMA_SENT * bytesOf(JSON.stringify(schema));
  return sent + schemas + WORDS_AROUND + maxOutputTokens;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** null: not known, so that the reservation stays. A call that was refused took nothing. */
function takenBy(result: GenerateResult, signal: AbortSignal): number | null {
  const { tokensPrompt, tokensOutput } = result;
  if (tokensPrompt !== undefined || tokensOutput !== undefined) {
    return (tokensPrompt ?? 0) + (tokensOutput ?? 0);
  }
  return result.ok || signal.aborted ? null : 0;
}
