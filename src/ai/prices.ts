/**
 * What models cost: data with a date, not a service. A model that is not listed has no known
 * price, and what it costs is null, never 0.
 *
 * Standard processing, prompts below 272,000 tokens (ours are at most `LIMITS.renderedBytes`). The
 * rates are those of the vendor's page of prices as public copies of it quote them; each row says
 * when they were last seen there.
 */

interface Price {
  /** US dollars for a million tokens. */
  input: number;
  /** For input that the provider had in its cache. */
  cachedInput: number;
  output: number;
  /** The day on which the rates were seen. */
  asOf: `${number}-${number}-${number}`;
}

/** Where the rates stand. */
export const PRICE_SOURCE = "https://developers.openai.com/api/docs/pricing";

/** By model, without the date of a snapshot. */
export const PRICES: Readonly<Record<string, Price>> = {
  "gpt-6.1-sol": { input: 2, cachedInput: 0.1, output: 10, asOf: "2026-09-30" },
  "gpt-6-astra": { input: 10, cachedInput: 1, output: 50, asOf: "2026-09-03" },
  "gpt-6-sol": { input: 2, cachedInput: 0.2, output: 10, asOf: "2026-09-22" },
  "gpt-6-luna": { input: 0.1, cachedInput: 0.01, output: 0.5, asOf: "2026-09-22" },
  "gpt-5.6-terra": { input: 2, cachedInput: 0.2, output: 12, asOf: "2026-07-30" },
  "gpt-5.6-luna": { input: 0.2, cachedInput: 0.02, output: 1.2, asOf: "2026-07-30" },
  "gpt-5.5": { input: 5, cachedInput: 0.5, output: 30, asOf: "2026-06-28" },
  "gpt-5.4": { input: 2.5, cachedInput: 0.25, output: 15, asOf: "2026-06-28" },
  "gpt-5.4-mini": { input: 0.75, cachedInput: 0.075, output: 4.5, asOf: "2026-09-16" },
  "gpt-5.4-nano": { input: 0.2, cachedInput: 0.02, output: 1.25, asOf: "2026-06-28" },
  "gpt-5.2": { input: 1.75, cachedInput: 0.175, output: 14, asOf: "2026-04-13" },
  "gpt-5.1": { input: 1.25, cachedInput: 0.125, output: 10, asOf: "2026-04-13" },
  "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10, asOf: "2026-03-21" },
  "gpt-5-mini": { input: 0.25, cachedInput: 0.025, output: 2, asOf: "2026-06-01" },
  "gpt-5-nano": { input: 0.05, cachedInput: 0.005, output: 0.4, asOf: "2026-03-21" },
  "gpt-4.1": { input: 2, cachedInput: 0.5, output: 8, asOf: "2026-06-01" },
  "gpt-4.1-mini": { input: 0.4, cachedInput: 0.1, output: 1.6, asOf: "2026-04-02" },
  "gpt-4.1-nano": { input: 0.1, cachedInput: 0.025, output: 0.4, asOf: "2026-04-02" },
};

/** Tokens of one call as far as the provider said. */
export interface TokenCounts {
  tokensPrompt?: number;
  /** The part of the prompt that the provider had cached. */
  tokensCached?: number;
  tokensOutput?: number;
}

/**
 * What one call costs in US dollars; null when the price or the tokens are not known. The mock
 * costs nothing, and neither does a call that took no tokens, regardless of its model.
 */
export function costUsd(provider: string, model: string, counts: TokenCounts): number | null {
  if (provider === "mock") return 0;
  const price = priceOf(model);
  const { tokensPrompt, tokensOutput, tokensCached = 0 } = counts;
  if (tokensPrompt === 0 && tokensOutput === 0) return 0;
  if (price === null || tokensPrompt === undefined || tokensOutput === undefined) return null;
  const cached = Math.min(tokensCached, tokensPrompt);
  const perMillion =
    (tokensPrompt - cached) * price.input +
    cached * price.cachedInput +
    tokensOutput * price.output;
  return roundUsd(perMillion / 1_000_000);
}

/** The price of a model, of its snapshot by date, or of a gateway's `vendor/model`. */
function priceOf(model: string): Price | null {
  const name = model.slice(model.lastIndexOf("/") + 1);
  const known = [name, name.replace(/-\d{4}-\d{2}-\d{2}$/, "")].find((id) =>
    Object.hasOwn(PRICES, id),
  );
  return known === undefined ? null : (PRICES[known] ?? null);
}

/** To a ten-billionth of a dollar, so that sums do not show the noise of binary fractions. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1e10) / 1e10;
}
