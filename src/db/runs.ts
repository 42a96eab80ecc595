/**
 * Lists of runs from D1, newest first. Owns the queries; nothing here writes.
 *
 * How much a page reads is bounded, however many runs D1 has:
 *
 * 1. Without a tag, each status is a sorted range of an index, and SQLite merges the requested ones
 *    as it reads: the page, one more row, and one of each other status. So two indexes serve every
 *    filter, and no run pays for an index "by time".
 * 2. With a tag alone, the tag's own rows and their runs.
 * 3. With a tag and a filter on the run, at most `SCAN_ROWS` runs of the tag are scanned.
 * 4. For a caller who is limited to one workflow, at most as many runs of that workflow are scanned
 *    for the tag: how many pages there are, and where each ends, must not depend on runs of others.
 *
 * So with a tag a page can be short, even empty: only the one without a next position is the last.
 *
 * The indexes are forced: without statistics SQLite often chooses another one and reads thousands
 * of rows.
 */
import { type Column, getTableColumns, type SQL, sql } from "drizzle-orm";
import { RUN_STATUSES, type RunSummary } from "#model/run.ts";
import { showUsage } from "#model/usage.ts";
import type { Database } from "./database.ts";
import { runs } from "./schema.ts";

/** Times are ISO 8601 in UTC with milliseconds; both bounds are exclusive. */
export interface RunFilter {
  status?: RunSummary["status"];
  workflowId?: string;
  tag?: string;
  createdAfter?: string;
  createdBefore?: string;
  /** The caller may see no workflow but `workflowId`. */
  isLimited?: true;
}

/** A place in the order of the lists. */
export interface RunPosition {
  createdAt: string;
  id: string;
}

export interface RunPage {
  items: RunSummary[];
  /** Where the next page begins; null: there is none. */
  next: RunPosition | null;
}

/** Runs of a tag that one page scans for those that match another filter. */
const SCAN_ROWS = 330;

/** D1 takes five terms in a compound SELECT. No run is seen while it is queued. */
const STORED_STATUSES = RUN_STATUSES.filter((status) => status !== "queued");

/** The next `limit` runs after a position, or the newest. */
export function listRuns(
  db: Database,
  filter: RunFilter,
  after: RunPosition | null,
  limit: number,
): Promise<RunPage> {
  const { tag, isLimited, ...rest } = filter;
  if (tag === undefined) return listByStatus(db, rest, after, limit);
  return isLimited === true
    ? listByTagWithin(db, tag, rest, after, limit)
    : listByTag(db, tag, rest, after, limit);
}

