/**
 * Idempotency keys of writes, and of calls that must run once: owner, request and answer.
 *
 * 1. A write in D1 is one batch with its key. The key's row is a plain INSERT, so that the batch of
 *    a second request fails as a whole: of many requests with one key, one writes.
 * 2. A call outside of D1 is claimed first, with a lease. Its row has status 0 and no answer until
 *    the call has ended; when the lease has expired, the next caller takes over the claim.
 * 3. A key is kept for `LIMITS.writeKeyS`. Each write deletes a few older ones.
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

/** A key with its answer, to be written in the batch of its write. */
export interface AnsweredKey extends KeyUse {
  status: number;
  etag: string | null;
  body: string;
  /** ISO 8601. */
  createdAt: string;
}

/** The status of a key whose call is in progress. */
export const UNDER_WAY = 0;

const sameKey = ({ principalId, key }: Pick<KeyUse, "principalId" | "key">) =>
  and(eq(writeKeys.principalId, principalId), eq(writeKeys.key, key));

/** The stored key, unless it has expired. */
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
 * The statements at the end of a write's batch. `onlyAfterChange`: directly after the audit entry,
 * and only when that was written, so that a write that changed nothing does not use up its key.
 */
export function keyStatements(
  db: Database,
  answered: AnsweredKey | null,
  { onlyAfterChange = false }: { onlyAfterChange?: boolean } = {},
): BatchItem<"sqlite">[] {
  if (!answered) return [];
  const { principalId, key, fingerprint, status, etag, body, createdAt } = answered;
  const insert = onlyAfterChange
    ? // In the order of the columns of the table; drizzle supports no other raw statement in a batch.
      db
        .insert(writeKeys)
        .select(
          sql`SELECT ${principalId}, ${key}, ${fingerprint}, ${status}, ${etag}, ${body}, ${createdAt}, NULL, NULL, NULL, NULL WHERE changes() > 0`,
        )
    : db.insert(writeKeys).values(answered);
  return [insert, forgetOldest(db, Date.parse(createdAt))];
}

/** Writes only the key, for a write that had nothing to change. */
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

/** Bounded, so that no write has to delete a year's keys. */
function forgetOldest(db: Database, now: number) {
  return db.delete(writeKeys).where(
    sql`(${writeKeys.principalId}, ${writeKeys.key}) IN (
      SELECT principal_id, key FROM write_keys WHERE created_at < ${oldestAt(now)}
      ORDER BY created_at LIMIT ${LIMITS.writeKeysForgotten})`,
  );
}

/** Deletes the oldest keys from before that time, at most `limit`; returns how many. */
export async function deleteKeysBefore(
  db: Database,
  before: string,
  limit: number,
): Promise<number> {
  const { meta } = await db.run(
    sql`DELETE FROM write_keys WHERE (principal_id, key) IN (
      SELECT principal_id, key FROM write_keys WHERE created_at < ${before}
      ORDER BY created_at LIMIT ${limit})`,
  );
  return meta.changes;
}

function oldestAt(now: number): string {
  return new Date(now - LIMITS.writeKeyS * 1000).toISOString();
}

/** A claim of a call: `claim` is random and identifies the owner. */
export interface Claim extends KeyUse {
  claim: string;
}

/**
 * Claims the key for a call, until `leaseUntil` (epoch ms). False: another request has it, or it
 * was answered. The same request takes over a claim whose lease has expired.
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

/** The stored answer of a call, encrypted by `security/remembered-answer.ts`. */
export interface SealedAnswer {
  status: number;
  body: string;
  keyVersion: number;
  wrappedKey: string;
}

/** Ends the claim with the answer. Does nothing when it was taken over meanwhile. */
export async function answerClaim(db: Database, held: Claim, answer: SealedAnswer): Promise<void> {
  await db
    .update(writeKeys)
    .set({ ...answer, claim: null, leaseUntil: null })
    .where(and(sameKey(held), eq(writeKeys.claim, held.claim)));
}

/** Releases the key: a call that was refused or failed does not use it up. */
export async function releaseClaim(db: Database, held: Claim): Promise<void> {
  await db.delete(writeKeys).where(and(sameKey(held), eq(writeKeys.claim, held.claim)));
}

/** A claim is lost when its lease ended so long ago, in ms. */
const LOST_AFTER_MS = 60_000;
/** How many are shown or released at once. */
const LOST_AT_ONCE = 100;

const isLost = (now: number) =>
  and(
    eq(writeKeys.status, UNDER_WAY),
    lt(writeKeys.leaseUntil, new Date(now - LOST_AFTER_MS).toISOString()),
  );

/** Claims whose calls never ended; `now` in epoch ms. */
export function listLostClaims(db: Database, now: number): Promise<WriteKey[]> {
  return db.select().from(writeKeys).where(isLost(now)).limit(LOST_AT_ONCE);
}

export async function forgetLostClaims(db: Database, now: number): Promise<void> {
  await db.delete(writeKeys).where(isLost(now));
}
