/** One batch of D1 that writes many runs: the counters first, since they read the rows as they were. */
import { projectRuns } from "#db/run-projection.ts";
import type { RunProjection } from "#model/projection-rpc.ts";
import { countRuns } from "./counters.ts";

export async function writeBatch(
  db: D1Database,
  projections: readonly RunProjection[],
): Promise<void> {
  await db.batch([...countRuns(db, projections, Date.now()), ...projectRuns(db, projections)]);
}
