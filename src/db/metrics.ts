/** The counters of all runs. One row is read, however many runs there are. */
import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { metrics } from "./schema.ts";

/** Numbers by key; `telemetry/metrics.ts` defines the keys. */
export async function readCounters(db: Database): Promise<Readonly<Record<string, number>>> {
  const [row] = await db.select().from(metrics).where(eq(metrics.name, "counters"));
  return row?.value ?? {};
}
