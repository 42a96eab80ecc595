/**
 * D1's copy of the runs, written again from their objects: rows that are missing or behind, and the
 * counters where there were none. The platform does not list objects to a Worker, so that the ids
 * have to come from somewhere: the rows that are left, or a backup.
 */
import { openDatabase } from "#db/database.ts";
import { clearCounters, hasRuns, listKnownRuns } from "#db/run-ids.ts";
import type { Env } from "#env.ts";
import type { Rebuilt } from "#model/doctor.ts";

const RUNS_PER_PAGE = 50;

/** `ids`: those of a backup; null: the rows that are left, after this one. */
export async function rebuildRuns(
  env: Pick<Env, "DB" | "RUNS">,
  ids: readonly string[] | null,
  after: string,
): Promise<Omit<Rebuilt, "next_cursor"> & { next: string | null }> {
  const db = openDatabase(env.DB);
  if (!(await hasRuns(db))) await clearCounters(db);
  const known = ids ?? (await listKnownRuns(db, after, RUNS_PER_PAGE)).map(({ id }) => id);
  const replies = await Promise.all(
    known.map(async (id) => ({ id, reply: await env.RUNS.getByName(id).rebuild() })),
  );
  const missing = replies.filter(({ reply }) => !reply.ok).map(({ id }) => id);
  const behind = replies
    .filter(({ reply }) => reply.ok && !reply.value.isProjected)
    .map(({ id }) => id);
  const rebuilt = known.length - missing.length - behind.length;
  const next = ids !== null || known.length < RUNS_PER_PAGE ? null : (known.at(-1) ?? null);
  return { rebuilt, missing, behind, next };
}
