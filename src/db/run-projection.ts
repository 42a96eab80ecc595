/**
 * Writes the projection of a run: its row in `runs`, its tags, its steps. The columns come from
 * `schema.ts`, so that they are described once. Safe to repeat and to overtake: a row is only
 * overwritten by one that knows more events.
 *
 * The texts of the statements are made once, and not by drizzle for each batch: a run is projected
 * each time it settles.
 */
import { type Column, getTableColumns } from "drizzle-orm";
import { ownProperty } from "#model/json.ts";
import type { RunStep } from "#model/run.ts";
import { type RunRow, runs } from "./schema.ts";

/** Bytes of steps in one statement; D1 takes 2 MB in a row or parameter. */
const CHUNK_BYTES = 500_000;

/** What a run has from its start; those rows are never written again. */
const FIXED: ReadonlySet<string> = new Set<keyof RunRow>([
  "id",
  "workflowId",
  "workflowVersion",
  "createdAt",
  "idempotencyKey",
  "createdBy",
  "tags",
]);

const { archivedAt: _at, archiveKeyVersion: _version, ...PROJECTED } = getTableColumns(runs);

const COLUMNS = Object.entries<Column>(PROJECTED).map(([key, column], index) => ({
  key,
  column,
  name: column.name,
  bound: `?${index + 1}`,
}));
const CHANGING = COLUMNS.filter(({ key }) => !FIXED.has(key));

function boundTo(name: keyof RunRow): string {
  const found = COLUMNS.find(({ key }) => key === name);
  if (!found) throw new Error(`runs has no column ${name}`);
  return found.bound;
}

const UPSERT_RUN = `
INSERT INTO runs (${COLUMNS.map(({ name }) => name).join(", ")})
VALUES (${COLUMNS.map(({ bound }) => bound).join(", ")})
ON CONFLICT (id) DO UPDATE SET
  ${CHANGING.map(({ name }) => `${name} = excluded.${name}`).join(", ")}
WHERE excluded.seq > runs.seq`;

/**
 * The same for a run whose status is unchanged: without `status`, no index entry is written. Runs
 * first, so that the upsert then has nothing newer to write. Binds the same values.
 */
const UPDATE_RUN = `
UPDATE runs SET
  ${CHANGING.filter(({ key }) => key !== "status")
    .map(({ name, bound }) => `${name} = ${bound}`)
    .join(", ")}
WHERE id = ${boundTo("id")} AND status = ${boundTo("status")} AND seq < ${boundTo("seq")}`;

/** Tags of a run never change, so existing rows stay. */
const INSERT_TAGS = `
INSERT OR IGNORE INTO run_tags (tag, created_at, run_id)
SELECT value, ?2, ?3 FROM json_each(?1)`;

/** As one JSON parameter, since D1 binds at most 100 and a run may have 500 steps. */
const UPSERT_STEPS = `
INSERT INTO run_steps (id, run_id, step_id, type, status, attempt, started_at, ended_at, output,
  error, usage, seq)
SELECT value ->> '$.id', value ->> '$.run_id', value ->> '$.step_id', value ->> '$.type',
  value ->> '$.status', value ->> '$.attempt', value ->> '$.started_at', value ->> '$.ended_at',
  value -> '$.output', nullif(value -> '$.error', 'null'), value -> '$.usage',
  value ->> '$.seq'
FROM json_each(?1) WHERE true
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, attempt = excluded.attempt, ended_at = excluded.ended_at,
  output = excluded.output, error = excluded.error, usage = excluded.usage, seq = excluded.seq
WHERE excluded.seq > run_steps.seq`;

/** A step as the history shows it, with the event of its last change. */
export type ProjectedStep = RunStep & { seq: number };

/** The statements that write a run, for one batch. `steps`: those that changed. */
export function projectRun(
  db: D1Database,
  run: RunRow,
  steps: readonly ProjectedStep[],
  isFirst: boolean,
): D1PreparedStatement[] {
  const { id, createdAt, tags } = run;
  const values = COLUMNS.map(({ key, column }) => {
    const value = ownProperty(run, key);
    // A JSON column would store the text "null".
    return value === null ? null : column.mapToDriverValue(value);
  });
  const chunks = chunksOf(steps.map((step) => JSON.stringify(step)));
  return [
    ...(isFirst ? [] : [db.prepare(UPDATE_RUN).bind(...values)]),
    db.prepare(UPSERT_RUN).bind(...values),
    ...(tags.length === 0
      ? []
      : [db.prepare(INSERT_TAGS).bind(JSON.stringify(tags), createdAt, id)]),
    ...chunks.map((rows) => db.prepare(UPSERT_STEPS).bind(`[${rows.join(",")}]`)),
  ];
}

function chunksOf(rows: readonly string[]): string[][] {
  const all: string[][] = [];
  let bytes = CHUNK_BYTES;
  for (const row of rows) {
    if (bytes + row.length > CHUNK_BYTES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(row);
    bytes += row.length;
  }
  return all;
}
