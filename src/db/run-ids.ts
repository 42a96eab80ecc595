/** Ids of the runs that D1 knows, in their own order, and how far it has them: for what walks them all. */
import { sql } from "drizzle-orm";
import type { KnownRun } from "#model/doctor.ts";
import type { RunStatus } from "#model/run.ts";
import type { Database } from "./database.ts";

/** A place among the runs of one status, oldest first. */
export interface StatusPlace {
  status: RunStatus;
  created_at: string;
  id: string;
}

/** The next runs of the place's status; `since`: created then or later. */
export function listByStatus(
  db: Database,
  { status, created_at, id }: StatusPlace,
  since: string,
  limit: number,
): Promise<KnownRun[]> {
  const [from, after] = created_at < since ? [since, ""] : [created_at, id];
  return db.all<KnownRun>(
    sql`SELECT id, status, seq, created_at FROM runs INDEXED BY runs_by_status
      WHERE status = ${status} AND (created_at, id) > (${from}, ${after})
      ORDER BY created_at, id LIMIT ${limit}`,
  );
}

/** The next runs by id. */
export function listKnownRuns(db: Database, after: string, limit: number): Promise<KnownRun[]> {
  return db.all<KnownRun>(
    sql`SELECT id, status, seq, created_at FROM runs WHERE id > ${after} ORDER BY id LIMIT ${limit}`,
  );
}

export async function hasRuns(db: Database): Promise<boolean> {
  const rows = await db.all(sql`SELECT 1 FROM runs LIMIT 1`);
  return rows.length > 0;
}

export async function countRuns(db: Database): Promise<number> {
  const row = await db.get<{ runs: number }>(sql`SELECT count(*) AS runs FROM runs`);
  return row?.runs ?? 0;
}

/** Of a database without runs, whose runs are about to be counted again. */
export async function clearCounters(db: Database): Promise<void> {
  await db.run(sql`INSERT INTO metrics (name, value) SELECT 'counters', '{}' WHERE true
    ON CONFLICT (name) DO UPDATE SET value = '{}' WHERE NOT EXISTS (SELECT 1 FROM runs)`);
}
