/**
 * Writes projections of runs: their rows in `runs`, their tags, their steps. The columns come from
 * `schema.ts`, so that they are described once. Safe to repeat and to overtake: a row is only
 * overwritten by one that knows more events.
 *
 * - The rows of many runs are one JSON parameter: a batch has a handful of statements however many
 *   runs it writes, and D1 counts statements, binds at most 100 values to one, and takes 2 MB in a
 *   parameter or row.
 * - The texts of the statements are constant, and short beside the 100 kB that D1 takes.
 */
import { type Column, getTableColumns } from "drizzle-orm";
import { ownProperty } from "#model/json.ts";
import type { RunProjection } from "#model/projection-rpc.ts";
import { type RunRow, runs } from "./schema.ts";

/**
 * Characters of one parameter: in UTF-8 at most three times as many bytes, within D1's 2 MB. A row
 * that is longer is alone in its parameter.
 */
export const PARAMETER_LENGTH = 500_000;

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

const COLUMNS = Object.entries<Column>(PROJECTED).map(([key, column]) => ({
  key,
  column,
  name: column.name,
  // `->` keeps a document as it is, and has the text 'null' where there is none.
  read:
    column.dataType === "json"
      ? `nullif(value -> '$.${column.name}', 'null')`
      : `value ->> '$.${column.name}'`,
}));
const CHANGING = COLUMNS.filter(({ key }) => !FIXED.has(key));

const UPSERT_RUNS = `
INSERT INTO runs (${COLUMNS.map(({ name }) => name).join(", ")})
SELECT ${COLUMNS.map(({ read }) => read).join(", ")}
FROM json_each(?1) WHERE true
ON CONFLICT (id) DO UPDATE SET
  ${CHANGING.map(({ name }) => `${name} = excluded.${name}`).join(", ")}
WHERE excluded.seq > runs.seq`;

/**
 * The same for runs whose status is unchanged: without `status`, no index entry is written. Runs
 * first, so that the upsert then has nothing newer to write.
 */
const UPDATE_RUNS = `
UPDATE runs SET
  ${CHANGING.filter(({ key }) => key !== "status")
    .map(({ name, read }) => `${name} = ${read}`)
    .join(", ")}
FROM json_each(?1)
WHERE runs.id = value ->> '$.id' AND runs.status = value ->> '$.status'
  AND runs.seq < value ->> '$.seq'`;

/** Tags of a run never change, so existing rows stay. */
const INSERT_TAGS = `
INSERT OR IGNORE INTO run_tags (tag, created_at, run_id)
SELECT tag.value, run.value ->> '$.created_at', run.value ->> '$.id'
FROM json_each(?1) AS run, json_each(run.value, '$.tags') AS tag`;

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

/** The texts of a run's rows, as a projection has them. */
export function rowTexts(run: RunRow): Pick<RunProjection, "row" | "tags"> {
  const row = Object.fromEntries(
    COLUMNS.map(({ key, column, name }) => [name, columnValue(column, ownProperty(run, key))]),
  );
  const { id, createdAt, tags } = run;
  return {
    row: JSON.stringify(row),
    tags: tags.length === 0 ? null : JSON.stringify({ id, created_at: createdAt, tags }),
  };
}

/** Documents stay values, since a text in a text would double each of its quotes. */
function columnValue(column: Column, value: unknown): unknown {
  if (value === null || column.dataType === "json") return value;
  const stored: unknown = column.mapToDriverValue(value);
  // SQLite writes half a surrogate pair as bytes that are no UTF-8.
  return typeof stored === "string" ? stored.toWellFormed() : stored;
}

/** The statements that write the runs, for one batch. A run is at most once among them. */
export function projectRuns(
  db: D1Database,
  projections: readonly RunProjection[],
): D1PreparedStatement[] {
  const known = projections.filter(({ isFirst }) => !isFirst);
  const each = (statement: string, rows: readonly string[]) =>
    parametersOf(rows).map((rowsText) => db.prepare(statement).bind(rowsText));
  return [
    ...each(UPDATE_RUNS, rowsOf(known)),
    ...each(UPSERT_RUNS, rowsOf(projections)),
    ...each(
      INSERT_TAGS,
      projections.flatMap(({ tags }) => tags ?? []),
    ),
    ...each(
      UPSERT_STEPS,
      projections.flatMap(({ steps }) => steps),
    ),
  ];
}

function rowsOf(projections: readonly RunProjection[]): string[] {
  return projections.map(({ row }) => row);
}

/** Lists of JSON texts, each short enough for a parameter. */
export function parametersOf(texts: readonly string[]): string[] {
  const lists: string[][] = [];
  let length = PARAMETER_LENGTH;
  for (const text of texts) {
    if (length + text.length > PARAMETER_LENGTH) {
      lists.push([]);
      length = 0;
    }
    lists.at(-1)?.push(text);
    length += text.length + 1;
  }
  return lists.map((list) => `[${list.join(",")}]`);
}
