/** The audit trail in D1. An entry is written in the batch of its change. */
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import type { AuditAction, AuditEntry } from "#model/audit.ts";
import type { Database } from "./database.ts";
import { audit } from "./schema.ts";

/** Who makes a change, in which request, and when. */
export interface Change {
  /** The principal's id. */
  by: string;
  requestId: string;
  /** ISO 8601. */
  at: string;
}

/** What was changed. */
export interface Changed {
  action: AuditAction;
  target: string;
  version?: number;
}

/**
 * The entry, as a statement that must directly follow the change in its batch: it writes nothing
 * when the previous statement changed nothing.
 */
export function auditStatement(db: Database, change: Change, { action, target, version }: Changed) {
  const id = crypto.randomUUID();
  // In the order of the columns of the table; drizzle supports no other raw statement in a batch.
  return db
    .insert(audit)
    .select(
      sql`SELECT ${change.at}, ${id}, ${change.by}, ${action}, ${target}, ${version ?? null}, ${change.requestId} WHERE changes() > 0`,
    );
}

/** A page starts after this entry, in the order of the list. */
export interface AuditPosition {
  at: string;
  id: string;
}

/** Newest first. */
export async function listAudit(
  db: Database,
  after: AuditPosition | null,
  limit: number,
): Promise<AuditEntry[]> {
  const rows = await db
    .select()
    .from(audit)
    .where(
      after === null
        ? undefined
        : or(lt(audit.at, after.at), and(eq(audit.at, after.at), lt(audit.id, after.id))),
    )
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(limit);
  return rows.map(({ version, requestId, ...entry }) => ({
    ...entry,
    ...(version === null ? {} : { version }),
    request_id: requestId,
  }));
}

/** Deletes the oldest entries from before that time, at most `limit`; returns how many. */
export async function deleteAuditBefore(
  db: Database,
  before: string,
  limit: number,
): Promise<number> {
  const { meta } = await db.run(
    sql`DELETE FROM audit WHERE (at, id) IN (
      SELECT at, id FROM audit WHERE at < ${before} ORDER BY at LIMIT ${limit})`,
  );
  return meta.changes;
}
