/**
 * A provider whose calls are paid from the day's tokens of the caller. What a call may take is
 * reserved before it is made and corrected by what it took, so that calls at the same time do not
 * spend the same tokens, and one that was cut off counts as what was reserved.
 *
 * Without `AI_INFER_MAX_TOKENS` the length of an answer is not known before: then the calls under
 * way may exceed the share by their answers.
 */
import type { GenerateRequest, GenerateResult, Provider } from "#ai/provider.ts";
import type { MeterRpc } from "#model/meter-rpc.ts";
import { meterOf } from "../door/rate-limits.ts";
import { ProblemError } from "../problems/problems.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";

/** A token has about this many bytes of a prompt, or more. */
const BYTES_A_TOKEN = 3;
const DAY_MS = 86_400_000;

export function meteredProvider(c: AppContext, provider: Provider): Provider {
  const { AI_INFER_DAILY_TOKENS: dailyTokens, AI_INFER_MAX_TOKENS: longest } = c.get("settings");
  const { name, inProcess } = provider;
  return {
    name,
    inProcess,
    async generate(asked, signal) {
      const request = { ...asked, ...(longest === 0 ? {} : { maxOutputTokens: longest }) };
      if (dailyTokens === 0) return provider.generate(request, signal);
      const day = new Date().toISOString().slice(0, 10);
      const tokens = estimate(request);
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

function estimate(request: GenerateRequest): number {
  const { system, prompt, schema, feedback, previousAnswer, maxOutputTokens = 0 } = request;
  const sent = JSON.stringify([system, prompt, schema, feedback, previousAnswer]);
  const bytes = new TextEncoder().encode(sent).byteLength;
  return Math.ceil(bytes / BYTES_A_TOKEN) + maxOutputTokens;
}

/** null: not known, so that the reservation stays. A call that was refused took nothing. */
function takenBy(result: GenerateResult, signal: AbortSignal): number | null {
  const { tokensPrompt, tokensOutput } = result;
  if (tokensPrompt !== undefined || tokensOutput !== undefined) {
    return (tokensPrompt ?? 0) + (tokensOutput ?? 0);
  }
  return result.ok || signal.aborted ? null : 0;
}
