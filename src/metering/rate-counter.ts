/**
 * The requests that this isolate let pass, by policy and key. A decision is made from memory alone,
 * so that no request waits for it; what other isolates have counted comes in afterwards, from
 * `share`. Approximate: each isolate may let pass a fiftieth of the quota before others know.
 *
 * Bounded: beyond `MAX_KEYS` the key that was used least recently is forgotten.
 */
import type { CountedRequests, WindowCounts } from "#model/meter-rpc.ts";
import type { RatePolicy } from "#model/rate-policy.ts";
import { rolled, usageOf, type Usage, windowAt } from "./window.ts";

export const MAX_KEYS = 10_000;
/** An isolate reports once it has let pass this part of the quota. */
const REPORTS_IN_A_QUOTA = 50;

export interface Verdict extends Usage {
  policy: RatePolicy;
  isAllowed: boolean;
}

interface Entry {
  counts: WindowCounts;
  /** Let pass, and not reported yet. */
  unreported: number;
}

export class RateCounter {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Whether a request may pass; nothing is counted. */
  look(policy: RatePolicy, key: string, nowMs: number): Verdict {
    const known = this.#entries.get(nameOf(policy, key));
    const counts = known ? rolled(known.counts, windowAt(nowMs, policy)) : none(policy, nowMs);
    const usage = usageOf(counts, nowMs, policy);
    return { policy, isAllowed: usage.remaining > 0, ...usage };
  }

  /** Counts a request if it may pass. One that is refused is not counted: waiting always helps. */
  take(policy: RatePolicy, key: string, nowMs: number): Verdict {
    const verdict = this.look(policy, key, nowMs);
    // Refused or not, it was used: other keys must not push out what a caller has used up.
    const entry = this.#touch(policy, key, nowMs);
    if (!verdict.isAllowed) return verdict;
    entry.counts.current += 1;
    entry.unreported += 1;
    return { ...verdict, remaining: verdict.remaining - 1 };
  }

  /**
   * What has to be reported of a key now; null: nothing yet. It counts as reported from then on,
   * whether the report arrives or not: a meter that is away costs accuracy, not memory.
   */
  report(policy: RatePolicy, key: string): CountedRequests | null {
    const entry = this.#entries.get(nameOf(policy, key));
    const due = Math.max(1, Math.floor(policy.quota / REPORTS_IN_A_QUOTA));
    if (!entry || entry.unreported < due) return null;
    const { unreported: count, counts } = entry;
    entry.unreported = 0;
    return { policy: policy.name, window: counts.window, count };
  }

  /** Takes in what all isolates have reported. */
  share(policy: RatePolicy, key: string, shared: WindowCounts): void {
    const entry = this.#entries.get(nameOf(policy, key));
    if (!entry) return;
    const { counts, unreported } = entry;
    const all = rolled(shared, counts.window);
    if (all.window !== counts.window) return;
    counts.current = Math.max(counts.current, all.current + unreported);
    counts.previous = Math.max(counts.previous, all.previous);
  }

  /** The entry in the current window, as the one that was used last. */
  #touch(policy: RatePolicy, key: string, nowMs: number): Entry {
    const name = nameOf(policy, key);
    const known = this.#entries.get(name) ?? { counts: none(policy, nowMs), unreported: 0 };
    const counts = rolled(known.counts, windowAt(nowMs, policy));
    const isNewWindow = counts.window !== known.counts.window;
    const entry = { counts: { ...counts }, unreported: isNewWindow ? 0 : known.unreported };
    this.#entries.delete(name);
    if (this.#entries.size >= MAX_KEYS) this.#forgetOldest();
    this.#entries.set(name, entry);
    return entry;
  }

  #forgetOldest(): void {
    const { value: oldest } = this.#entries.keys().next();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function nameOf({ name }: RatePolicy, key: string): string {
  return `${name}\n${key}`;
}

function none(policy: RatePolicy, nowMs: number): WindowCounts {
  return { window: windowAt(nowMs, policy), current: 0, previous: 0 };
}
