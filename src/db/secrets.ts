/**
 * Secrets in D1: ciphertexts of `security/secrets.ts`, never a value. A deleted secret leaves its
 * name and version, so that a later value continues the numbering.
 */
import { and, asc, count, eq, gt, inArray, isNotNull, ne, type SQL, sql } from "drizzle-orm";
import type { SealedSecret } from "#model/secret.ts";
import { auditStatement, type Change } from "./audit.ts";
import type { Database } from "./database.ts";
import { secrets } from "./schema.ts";
import { type AnsweredKey, keyStatements } from "./write-keys.ts";

/** A stored value with its identity. */
export interface StoredSecret {
  name: string;
  version: number;
  /** The only workflows that may use it; null: all. */
  workflows: readonly string[] | null;
  sealed: SealedSecret;
}

/** The public data of a secret. */
export interface SecretFacts {
  name: string;
  version: number;
  keyVersion: number;
  workflows: readonly string[] | null;
  createdAt: string;
  updatedAt: string;
}

const FACTS = {
  name: secrets.name,
  version: secrets.version,
  keyVersion: secrets.keyVersion,
  workflows: secrets.workflows,
  createdAt: secrets.createdAt,
  updatedAt: secrets.updatedAt,
};
const IS_THERE = isNotNull(secrets.ciphertext);

/** By name, after this name. */
export function listSecrets(db: Database, after: string, limit: number): Promise<SecretFacts[]> {
  return db
    .select(FACTS)
    .from(secrets)
    .where(and(IS_THERE, gt(secrets.name, after)))
    .orderBy(asc(secrets.name))
    .limit(limit);
}

/** All secrets, with the workflows that may use them; null: all may. */
export function listSecretUses(
  db: Database,
): Promise<{ name: string; workflows: readonly string[] | null }[]> {
  const { name, workflows } = secrets;
  return db.select({ name, workflows }).from(secrets).where(IS_THERE);
}

/** The condition of rows that a workflow may not use. */
export function refusedTo(workflowId: string): SQL {
  return sql`secrets.ciphertext IS NOT NULL AND secrets.workflows IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM json_each(secrets.workflows) WHERE value = ${workflowId})`;
}

/** Those of these names that the workflow may not use; what does not exist is none of them. */
export async function findRefusedSecrets(
  db: Database,
  workflowId: string,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await db.all<{ name: string }>(sql`SELECT secrets.name AS name
    FROM json_each(${JSON.stringify(names)}) AS named JOIN secrets ON secrets.name = named.value
    WHERE ${refusedTo(workflowId)}`);
  return rows.map(({ name }) => name);
}

/** The stored values of these names; unknown ones are absent. */
export async function findSecrets(db: Database, names: readonly string[]): Promise<StoredSecret[]> {
  const named = sql`${secrets.name} IN (SELECT value FROM json_each(${JSON.stringify(names)}))`;
  return toStored(await db.select().from(secrets).where(and(IS_THERE, named)));
}

/** Values that are wrapped by one of these keys. */
export async function findSecretsOfKeys(
  db: Database,
  keyVersions: readonly number[],
  limit: number,
): Promise<StoredSecret[]> {
  const rows = await db
    .select()
    .from(secrets)
    .where(and(IS_THERE, inArray(secrets.keyVersion, [...keyVersions])))
    .orderBy(asc(secrets.name))
    .limit(limit);
  return toStored(rows);
}

/** How many values other keys than this one wrap. */
export async function countSecretsOfOtherKeys(db: Database, keyVersion: number): Promise<number> {
  const [row] = await db
    .select({ found: count() })
    .from(secrets)
    .where(and(IS_THERE, ne(secrets.keyVersion, keyVersion)));
  return row?.found ?? 0;
}

interface LastSecret {
  version: number;
  createdAt: string | null;
  workflows: readonly string[] | null;
}

