/**
 * When the object must be woken. Pure arithmetic over everything that is due; the object has one
 * alarm and this computes its time. All times are epoch milliseconds.
 */

/** A run with pending work is woken at least this often. */
export const WATCHDOG_MS = 5_000;
/**
 * When sinks that are behind are looked at by the alarm. They are served from memory long before
 * (`prompt-delivery.ts`), so this is for what a crash or an eviction cut off. The first commit after
 * a pause arms it, and those that follow within this time find it armed.
 */
export const NET_MS = 5_000;
/** How long an effect is deferred that cannot run until the service's settings are fixed. */
const BLOCKED_MS = 30_000;
/** An alarm set for "now" inside an alarm stalls; this does not. */
export const SOON_MS = 1;

export interface Due {
  now: number;
  /**
   * none: nothing is pending. live: this object is performing an effect. carry: it waits for an
   * alarm. blocked: it waits for settings that can be read.
   */
  effect: "none" | "live" | "carry" | "blocked";
  /** Times of the run's own timers. */
  timers: readonly number[];
  /** Sinks that do not have all events yet. */
  sinks: readonly {
    /** Not before this time, while the sink fails; 0 when it does not. */
    at: number;
  }[];
}

/** The time of the next alarm, or null when the object may sleep until it is called. */
export function nextAlarm({ now, effect, timers, sinks }: Due): number | null {
  const times = timers.map((at) => Math.max(at, now + SOON_MS));
  if (effect === "carry") times.push(now + SOON_MS);
  if (effect === "live") times.push(now + WATCHDOG_MS);
  if (effect === "blocked") times.push(now + BLOCKED_MS);
  // An effect in flight keeps the object awake, and the alarm after it delivers what it led to.
  for (const { at } of effect === "live" ? [] : sinks) times.push(Math.max(now + NET_MS, at));
  return times.length === 0 ? null : Math.min(...times);
}
