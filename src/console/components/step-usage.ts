/** The usage of a step's calls to models; every attempt counts, late ones too. */
import { isJsonObject, ownProperty } from "#model/json.ts";
import type { Event } from "./api-types.ts";

export interface StepUsage {
  calls: number;
  tokensPrompt: number;
  tokensOutput: number;
  /** null when the price of one of the calls is unknown. */
  costUsd: number | null;
}

/** From the events of one step; null when it called no model. */
export function usageOf(events: readonly Event[]): StepUsage | null {
  const usage: StepUsage = { calls: 0, tokensPrompt: 0, tokensOutput: 0, costUsd: 0 };
  for (const { type, data } of events) {
    const response = type === "ai.response" ? data : ownProperty(data, "response");
    if (!isJsonObject(response)) continue;
    const cost = response["cost_usd"];
    usage.calls += 1;
    usage.tokensPrompt += numberOf(response["tokens_prompt"]);
    usage.tokensOutput += numberOf(response["tokens_output"]);
    usage.costUsd =
      usage.costUsd === null || typeof cost !== "number" ? null : usage.costUsd + cost;
  }
  return usage.calls === 0 ? null : usage;
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

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
