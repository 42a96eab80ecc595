/**
 * Idempotency keys of writes, and of calls that are made once: whose, for which request, with what
 * was answered.
 *
 * 1. A write in D1 is one batch with its key. The key's row is inserted plainly, so that the batch
 *    of whoever comes second fails as a whole: of many callers with one key, one writes.
 * 2. A call outside of D1 is claimed first, with a lease. Its row has status 0 and no answer until
 *    the call has ended; after the lease the next caller takes the claim over.
 * 3. A key is known for `LIMITS.writeKeyS`. Older ones go a few at a time, whenever one is written.
 */
import { and, eq, lt, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { LIMITS } from "#model/limits.ts";
import { type Database, isUniqueViolation } from "./database.ts";
import { writeKeys } from "./schema.ts";

export type WriteKey = typeof writeKeys.$inferSelect;

/** The owner of the key, and its request. */
export interface KeyUse {
  principalId: string;
  key: string;
  fingerprint: string;
}

/** A key with what is answered, to be written in the batch of its write. */
export interface AnsweredKey extends KeyUse {
  status: number;
  etag: string | null;
  body: string;
  /** ISO 8601. */
  createdAt: string;
}

/** The status of a key whose call is under way. */
export const UNDER_WAY = 0;

const sameKey = ({ principalId, key }: Pick<KeyUse, "principalId" | "key">) =>
  and(eq(writeKeys.principalId, principalId), eq(writeKeys.key, key));

/** The key as it was used, unless that is too long ago; then it is forgotten. */
export async function findWriteKey(
  db: Database,
  use: Pick<KeyUse, "principalId" | "key">,
  now: number,
): Promise<WriteKey | null> {
  const [known] = await db.select().from(writeKeys).where(sameKey(use)).limit(1);
  if (!known) return null;
  const oldest = oldestAt(now);
  if (known.createdAt >= oldest) return known;
  await db.delete(writeKeys).where(and(sameKey(use), lt(writeKeys.createdAt, oldest)));
  return null;
}

/**
 * The statements that go to the end of a write's batch. `onlyAfterChange`: directly behind the audit
 * entry, and only when that was written; a write that changed nothing uses up no key.
 */
export function keyStatements(
  db: Database,
  answered: AnsweredKey | null,
  { onlyAfterChange = false }: { onlyAfterChange?: boolean } = {},
): BatchItem<"sqlite">[] {
  if (!answered) return [];
  const { principalId, key, fingerprint, status, etag, body, createdAt } = answered;
  const insert = onlyAfterChange
    ? // In the order of the columns of the table; drizzle takes no other raw statement in a batch.
      db
        .insert(writeKeys)
        .select(
          sql`SELECT ${principalId}, ${key}, ${fingerprint}, ${status}, ${etag}, ${body}, ${createdAt}, NULL, NULL, NULL, NULL WHERE changes() > 0`,
        )
    : db.insert(writeKeys).values(answered);
  return [insert, forgetOldest(db, Date.parse(createdAt))];
}

/** Writes the key alone: of a write that found nothing to change. */
export async function storeAnswer(db: Database, answered: AnsweredKey | null): Promise<void> {
  if (answered)
    await db.batch([
      db.insert(writeKeys).values(answered),
      forgetOldest(db, Date.parse(answered.createdAt)),
    ]);
}

/** Whether a batch failed because its key was written by another request at the same time. */
export function isKeyTaken(error: unknown): boolean {
  return isUniqueViolation(error, "write_keys");
}

/** Bounded, so that no write waits for the cleaning of a year. */
function forgetOldest(db: Database, now: number) {
  return db.delete(writeKeys).where(
    sql`(${writeKeys.principalId}, ${writeKeys.key}) IN (
      SELECT principal_id, key FROM write_keys WHERE created_at < ${oldestAt(now)}
      ORDER BY created_at LIMIT ${LIMITS.writeKeysForgotten})`,
  );
}

function oldestAt(now: number): string {
  return new Date(now - LIMITS.writeKeyS * 1000).toISOString();
}

/** A claim of a call: `claim` is random and says whose it is. */
export interface Claim extends KeyUse {
  claim: string;
}

/**
 * Claims the key for a call, until `leaseUntil` (epoch ms). False: it is another's, or was answered.
 * A claim whose lease is over is taken over by the same request.
 */
export async function claimKey(
  db: Database,
  { claim, ...use }: Claim,
  times: { now: number; leaseUntil: number },
): Promise<boolean> {
  const createdAt = new Date(times.now).toISOString();
  const leaseUntil = new Date(times.leaseUntil).toISOString();
  const [claimed] = await db.batch([
    db
      .insert(writeKeys)
      .values({ ...use, status: UNDER_WAY, etag: null, body: "", createdAt, claim, leaseUntil })
      .onConflictDoUpdate({
        target: [writeKeys.principalId, writeKeys.key],
        set: { claim, leaseUntil, createdAt },
        setWhere: sql`${writeKeys.status} = ${UNDER_WAY} AND ${writeKeys.fingerprint} = ${use.fingerprint} AND ${writeKeys.leaseUntil} < ${createdAt}`,
      })
      .returning({ claim: writeKeys.claim }),
    forgetOldest(db, times.now),
  ]);
  return claimed.length > 0;
}

/** What is remembered of a call's answer: sealed by `security/remembered-answer.ts`. */
export interface SealedAnswer {
  status: number;
  body: string;
  keyVersion: number;
  wrappedKey: string;
}

/** Ends the claim with the answer. Nothing happens when it was taken over in between. */
export async function answerClaim(db: Database, held: Claim, answer: SealedAnswer): Promise<void> {
  await db
    .update(writeKeys)
    .set({ ...answer, claim: null, leaseUntil: null })
    .where(and(sameKey(held), eq(writeKeys.claim, held.claim)));
}

/** Gives the key back: the call was refused or failed, and uses up no key. */
export async function releaseClaim(db: Database, held: Claim): Promise<void> {
  await db.delete(writeKeys).where(and(sameKey(held), eq(writeKeys.claim, held.claim)));
}
