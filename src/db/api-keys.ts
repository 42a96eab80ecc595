/** API keys in D1. Only hashes are stored. */
import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { apiKeys } from "./schema.ts";

export type ApiKeyRecord = typeof apiKeys.$inferSelect;

export async function findApiKey(db: Database, prefix: string): Promise<ApiKeyRecord | null> {
  const [record] = await db.select().from(apiKeys).where(eq(apiKeys.prefix, prefix)).limit(1);
  return record ?? null;
}
