/**
 * The projection of a run into D1: one batch with everything after the cursor. Safe to repeat and
 * to overtake: a row is only overwritten by one that knows more events.
 *
 * Steps travel as one JSON parameter, since D1 binds at most 100 and a run may have 500 steps.
 */
import type { JsonValue } from "#model/json.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Batch } from "./sink.ts";
import { viewContextWithoutSteps, viewRun, viewSteps } from "../views/run-view.ts";

/** Bytes of steps in one statement; D1 takes 2 MB in a row or parameter. */
const CHUNK_BYTES = 500_000;

const UPSERT_RUN = `
INSERT INTO runs (id, workflow_id, workflow_version, status, current_step, context, created_at,
  updated_at, ended_at, idempotency_key, created_by, tags, error, output, mock, tokens_prompt,
  tokens_output, cost_usd, ai_calls, seq, cost_unknown_calls)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
  ?21)
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, current_step = excluded.current_step, context = excluded.context,
  updated_at = excluded.updated_at, ended_at = excluded.ended_at, error = excluded.error,
  output = excluded.output, mock = excluded.mock, tokens_prompt = excluded.tokens_prompt,
  tokens_output = excluded.tokens_output, cost_usd = excluded.cost_usd,
  ai_calls = excluded.ai_calls, cost_unknown_calls = excluded.cost_unknown_calls,
  seq = excluded.seq
WHERE excluded.seq > runs.seq`;

/**
 * The same for a run whose status is unchanged: without `status`, no index entry is written. Runs
 * first, so that the upsert then has nothing newer to write. Binds the same values.
 */
const UPDATE_RUN = `
UPDATE runs SET
  current_step = ?5, context = ?6, updated_at = ?8, ended_at = ?9, error = ?13, output = ?14, mock = ?15,
  tokens_prompt = ?16, tokens_output = ?17, cost_usd = ?18, ai_calls = ?19, cost_unknown_calls = ?21,
  seq = ?20
WHERE id = ?1 AND status = ?4 AND seq < ?20`;

/** Tags of a run never change, so existing rows stay. */
const INSERT_TAGS = `
INSERT OR IGNORE INTO run_tags (tag, created_at, run_id)
SELECT value, ?2, ?3 FROM json_each(?1)`;

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

/** The statements that bring D1 from the cursor to the run's current state. */
export function projectionStatements(
  db: D1Database,
  { run, afterSeq }: Batch,
): D1PreparedStatement[] {
  const row = runRow(run);
  const { run_id, created_at, tags } = run.state;
  const steps = chunks(viewSteps(run, afterSeq).map((step) => JSON.stringify(step)));
  return [
    ...(afterSeq === 0 ? [] : [db.prepare(UPDATE_RUN).bind(...row)]),
    db.prepare(UPSERT_RUN).bind(...row),
    ...(tags.length === 0
      ? []
      : [db.prepare(INSERT_TAGS).bind(JSON.stringify(tags), created_at, run_id)]),
    ...steps.map((rows) => db.prepare(UPSERT_STEPS).bind(`[${rows.join(",")}]`)),
  ];
}

/** The values of the run's row, in the order of its columns. */
function runRow(run: LoadedRun): (string | number | null)[] {
  const view = viewRun(run);
  const { state } = run;
  const { usage } = state;
  return [
    view.id,
    view.workflow_id,
    view.workflow_version,
    view.status,
    view.current_step,
    JSON.stringify(viewContextWithoutSteps(run)),
    view.started_at,
    view.updated_at,
    view.ended_at ?? null,
    view.idempotency_key ?? null,
    state.created_by.id,
    JSON.stringify(state.tags),
    jsonOrNull(view.error),
    jsonOrNull(view.output),
    state.mock ? 1 : 0,
    usage.tokens_prompt,
    usage.tokens_output,
    usage.cost_usd,
    usage.ai_calls,
    state.seq,
    usage.cost_unknown_calls ?? 0,
  ];
}

function jsonOrNull(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function chunks(rows: string[]): string[][] {
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
