/** How many rows each version of a secret of the service holds. */
import { and, count, gt, isNotNull, isNull, or } from "drizzle-orm";
import { LIMITS } from "#model/limits.ts";
import type { Database } from "./database.ts";
import { apiKeys, runs, secrets, writeKeys } from "./schema.ts";

/** Rows by version. */
type Uses = ReadonlyMap<number, number>;

export interface VersionUses {
  apiKeys: Uses;
  secrets: Uses;
  answers: Uses;
  archives: Uses;
}

/** `now` is ISO 8601: what has expired by then uses nothing. */
export async function readVersionUses(db: Database, now: string): Promise<VersionUses> {
  const oldest = new Date(Date.parse(now) - LIMITS.writeKeyS * 1000).toISOString();
  const [keys, values, answers, archives] = await db.batch([
    db
      .select({ version: apiKeys.secretVersion, uses: count() })
      .from(apiKeys)
      .where(
        and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now))),
      )
      .groupBy(apiKeys.secretVersion),
    db
      .select({ version: secrets.keyVersion, uses: count() })
      .from(secrets)
      .where(isNotNull(secrets.ciphertext))
      .groupBy(secrets.keyVersion),
    db
      .select({ version: writeKeys.keyVersion, uses: count() })
      .from(writeKeys)
      .where(and(isNotNull(writeKeys.keyVersion), gt(writeKeys.createdAt, oldest)))
      .groupBy(writeKeys.keyVersion),
    db
      .select({ version: runs.archiveKeyVersion, uses: count() })
      .from(runs)
      .where(isNotNull(runs.archiveKeyVersion))
      .groupBy(runs.archiveKeyVersion),
  ]);
  return {
    apiKeys: byVersion(keys),
    secrets: byVersion(values),
    answers: byVersion(answers),
    archives: byVersion(archives),
  };
}

function byVersion(rows: readonly { version: number | null; uses: number }[]): Uses {
  return new Map(rows.flatMap(({ version, uses }) => (version === null ? [] : [[version, uses]])));
}
