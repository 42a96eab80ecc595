/** The usage of a step's calls to models; every attempt counts, late ones too. */
import type { AiResponse } from "#model/attempt.ts";
import type { ShownEvent } from "#model/event.ts";

export interface StepUsage {
  calls: number;
  tokensPrompt: number;
  tokensOutput: number;
  /** null when the price of one of the calls is unknown. */
  costUsd: number | null;
}

/** From the events of one step; null when it called no model. */
export function usageOf(events: readonly ShownEvent[]): StepUsage | null {
  const usage: StepUsage = { calls: 0, tokensPrompt: 0, tokensOutput: 0, costUsd: 0 };
  for (const event of events) {
    const response = responseIn(event);
    if (!response) continue;
    const { cost_usd: cost } = response;
    usage.calls += 1;
    usage.tokensPrompt += response.tokens_prompt;
    usage.tokensOutput += response.tokens_output;
    usage.costUsd = usage.costUsd === null || cost === null ? null : usage.costUsd + cost;
  }
  return usage.calls === 0 ? null : usage;
}

function responseIn({ type, data }: ShownEvent): AiResponse | undefined {
  if (type === "ai.response") return data;
  return type === "step.late" ? data.response : undefined;
}

/** "2 calls, 182 tokens in, 44 out, $0.0021". */
export function usageWords({ calls, tokensPrompt, tokensOutput, costUsd }: StepUsage): string {
  return [
    `${calls} model ${calls === 1 ? "call" : "calls"}`,
    `${tokensPrompt.toLocaleString("en")} tokens in`,
    `${tokensOutput.toLocaleString("en")} out`,
    ...(costUsd === null || costUsd === 0 ? [] : [costWords(costUsd)]),
  ].join(", ");
}

function costWords(usd: number): string {
  return usd < 0.0001 ? "under $0.0001" : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}
