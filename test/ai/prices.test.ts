import { describe, expect, it } from "vitest";
import { costUsd, PRICE_SOURCE, PRICES, type TokenCounts } from "#ai/prices.ts";

describe("the prices", () => {
  it("name their source", () => {
    expect(new URL(PRICE_SOURCE).protocol).toBe("https:");
  });

  it.each(Object.entries(PRICES))(
    "of %s are positive, dated, and lower from a cache",
    (_id, price) => {
      const { input, cachedInput, output, asOf } = price;
      expect(Math.min(input, cachedInput, output)).toBeGreaterThan(0);
      expect(cachedInput).toBeLessThan(input);
      expect(new Date(asOf).toISOString().slice(0, 10)).toBe(asOf);
      expect(asOf <= "2026-11-22").toBe(true);
    },
  );
});

describe("the cost of a call", () => {
  const counts = { tokensPrompt: 1_000_000, tokensOutput: 1_000_000 };

  it.each<[provider: string, model: string, counts: TokenCounts, usd: number | null]>([
    ["openai", "gpt-5.4-mini", counts, 5.25],
    ["openai", "gpt-5.4-mini-2026-03-17", counts, 5.25],
    ["openai", "openai/gpt-5.4-mini", counts, 5.25],
    ["openai", "gpt-5.4-mini", { ...counts, tokensCached: 1_000_000 }, 4.575],
    ["openai", "gpt-5.4-mini", { ...counts, tokensCached: 2_000_000 }, 4.575],
    ["openai", "gpt-5.4-mini", { tokensPrompt: 0, tokensOutput: 0 }, 0],
    ["openai", "gpt-5.4-nano", { tokensPrompt: 1, tokensOutput: 1 }, 0.00000145],
    ["openai", "gpt-5.4-mini", { tokensPrompt: 10 }, null],
    ["openai", "gpt-5.4-mini", {}, null],
    ["openai", "gpt-5.4-mini-tuned", counts, null],
    ["openai", "llama-9", counts, null],
    ["openai", "constructor", counts, null],
    ["openai", "", counts, null],
    ["mock", "mock", {}, 0],
  ])("of %s with %s and %j is %j", (provider, model, given, usd) => {
    expect(costUsd(provider, model, given)).toBe(usd);
  });
});
