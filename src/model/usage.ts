/**
 * Total usage of calls to models. A call whose cost is unknown is never counted as free: the sum is
 * then unknown too, and the known part is kept beside it.
 */
import type { AiResponse } from "./attempt.ts";

/** Persisted shape: part of the state of a run and of each of its steps. */
export interface UsageCounts {
  tokens_prompt: number;
  tokens_output: number;
  /** The part of the prompts that providers had cached; absent: none. */
  tokens_cached?: number;
  /** Cost in US dollars of the calls whose cost is known. */
  cost_usd: number;
  ai_calls: number;
  /** How many calls have an unknown cost; absent: none. */
  cost_unknown_calls?: number;
}

/** The form of the API. */
export interface Usage {
  tokens_prompt: number;
  tokens_output: number;
  /** The part of the prompts that providers had cached; absent: none. */
  tokens_cached?: number;
  /** null when the cost of any call is unknown. */
  cost_usd: number | null;
  /** The cost of the other calls; only when `cost_usd` is null. */
  known_cost_usd?: number;
  ai_calls: number;
}

export const NO_USAGE: UsageCounts = {
  tokens_prompt: 0,
  tokens_output: 0,
  cost_usd: 0,
  ai_calls: 0,
};

/** The counts with one more call. */
export function addCall(counts: UsageCounts, response: AiResponse): UsageCounts {
  const cached = (counts.tokens_cached ?? 0) + (response.tokens_cached ?? 0);
  const unknown = (counts.cost_unknown_calls ?? 0) + (response.cost_usd === null ? 1 : 0);
  return {
    tokens_prompt: counts.tokens_prompt + response.tokens_prompt,
    tokens_output: counts.tokens_output + response.tokens_output,
    ...(cached === 0 ? {} : { tokens_cached: cached }),
    cost_usd: addUsd(counts.cost_usd, response.cost_usd ?? 0),
    ai_calls: counts.ai_calls + 1,
    ...(unknown === 0 ? {} : { cost_unknown_calls: unknown }),
  };
}

export function showUsage(counts: UsageCounts): Usage {
  const { tokens_prompt, tokens_output, tokens_cached, cost_usd, ai_calls } = counts;
  const { cost_unknown_calls = 0 } = counts;
  const cached = tokens_cached === undefined ? {} : { tokens_cached };
  const cost =
    cost_unknown_calls === 0 ? { cost_usd } : { cost_usd: null, known_cost_usd: cost_usd };
  return { tokens_prompt, tokens_output, ...cached, ...cost, ai_calls };
}

/** To a ten-billionth of a dollar: sums of binary fractions show noise beyond that. */
function addUsd(left: number, right: number): number {
  return Math.round((left + right) * 1e10) / 1e10;
}
