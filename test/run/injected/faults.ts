/**
 * Faults of everything that a run object stands on, drawn by a seed: D1, the outside, the platform's
 * hold on the object. They stop when the storm is over, and the time of the last one is known.
 */
import { vi } from "vitest";
import { mockProvider } from "#ai/mock/provider.ts";
import { randomOf } from "../../races/lanes.ts";
import { bindings } from "../support/runs.ts";
import { interruptions } from "../support/worker.ts";

/** As D1 says it. */
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const LOST = "D1_ERROR: Network connection lost.";

export class Storm {
  readonly random: () => number;
  /** Faults by name. */
  readonly counts: Record<string, number> = {};
  /** Epoch ms. */
  lastAt = 0;
  isOver = false;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** Whether this fault strikes now. */
  strikes(name: string, share: number): boolean {
    if (this.isOver || this.random() >= share) return false;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    this.lastAt = Date.now();
    return true;
  }

  /**
   * D1 fails before it commits, after, says that it is overloaded, or says nothing for a while. Runs
   * share few batches, so the first of them fails, and so does the first that commits.
   */
  breakDatabase(share: number): void {
    const batch = bindings.DB.batch.bind(bindings.DB);
    let isFirst = true;
    let hasCommitted = false;
    vi.spyOn(bindings.DB, "batch").mockImplementation(async (statements) => {
      const shareBefore = isFirst ? 1 : share;
      isFirst = false;
      if (this.strikes("D1 before the commit", shareBefore)) throw new Error(LOST);
      if (this.strikes("D1 overloaded", share / 2)) throw new Error(OVERLOADED);
      if (this.strikes("D1 hangs", share / 2)) await this.hangs();
      const results = await batch<never>(statements);
      const shareAfter = hasCommitted ? share : 1;
      hasCommitted = true;
      if (this.strikes("D1 after the commit", shareAfter)) throw new Error(LOST);
      return results;
    });
  }

  /** Some seconds, or until the storm is over. */
  async hangs(): Promise<void> {
    const until = Date.now() + 2_000;
    while (!this.isOver && Date.now() < until) await scheduler.wait(10);
  }

  /**
   * What an executor calls throws, says nothing, or fails. `answer`: what an API says otherwise;
   * returned are the keys of all calls that reached it.
   */
  breakOutside(share: number): string[] {
    const keys: string[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      if (this.strikes("a call that throws", share)) throw new TypeError("connection refused");
      keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
      if (this.strikes("a call without an answer", share / 2)) await aborted(init?.signal);
      if (this.strikes("a call that fails", share)) return new Response("busy", { status: 503 });
      return Response.json({ ok: true });
    });
    const generate = mockProvider.generate.bind(mockProvider);
    vi.spyOn(mockProvider, "generate").mockImplementation(async (request, signal) => {
      if (this.strikes("an executor that throws", share / 4)) throw new Error("a defect");
      if (this.strikes("an executor that hangs", share / 2)) await aborted(signal);
      return generate(request, signal);
    });
    return keys;
  }

  /** The object is cut off after some of its transactions. */
  evict(runId: string, share: number): void {
    interruptions.set(runId, { commits: 0, isDue: () => this.strikes("eviction", share) });
  }

  end(): void {
    this.isOver = true;
  }
}

/** Never, unless it is aborted. */
function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new DOMException("aborted", "AbortError"));
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
