/**
 * What a run's events after the cursor add to the counters, each with the `seq` of its event: D1
 * itself knows which of them it has counted (`projection/counters.ts`).
 */
import { countEvents, type Increment } from "#telemetry/metrics.ts";
import type { Batch } from "./sink.ts";

export interface Counted {
  increments: Increment[];
  /** Epoch ms. A late result does not change `updated_at`, but the lag counts from its event too. */
  lastEventAt: number;
}

export function countBatch(batch: Batch): Counted {
  const { steps, updated_at, seq } = batch.run.state;
  const fresh = [...batch.events()];
  const canceled = Object.entries(steps).find(([, step]) => step.status === "canceled");
  const typeOf = (stepId: string) => steps[stepId]?.type ?? "unknown";
  return {
    increments: countEvents(fresh, typeOf, canceled?.[0] ?? null),
    // Rows that are written again after months would count as months of delay.
    lastEventAt: seq > batch.repeatedTo ? Date.parse(fresh.at(-1)?.at ?? updated_at) : Date.now(),
  };
}
