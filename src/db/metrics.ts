/** The counters of all runs. One row is read, however many runs there are. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { metrics } from "./schema.ts";

/** Numbers by key; `telemetry/metrics.ts` defines the keys. */
export async function readCounters(db: Database): Promise<Readonly<Record<string, number>>> {
  const [row] = await db.select().from(metrics).where(eq(metrics.name, "counters"));
  return row?.value ?? {};
}

/** Adds to counters by key, in one statement: two writers lose nothing of each other. */
export async function addToCounters(
  db: Database,
  added: Readonly<Record<string, number>>,
): Promise<void> {
  const sum = sql`(
    SELECT json_group_object(key, amount) FROM (
      SELECT key, sum(value) AS amount FROM (
        SELECT key, value FROM json_each(${metrics.value})
        UNION ALL
        SELECT key, value FROM json_each(${JSON.stringify(added)})
      ) GROUP BY key
    )
  )`;
  await db.update(metrics).set({ value: sum }).where(eq(metrics.name, "counters"));
}