/**
 * The last version of a name, also when it was deleted, and 0 when it never had one; with the time
 * of its first value, or null where there is no value now.
 */
export async function readLastSecret(db: Database, name: string): Promise<LastSecret> {
  const { version, createdAt, ciphertext, workflows } = secrets;
  const [row] = await db
    .select({ version, createdAt, ciphertext, workflows })
    .from(secrets)
    .where(eq(secrets.name, name))
    .limit(1);
  if (!row) return { version: 0, createdAt: null, workflows: null };
  if (row.ciphertext === null) return { version: row.version, createdAt: null, workflows: null };
  return { version: row.version, createdAt: row.createdAt, workflows: row.workflows };
}

/**
 * Stores a value as the next version. Null when another request stored that version first; then
 * nothing is written.
 */
export async function storeSecret(
  db: Database,
  { name, version, workflows: may, sealed }: StoredSecret,
  change: Change,
  key: AnsweredKey | null = null,
): Promise<SecretFacts | null> {
  const workflows = may === null ? null : [...may];
  const [stored] = await db.batch([
    db
      .insert(secrets)
      .values({ name, version, workflows, ...sealed, createdAt: change.at, updatedAt: change.at })
      .onConflictDoUpdate({
        target: secrets.name,
        set: {
          version,
          workflows,
          ...sealed,
          // A deleted name gets a new creation time.
          createdAt: sql`CASE WHEN ${secrets.ciphertext} IS NULL THEN ${change.at} ELSE ${secrets.createdAt} END`,
          updatedAt: change.at,
        },
        setWhere: eq(secrets.version, version - 1),
      })
      .returning(FACTS),
    auditStatement(db, change, { action: "secret.stored", target: name, version }),
    ...keyStatements(db, key, { onlyAfterChange: true }),
  ]);
  return stored[0] ?? null;
}

/** Deletes the value and its key permanently. False when there was none. */
export async function deleteSecret(
  db: Database,
  name: string,
  change: Change,
  key: AnsweredKey | null,
): Promise<boolean> {
  const [deleted] = await db.batch([
    db
      .update(secrets)
      .set({ ciphertext: null, wrappedKey: null, workflows: null, updatedAt: change.at })
      .where(and(eq(secrets.name, name), IS_THERE))
      .returning({ name: secrets.name }),
    auditStatement(db, change, { action: "secret.deleted", target: name }),
    ...keyStatements(db, key, { onlyAfterChange: true }),
  ]);
  return deleted.length > 0;
}

/** Replaces wrapped keys where the value is still the same. */
export async function storeRewrapped(
  db: Database,
  rewrapped: readonly StoredSecret[],
  change: Change,
  key: AnsweredKey | null,
): Promise<void> {
  const rows = JSON.stringify(
    rewrapped.map(({ name, version, sealed }) => ({ name, version, ...sealed })),
  );
  await db.batch([
    db
      .update(secrets)
      .set({
        keyVersion: sql`fresh.value ->> '$.keyVersion'`,
        wrappedKey: sql`fresh.value ->> '$.wrappedKey'`,
      })
      .from(sql`json_each(${rows}) AS fresh`)
      .where(
        and(
          eq(secrets.name, sql`fresh.value ->> '$.name'`),
          eq(secrets.version, sql`fresh.value ->> '$.version'`),
          eq(secrets.ciphertext, sql`fresh.value ->> '$.ciphertext'`),
        ),
      ),
    auditStatement(db, change, { action: "secrets.rewrapped", target: "secrets" }),
    ...keyStatements(db, key),
  ]);
}

function toStored(rows: readonly (typeof secrets.$inferSelect)[]): StoredSecret[] {
  return rows.flatMap(({ name, version, workflows, keyVersion, wrappedKey, ciphertext }) =>
    wrappedKey === null || ciphertext === null
      ? []
      : [{ name, version, workflows, sealed: { keyVersion, wrappedKey, ciphertext } }],
  );
}