async function listByStatus(
  db: Database,
  { status, workflowId, ...range }: Omit<RunFilter, "tag">,
  after: RunPosition | null,
  limit: number,
): Promise<RunPage> {
  const index = workflowId === undefined ? sql`runs_by_status` : sql`runs_by_workflow`;
  const arms = (status === undefined ? STORED_STATUSES : [status]).map(
    (one) => sql`SELECT ${COLUMNS} FROM runs INDEXED BY ${index}
      WHERE runs.status = ${one} ${equals(sql`runs.workflow_id`, workflowId)}
      ${within(range, after, sql`runs.created_at`, sql`runs.id`)}`,
  );
  const rows = await db.all<StoredRow>(
    sql`${sql.join(arms, sql` UNION ALL `)} ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map(toSummary), next: last ? positionOf(last) : null };
}

async function listByTag(
  db: Database,
  tag: string,
  { status, workflowId, ...range }: Omit<RunFilter, "tag">,
  after: RunPosition | null,
  limit: number,
): Promise<RunPage> {
  const isFiltered = status !== undefined || workflowId !== undefined;
  const scanned = isFiltered ? Math.max(SCAN_ROWS, limit) : limit;
  // Asked beside the page and not after it: a caller far from the database waits for each question.
  const end = isFiltered ? db.all<Place>(taggedRuns(tag, range, after, 1, scanned - 1)) : null;
  // CROSS JOIN keeps the tag's order; a unary plus keeps SQLite from an index on runs.
  const page = db.all<StoredRow>(sql`SELECT ${COLUMNS}
    FROM (${taggedRuns(tag, range, after, scanned, 0)}) AS tagged
    CROSS JOIN runs ON runs.id = tagged.id
    WHERE true ${equals(sql`+runs.status`, status)} ${equals(sql`+runs.workflow_id`, workflowId)}
    LIMIT ${limit}`);
  return endingAt(limit, await Promise.all([page, end]));
}

async function listByTagWithin(
  db: Database,
  tag: string,
  filter: Omit<RunFilter, "tag">,
  after: RunPosition | null,
  limit: number,
): Promise<RunPage> {
  const scanned = Math.max(SCAN_ROWS, limit);
  const end = db.all<Place>(runsWithin(filter, after, 1, scanned - 1));
  const page = db.all<StoredRow>(sql`SELECT ${COLUMNS}
    FROM (${runsWithin(filter, after, scanned, 0)}) AS own
    CROSS JOIN run_tags ON run_tags.tag = ${tag}
      AND run_tags.created_at = own.created_at AND run_tags.run_id = own.id
    CROSS JOIN runs ON runs.id = own.id
    LIMIT ${limit}`);
  return endingAt(limit, await Promise.all([page, end]));
}

/**
 * A full page ends with its last row: checking whether more follow would cost more than an
 * occasional empty page. One that is not ends where the scan did; null: nothing was scanned in vain.
 */
function endingAt(limit: number, [rows, scanned]: [StoredRow[], Place[] | null]): RunPage {
  const [end] = rows.length < limit && scanned ? scanned : rows.slice(limit - 1);
  return { items: rows.map(toSummary), next: end ? positionOf(end) : null };
}

/** Places of runs of one workflow, newest first, from the index alone. */
function runsWithin(
  { status, workflowId, ...range }: Omit<RunFilter, "tag">,
  after: RunPosition | null,
  limit: number,
  offset: number,
): SQL {
  const arms = (status === undefined ? STORED_STATUSES : [status]).map(
    (one) => sql`SELECT created_at, id FROM runs INDEXED BY runs_by_workflow
      WHERE status = ${one} AND workflow_id = ${workflowId ?? null}
      ${within(range, after, sql`created_at`, sql`id`)}`,
  );
  return sql`${sql.join(arms, sql` UNION ALL `)}
    ORDER BY created_at DESC, id DESC LIMIT ${limit} OFFSET ${offset}`;
}

/** The columns by which lists are ordered. */
interface Place {
  id: string;
  created_at: string;
}

function positionOf({ id, created_at: createdAt }: Place): RunPosition {
  return { createdAt, id };
}

function taggedRuns(
  tag: string,
  range: TimeRange,
  after: RunPosition | null,
  limit: number,
  offset: number,
): SQL {
  return sql`SELECT created_at, run_id AS id FROM run_tags
    WHERE tag = ${tag} ${within(range, after, sql`created_at`, sql`run_id`)}
    ORDER BY created_at DESC, run_id DESC LIMIT ${limit} OFFSET ${offset}`;
}

function equals(column: SQL, value: string | undefined): SQL {
  return value === undefined ? sql`` : sql`AND ${column} = ${value}`;
}

type TimeRange = Pick<RunFilter, "createdAfter" | "createdBefore">;

/** One bound at each end, so that both are bounds of the index: the tighter one of two. */
function within(
  { createdAfter, createdBefore }: TimeRange,
  after: RunPosition | null,
  createdAt: SQL,
  id: SQL,
): SQL {
  const lower = createdAfter === undefined ? sql`` : sql`AND ${createdAt} > ${createdAfter}`;
  if (after && (createdBefore === undefined || after.createdAt < createdBefore)) {
    return sql`${lower} AND (${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`;
  }
  return createdBefore === undefined ? lower : sql`${lower} AND ${createdAt} < ${createdBefore}`;
}

/** What a list shows of a run. The others are large, or of no use in one. */
const {
  context: _context,
  createdBy: _createdBy,
  seq: _seq,
  archiveKeyVersion: _archiveKeyVersion,
  ...SUMMARY_COLUMNS
} = getTableColumns(runs);

type SummaryRow = Pick<typeof runs.$inferSelect, keyof typeof SUMMARY_COLUMNS>;

const COLUMNS = sql.raw(
  Object.values(SUMMARY_COLUMNS)
    .map(({ name }) => `runs.${name}`)
    .join(", "),
);

/** A row as D1 returns it: names of columns, JSON as text, booleans as numbers. */
type StoredRow = Place & Readonly<Record<string, unknown>>;

/** Decoded by the schema's columns: drizzle does it only for queries that it wrote itself. */
function readRow(stored: StoredRow): SummaryRow {
  const entries = Object.entries<Column>(SUMMARY_COLUMNS).map(([key, column]) => {
    const value = stored[column.name];
    return [key, value === null ? null : column.mapFromDriverValue(value)] as const;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value is decoded by its column
  return Object.fromEntries(entries) as SummaryRow;
}

/** The same form as `viewRun` returns for the run itself. */
function toSummary(stored: StoredRow): RunSummary {
  const row = readRow(stored);
  const { id, status, error, output, tags } = row;
  return {
    id,
    workflow_id: row.workflowId,
    workflow_version: row.workflowVersion,
    status,
    current_step: row.currentStep,
    started_at: row.createdAt,
    updated_at: row.updatedAt,
    ...(row.endedAt === null ? {} : { ended_at: row.endedAt }),
    ...(error === null ? {} : { error }),
    ...(output === null ? {} : { output }),
    ...(row.aiCalls === 0 ? {} : { usage: usageOf(row) }),
    ...(row.idempotencyKey === null ? {} : { idempotency_key: row.idempotencyKey }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(row.mock ? { mock: true } : {}),
    ...(row.archivedAt === null ? {} : { archived: true }),
  };
}

function usageOf(row: SummaryRow) {
  return showUsage({
    tokens_prompt: row.tokensPrompt,
    tokens_output: row.tokensOutput,
    cost_usd: row.costUsd,
    ai_calls: row.aiCalls,
    cost_unknown_calls: row.costUnknownCalls,
  });
}
