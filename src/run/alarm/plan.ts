/**
 * When the object must be woken. Pure arithmetic over everything that is due; the object has one
 * alarm and this computes its time. All times are epoch milliseconds.
 */

/** A run with pending work is woken at least this often. */
export const WATCHDOG_MS = 5_000;
/** The projection waits this long, so that the caller's answer does not wait for it. */
const PROJECTION_DELAY_MS = 25;
/** How long an effect is deferred that cannot run until the service's settings are fixed. */
const BLOCKED_MS = 30_000;
/** An alarm set for "now" inside an alarm stalls; this does not. */
const SOON_MS = 1;

export interface Due {
  now: number;
  /**
   * none: nothing is pending. live: this object is performing an effect. carry: it waits for an
   * alarm. blocked: it waits for settings that can be read.
   */
  effect: "none" | "live" | "carry" | "blocked";
  /** Times of the run's own timers. */
  timers: readonly number[];
  /** Events that D1 does not have yet. */
  isProjectionDue: boolean;
  /** A batch to D1 is in flight, and another one waits for it. */
  isProjecting: boolean;
  /** Not before this time, while D1 does not respond; 0 when it does. */
  projectionRetryAt: number;
  /** Spans that the collector does not have yet, and when to send them; null: none. */
  tracesDueAt: number | null;
}

/** The time of the next alarm, or null when the object may sleep until it is called. */
export function nextAlarm(due: Due): number | null {
  const times = due.timers.map((at) => Math.max(at, due.now + SOON_MS));
  if (due.effect === "carry") times.push(due.now + SOON_MS);
  if (due.effect === "live") times.push(due.now + WATCHDOG_MS);
  if (due.effect === "blocked") times.push(due.now + BLOCKED_MS);
  if (due.effect !== "live" && due.isProjectionDue) {
    const delayMs = due.isProjecting ? WATCHDOG_MS : PROJECTION_DELAY_MS;
    times.push(Math.max(due.now + delayMs, due.projectionRetryAt));
  }
  if (due.effect !== "live" && due.tracesDueAt !== null) {
    times.push(Math.max(due.now + PROJECTION_DELAY_MS, due.tracesDueAt));
  }
  return times.length === 0 ? null : Math.min(...times);
}

/** Delay before the projection is retried after `failures` consecutive failures, in ms. */
export function projectionDelayMs(failures: number): number {
  return Math.min(250 * 2 ** Math.min(failures - 1, 10), 60_000);
}

/** Delay before spans are sent again after `failures` consecutive failures, in ms. */
export function exportDelayMs(failures: number): number {
  return Math.min(1_000 * 2 ** Math.min(failures - 1, 10), 300_000);
}
