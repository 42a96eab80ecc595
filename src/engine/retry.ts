/**
 * When to try again. Pure: the jitter is drawn from run, step and attempt, so that a replay returns
 * the same delay.
 */
import type { RetryPolicy } from "#model/workflow.ts";
import { LIMITS } from "#model/limits.ts";

/** Delay in ms before the attempt after `failures` failed ones (1 for the first failure). */
export function retryDelayMs(
  policy: RetryPolicy,
  failures: number,
  seed: string,
  retryAfterMs = 0,
): number {
  const factor = policy.backoff === "exponential" ? 2 ** Math.min(failures - 1, 40) : 1;
  const full = Math.min(policy.initial_delay_ms * factor, policy.max_delay_ms);
  const delay = policy.jitter ? full / 2 + (full / 2) * unitInterval(seed) : full;
  return Math.round(Math.max(delay, Math.min(retryAfterMs, LIMITS.retryAfterMaxMs)));
}

/** A number in [0, 1) that depends on the text alone (FNV-1a with a final mix). */
export function unitInterval(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
