/**
 * Deletes rows of D1 by their age: idempotency keys of writes, and entries of the audit trail
 * beyond `AUDIT_DAYS`. In bounded statements, oldest first, so that a backlog of years blocks no
 * write.
 */
import { deleteAuditBefore } from "#db/audit.ts";
import { deleteKeysBefore } from "#db/write-keys.ts";
import { LIMITS } from "#model/limits.ts";
import type { Task, Turn } from "./cron.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Rows of one statement. */
const PAGE = 500;
/** Statements of each kind in one turn. */
const PAGES = 10;
const PAUSE_MS = 3600 * 1000;

export const expiry: Task = {
  name: "expiry",
  async turn(turn) {
    const { settings, now } = turn;
    const keys = await deleteAll(turn, now - LIMITS.writeKeyS * 1000, deleteKeysBefore);
    const days = settings.AUDIT_DAYS;
    const audit =
      days === 0 ? NOTHING : await deleteAll(turn, now - days * DAY_MS, deleteAuditBefore);
    return {
      state: null,
      pauseMs: keys.isDone && audit.isDone ? PAUSE_MS : 0,
      counts: { "rows_expired|write_keys": keys.count, "rows_expired|audit": audit.count },
    };
  },
};

const NOTHING = { count: 0, isDone: true };

async function deleteAll(
  { db, until }: Turn,
  before: number,
  deletePage: (db: Turn["db"], before: string, limit: number) => Promise<number>,
): Promise<typeof NOTHING> {
  let count = 0;
  for (let page = 0; page < PAGES && Date.now() < until; page += 1) {
    const deleted = await deletePage(db, new Date(before).toISOString(), PAGE);
    count += deleted;
    if (deleted < PAGE) return { count, isDone: true };
  }
  return { count, isDone: false };
}
