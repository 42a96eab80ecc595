/**
 * Requests in a sliding window: those of the current one, and the part of the window before that
 * the last `windowS` seconds still cover. Pure: now is passed in. A fixed window would let pass
 * twice the quota around its end.
 */
import type { WindowCounts } from "#model/meter-rpc.ts";
import type { RatePolicy } from "#model/rate-policy.ts";

export function windowAt(nowMs: number, { windowS }: RatePolicy): number {
  return Math.floor(nowMs / (windowS * 1000));
}

/** The same counts, seen in a later window. An earlier one (clocks differ) changes nothing. */
export function rolled(counts: WindowCounts, window: number): WindowCounts {
  const passed = window - counts.window;
  if (passed <= 0) return counts;
  return { window, current: 0, previous: passed === 1 ? counts.current : 0 };
}

export interface Usage {
  /** Requests that may still be made now. */
  remaining: number;
  /** Until the current window ends, s, rounded up. */
  resetS: number;
  /** Until a request may be made, s; 0: now. */
  retryAfterS: number;
}

/** How much of the quota is used. */
export function usageOf(counts: WindowCounts, nowMs: number, policy: RatePolicy): Usage {
  const { quota, windowS } = policy;
  const { window, current, previous } = counts;
  const elapsedS = Math.min(Math.max(nowMs / 1000 - window * windowS, 0), windowS);
  const used = current + Math.floor(previous * (1 - elapsedS / windowS));
  const remaining = Math.max(0, quota - used);
  const leftS = windowS - elapsedS;
  return {
    remaining,
    resetS: Math.ceil(leftS),
    retryAfterS: remaining > 0 ? 0 : waitOf(counts, elapsedS, policy),
  };
}

/** When the requests of the window before, or of this one in the next, have faded enough. */
function waitOf({ current, previous }: WindowCounts, elapsedS: number, policy: RatePolicy): number {
  const { quota, windowS } = policy;
  const fadedS =
    current >= quota
      ? windowS - elapsedS + windowS * (1 - quota / current)
      : windowS * (1 - (quota - current) / previous) - elapsedS;
  return Math.floor(fadedS) + 1;
}
