/** How long a server asks clients to wait, by its `Retry-After` header. */
import { LIMITS } from "./limits.ts";

/**
 * Milliseconds to wait by a `Retry-After` header: seconds or an HTTP date, at most
 * `LIMITS.retryAfterMaxMs`. Null when there is no valid one.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const delayMs = /^\d{1,15}$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2,8}, [\w: -]{8,30} GMT$/.test(text)
      ? Date.parse(text) - nowMs
      : Number.NaN;
  return Number.isNaN(delayMs) ? null : Math.min(Math.max(delayMs, 0), LIMITS.retryAfterMaxMs);
}
