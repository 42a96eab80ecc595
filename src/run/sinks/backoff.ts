/** How long a sink that fails is left alone. Pure arithmetic. */

export interface Backoff {
  /** Pause after the first failure; it doubles with each further one. */
  firstMs: number;
  longestMs: number;
  /**
   * Tries to deliver the same last event. After that only a new event starts them again: a receiver
   * that is gone must not wake the object forever. Absent: retried until it works.
   */
  attempts?: number;
}

/**
 * Pause after `failures` consecutive failures, in ms. `random`, from 0 to below 1, takes away up to
 * a quarter: runs that failed in one batch must not all come back in the same moment.
 */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number, random = 0): number {
  // The exponent is bounded: 2 ** 1024 is Infinity, and Infinity * 0 no number.
  const pause = Math.min(firstMs * 2 ** Math.min(failures - 1, 10), longestMs);
  return Math.round(pause * (1 - random / 4));
}
