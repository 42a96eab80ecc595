/** The audit trail in D1. Entries go into the batch of the change that they tell of. */
import { sql } from "drizzle-orm";
import type { AuditAction } from "../model/audit.ts";
import type { Database } from "./database.ts";
import { audit } from "./schema.ts";

/** Who changes something, on which request, and when. */
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
 * when the change before it changed nothing.
 */
export function auditStatement(db: Database, change: Change, { action, target, version }: Changed) {
  const id = crypto.randomUUID();
  // In the order of the columns of the table; drizzle takes no other raw statement in a batch.
  return db
    .insert(audit)
    .select(
      sql`SELECT ${change.at}, ${id}, ${change.by}, ${action}, ${target}, ${version ?? null}, ${change.requestId} WHERE changes() > 0`,
    );
}
