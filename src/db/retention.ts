/**
 * The walk of the retention over the rows of runs, and the mark that one is archived. By the index
 * of the lists: an index of its own would be a row more to write for each run, and reading an
 * archived row again costs a thousandth of that.
 */
import { sql } from "drizzle-orm";
import type { RunSummary } from "#model/run.ts";
import type { Database } from "./database.ts";

/** The walk goes on after this run. */
export interface WalkPosition {
  status: Extract<RunSummary["status"], "completed" | "failed" | "canceled">;
  createdAt: string;
  id: string;
}

export interface EndedRun {
  id: string;
  createdAt: string;
  endedAt: string | null;
  archivedAt: string | null;
  archiveKeyVersion: number | null;
}

/** Runs of that status, oldest start first. What ended before a time was started before it. */
export function pageOfEnded(
  db: Database,
  { status, createdAt, id }: WalkPosition,
  startedBefore: string,
  limit: number,
): Promise<EndedRun[]> {
  return db.all<EndedRun>(
    sql`SELECT id, created_at AS createdAt, ended_at AS endedAt, archived_at AS archivedAt,
        archive_key_version AS archiveKeyVersion
      FROM runs INDEXED BY runs_by_status
      WHERE status = ${status} AND (created_at, id) > (${createdAt}, ${id})
        AND created_at < ${startedBefore}
      ORDER BY created_at, id LIMIT ${limit}`,
  );
}

export interface ArchivedMark {
  id: string;
  archivedAt: string;
  keyVersion: number;
}

/** One statement for all of them. */
export async function markArchived(db: Database, runs: readonly ArchivedMark[]): Promise<void> {
  if (runs.length === 0) return;
  await db.run(
    sql`UPDATE runs SET archived_at = value ->> '$.archivedAt',
        archive_key_version = value ->> '$.keyVersion'
      FROM json_each(${JSON.stringify(runs)}) WHERE runs.id = value ->> '$.id'`,
  );
}
