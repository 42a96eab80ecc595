/** D1 through drizzle, created once for each binding. */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";

export type Database = DrizzleD1Database;

const opened = new WeakMap<D1Database, Database>();

export function openDatabase(binding: D1Database): Database {
  let db = opened.get(binding);
  if (!db) {
    db = drizzle(binding);
    opened.set(binding, db);
  }
  return db;
}

/** Whether D1 itself failed, rather than the query. */
export function isStorageFailure(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.startsWith("D1_") && !cause.message.includes("constraint failed"))
      return true;
  }
  return false;
}

/**
 * Whether D1 refused what was written: a constraint, a row that is too large, a text that is no JSON.
 * D1 has no codes beside the message, which ends with SQLite's.
 */
export function isDataFault(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/SQLITE_(?:CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)|D1_TYPE_ERROR/.test(cause.message)) {
      return true;
    }
  }
  return false;
}

/** Whether a write failed because another one inserted into that table first. */
export function isUniqueViolation(error: unknown, table: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes(`UNIQUE constraint failed: ${table}.`)) return true;
  }
  return false;
}
