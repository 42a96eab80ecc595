/**
 * The tasks of the cron in D1: how far each is, and which turn is under way. A turn claims its task
 * with a lease, so that no two of one task run at the same time; a turn that outlives its lease
 * changes nothing any more.
 */
import { and, eq, sql } from "drizzle-orm";
import type { JsonObject } from "#model/json.ts";
import type { Database } from "./database.ts";
import { cronTasks } from "./schema.ts";

/** A turn that is under way. `claim` is random. */
export interface ClaimedTurn {
  name: string;
  claim: string;
  /** What the last turn left; null: there was none. */
  state: JsonObject | null;
}

/** Names of the tasks that are not due yet, so that they cost one read and no write. */
export async function tasksNotDue(db: Database, now: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .select({ name: cronTasks.name })
    .from(cronTasks)
    .where(sql`${cronTasks.nextAt} > ${now} OR ${cronTasks.leaseUntil} > ${now}`);
  return new Set(rows.map(({ name }) => name));
}

/** null: another turn of the task is under way. Times are ISO 8601. */
export async function claimTurn(
  db: Database,
  name: string,
  { now, leaseUntil }: { now: string; leaseUntil: string },
): Promise<ClaimedTurn | null> {
  const claim = crypto.randomUUID();
  const [claimed] = await db
    .insert(cronTasks)
    .values({ name, claim, leaseUntil })
    .onConflictDoUpdate({
      target: cronTasks.name,
      set: { claim, leaseUntil },
      setWhere: sql`${cronTasks.leaseUntil} IS NULL OR ${cronTasks.leaseUntil} <= ${now}`,
    })
    .returning({ state: cronTasks.state });
  return claimed ? { name, claim, state: claimed.state } : null;
}

/** Ends the turn. Does nothing when its lease had expired and another turn has begun. */
export async function endTurn(
  db: Database,
  { name, claim }: Pick<ClaimedTurn, "name" | "claim">,
  { state, nextAt }: { state: JsonObject | null; nextAt: string | null },
): Promise<void> {
  await db
    .update(cronTasks)
    .set({ state, nextAt, claim: null, leaseUntil: null })
    .where(and(eq(cronTasks.name, name), eq(cronTasks.claim, claim)));
}
