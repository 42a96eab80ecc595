import { describe, expect, it } from "vitest";
import { addCall, NO_USAGE, showUsage, type UsageCounts } from "#model/usage.ts";

function after(...costs: (number | null)[]): UsageCounts {
  return costs.reduce<UsageCounts>(
    (counts, cost_usd) =>
      addCall(counts, {
        provider: "openai",
        model: "m",
        template_id: "t",
        template_version: 1,
        tokens_prompt: 10,
        tokens_output: 3,
        latency_ms: 5,
        retry_count: 0,
        cost_usd,
        schema_valid: true,
      }),
    NO_USAGE,
  );
}

describe("the cost of several calls", () => {
  it.each<[costs: (number | null)[], shown: { cost_usd: number | null; known_cost_usd?: number }]>([
    [[], { cost_usd: 0 }],
    [[0], { cost_usd: 0 }],
    [[0.1, 0.2], { cost_usd: 0.3 }],
    [[null], { cost_usd: null, known_cost_usd: 0 }],
    [[0.1, null, 0.2], { cost_usd: null, known_cost_usd: 0.3 }],
  ])("of %j is %j", (costs, shown) => {
    const calls = costs.length;
    const counted = { tokens_prompt: 10 * calls, tokens_output: 3 * calls, ai_calls: calls };
    expect(showUsage(after(...costs))).toEqual({ ...counted, ...shown });
  });

  it("of a run that began before calls of unknown cost were counted is what it was", () => {
    const stored = { tokens_prompt: 1, tokens_output: 1, cost_usd: 0.5, ai_calls: 2 };
    expect(showUsage(stored)).toEqual(stored);
  });
});
