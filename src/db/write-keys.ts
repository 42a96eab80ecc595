/** Idempotency keys of writes in D1. */
import { and, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { writeKeys } from "./schema.ts";

type WriteKey = typeof writeKeys.$inferSelect;

export async function findWriteKey(
  db: Database,
  principalId: string,
  key: string,
): Promise<WriteKey | null> {
  const [known] = await db
    .select()
    .from(writeKeys)
    .where(and(eq(writeKeys.principalId, principalId), eq(writeKeys.key, key)))
    .limit(1);
  return known ?? null;
}

/** The first answer of a key stays; a second one changes nothing. */
export async function storeWriteKey(db: Database, record: WriteKey): Promise<void> {
  await db.insert(writeKeys).values(record).onConflictDoNothing();
}
