/**
 * Adds the events of the runs of one batch to the counters, exactly once.
 *
 * The statement runs before those that write the rows, and counts of each run only the events after
 * the `seq` of its row. So repeated batches and lost answers do no harm: D1 itself knows what it
 * has counted. The row's old status is subtracted from the runs by status, the new one added.
 */
import { parametersOf } from "#db/run-projection.ts";
import { LIMITS } from "#model/limits.ts";
import type { RunProjection } from "#model/projection-rpc.ts";
import { KEYS_OF_MODEL, RUNS_BY_STATUS } from "#telemetry/metrics.ts";

/**
 * D1 takes five SELECTs in one compound: what a run adds of its own is a list in one of them.
 *
 * ?1 runs, ?2 most keys, ?3 now (epoch ms), ?4 batches that this statement counts: 1 or 0.
 */
const COUNT = `
WITH
  stored AS MATERIALIZED (
    SELECT key, value AS amount
    FROM json_each((SELECT value FROM metrics WHERE name = 'counters'))
  ),
  fresh AS MATERIALIZED (
    SELECT run.value AS run, runs.status AS old_status, coalesce(runs.seq, 0) AS known
    FROM json_each(?1) AS run LEFT JOIN runs ON runs.id = run.value ->> '$.id'
    WHERE run.value ->> '$.seq' > coalesce(runs.seq, 0)
  ),
  added AS MATERIALIZED (
    SELECT event.value ->> '$.key' AS key, event.value ->> '$.amount' AS amount,
      event.value ->> '$.model' AS model, event.value ->> '$.otherwise' AS otherwise
    FROM fresh, json_each(fresh.run, '$.increments') AS event
    WHERE event.value ->> '$.seq' > fresh.known
  ),
  new_models AS MATERIALIZED (
    SELECT model, row_number() OVER (ORDER BY model) - 1 AS place
    FROM (SELECT DISTINCT model FROM added
      WHERE model IS NOT NULL AND key NOT IN (SELECT key FROM stored))
  )
UPDATE metrics SET value = (
  SELECT json_group_object(key, amount) FROM (
    SELECT key, sum(amount) AS amount FROM (
      SELECT key, amount FROM stored
      UNION ALL
      SELECT CASE
          WHEN otherwise IS NULL OR key IN (SELECT key FROM stored)
            OR (SELECT count(*) FROM stored) + ${KEYS_OF_MODEL} *
              (SELECT place FROM new_models WHERE new_models.model = added.model) < ?2
          THEN key ELSE otherwise END,
        amount FROM added
      UNION ALL
      SELECT own.value ->> 0, own.value ->> 1
        FROM fresh, json_each(json_array(
          json_array('${RUNS_BY_STATUS}|' || old_status, -1),
          json_array('${RUNS_BY_STATUS}|' || (run ->> '$.status'), 1),
          json_array('projections', 1),
          json_array('projection_lag', max(0, ?3 - (run ->> '$.last_event_at')) / 1000.0),
          json_array(iif(run ->> '$.failures' > 0, 'projection_retries', NULL), run ->> '$.failures')
        )) AS own
        WHERE own.value ->> 0 IS NOT NULL
      UNION ALL
      SELECT 'projection_batches', ?4
    ) GROUP BY key
  )
)
WHERE name = 'counters' AND EXISTS (SELECT 1 FROM fresh)`;

/** `now`: epoch ms, when the batch is sent. */
export function countRuns(
  db: D1Database,
  projections: readonly RunProjection[],
  now: number,
): D1PreparedStatement[] {
  return parametersOf(projections.map(countText)).map((runs, index) =>
    db.prepare(COUNT).bind(runs, LIMITS.metricKeys, now, index === 0 ? 1 : 0),
  );
}

function countText(projection: RunProjection): string {
  const { runId, status, seq, lastEventAt, failures, increments } = projection;
  const run = JSON.stringify({ id: runId, status, seq, last_event_at: lastEventAt, failures });
  return `${run.slice(0, -1)},"increments":${increments}}`;
}
