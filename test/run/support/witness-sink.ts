/**
 * A sink whose receiver is the fault harness. It takes every event of every run, as notices and
 * webhooks do: what the harness has not received once a run has settled was lost on the way. Put
 * into the copy of the sources that the harness builds (`test/faults/harness/build.ts`).
 */
import type { Batch, Delivery } from "#run/sinks/sink.ts";

export class WitnessSink {
  readonly cursor = "witness";
  readonly label = "witness";
  readonly backoff = { firstMs: 100, longestMs: 1_000 };
  readonly graceMs = 200;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  takes(): boolean {
    return true;
  }

  async deliver(batch: Batch): Promise<Delivery> {
    const events = [...batch.shown()].map(({ run_id, seq, type, at }) => ({
      run_id,
      seq,
      type,
      at,
    }));
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        body: JSON.stringify(events),
        signal: batch.signal,
      });
      await response.text();
      if (response.ok) return { kind: "delivered" };
      return { kind: "failed", reason: `status ${response.status}` };
    } catch (error) {
      if (batch.signal.aborted) return { kind: "interrupted" };
      return { kind: "failed", reason: String(error) };
    }
  }
}
