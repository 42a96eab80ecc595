/**
 * What happens at the door, for `GET /metrics`. Counted in the isolate and written to D1 a second
 * later, so that a flood of refused requests costs one write a second, not one each.
 */
import { openDatabase } from "#db/database.ts";
import { addToCounters } from "#db/metrics.ts";
import type { DoorEvent } from "#telemetry/metrics.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";

const GATHER_MS = 1_000;
/** A write that has not come back by then was cut off with its request. */
const LOST_MS = 15_000;

let pending = new Map<string, number>();
let writingSince: number | null = null;

/** Counts an event. Returns at once. */
export function countAtDoor(c: AppContext, event: DoorEvent): void {
  add(pending, event, 1);
  if (writingSince !== null && Date.now() - writingSince < LOST_MS) return;
  writingSince = Date.now();
  c.executionCtx.waitUntil(writeSoon(c));
}

async function writeSoon(c: AppContext): Promise<void> {
  await scheduler.wait(GATHER_MS);
  const written = pending;
  pending = new Map();
  try {
    await addToCounters(openDatabase(c.env.DB), Object.fromEntries(written));
  } catch (error) {
    for (const [event, count] of written) add(pending, event, count);
    c.get("logger").defect("counts not written", error, requestIds(c));
  } finally {
    writingSince = null;
  }
}

function add(counts: Map<string, number>, event: string, count: number): void {
  counts.set(event, (counts.get(event) ?? 0) + count);
}
