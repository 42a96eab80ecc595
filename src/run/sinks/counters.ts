/**
 * Adds a run's events to the counters, in the batch that projects the run, exactly once.
 *
 * The statement runs before those that write the run's row, and counts only events after the row's
 * `seq`. So repeated batches and lost answers do no harm: D1 itself knows what it has counted. The
 * row's old status is subtracted from the runs by status, the new one added.
 */
import { LIMITS } from "#model/limits.ts";
import { countEvents, type Increment, RUNS_BY_STATUS } from "#telemetry/metrics.ts";
import type { Batch } from "./sink.ts";

const STORED = "json_each((SELECT value FROM metrics WHERE name = 'counters'))";

const COUNT = `
UPDATE metrics SET value = (
  SELECT json_group_object(key, amount) FROM (
    SELECT key, sum(amount) AS amount FROM (
      SELECT key, value AS amount FROM ${STORED}
      UNION ALL
      SELECT CASE
          WHEN value ->> '$.otherwise' IS NULL OR (SELECT count(*) FROM ${STORED}) < ?5
            OR value ->> '$.key' IN (SELECT key FROM ${STORED})
          THEN value ->> '$.key' ELSE value ->> '$.otherwise' END,
        value ->> '$.amount' FROM json_each(?1)
        WHERE value ->> '$.seq' > coalesce((SELECT seq FROM runs WHERE id = ?2), 0)
      UNION ALL
      SELECT '${RUNS_BY_STATUS}|' || status, -1 FROM runs WHERE id = ?2
      UNION ALL
      SELECT '${RUNS_BY_STATUS}|' || ?3, 1
    ) GROUP BY key
  )
)
WHERE name = 'counters' AND ?4 > coalesce((SELECT seq FROM runs WHERE id = ?2), 0)`;

/** The cursor of the batch is never ahead of D1. */
export function countStatement(db: D1Database, batch: Batch): D1PreparedStatement {
  const { run_id, status, seq, steps, updated_at } = batch.run.state;
  const fresh = [...batch.events()];
  const canceled = Object.entries(steps).find(([, step]) => step.status === "canceled");
  const typeOf = (stepId: string) => steps[stepId]?.type ?? "unknown";
  // A late result does not change `updated_at`, but the lag counts from its event too.
  const lastAt = fresh.at(-1)?.at ?? updated_at;
  const lagS = Math.max(0, Date.now() - Date.parse(lastAt)) / 1000;
  const { failures } = batch;
  const increments: Increment[] = [
    ...countEvents(fresh, typeOf, canceled?.[0] ?? null),
    { seq, key: "projections", amount: 1 },
    { seq, key: "projection_lag", amount: lagS },
    ...(failures === 0 ? [] : [{ seq, key: "projection_retries", amount: failures }]),
  ];
  return db.prepare(COUNT).bind(JSON.stringify(increments), run_id, status, seq, LIMITS.metricKeys);
}
