/** API keys in D1. Only hashes are stored. */
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { auditStatement, type Change } from "./audit.ts";
import type { Database } from "./database.ts";
import { apiKeys } from "./schema.ts";
import { type AnsweredKey, keyStatements } from "./write-keys.ts";

export type ApiKeyRecord = typeof apiKeys.$inferSelect;

export async function findApiKey(db: Database, prefix: string): Promise<ApiKeyRecord | null> {
  const [record] = await db.select().from(apiKeys).where(eq(apiKeys.prefix, prefix)).limit(1);
  return record ?? null;
}

/** By prefix, after this one; revoked ones too. */
export function listApiKeys(db: Database, after: string, limit: number): Promise<ApiKeyRecord[]> {
  return db
    .select()
    .from(apiKeys)
    .where(gt(apiKeys.prefix, after))
    .orderBy(asc(apiKeys.prefix))
    .limit(limit);
}

/** Whether any key has this principal. */
export async function hasPrincipal(db: Database, principalId: string): Promise<boolean> {
  const found = await db
    .select({ prefix: apiKeys.prefix })
    .from(apiKeys)
    .where(eq(apiKeys.principalId, principalId))
    .limit(1);
  return found.length > 0;
}

export async function storeApiKey(
  db: Database,
  record: ApiKeyRecord,
  change: Change,
  key: AnsweredKey | null = null,
): Promise<void> {
  await db.batch([
    db.insert(apiKeys).values(record),
    auditStatement(db, change, { action: "key.created", target: record.prefix }),
    ...keyStatements(db, key),
  ]);
}

/** Replaces the hash by one of another version of the secret, unless another request has. */
export async function storeKeyHash(
  db: Database,
  known: Pick<ApiKeyRecord, "prefix" | "hash">,
  { hash, secretVersion }: Pick<ApiKeyRecord, "hash" | "secretVersion">,
): Promise<void> {
  await db
    .update(apiKeys)
    .set({ hash, secretVersion })
    .where(and(eq(apiKeys.prefix, known.prefix), eq(apiKeys.hash, known.hash)));
}

/** The key is refused from now on. Revoking it again changes nothing. */
export async function revokeApiKey(
  db: Database,
  prefix: string,
  change: Change,
  key: AnsweredKey | null = null,
): Promise<void> {
  await db.batch([
    db
      .update(apiKeys)
      .set({ revokedAt: change.at })
      .where(and(eq(apiKeys.prefix, prefix), isNull(apiKeys.revokedAt))),
    auditStatement(db, change, { action: "key.revoked", target: prefix }),
    ...keyStatements(db, key),
  ]);
}
