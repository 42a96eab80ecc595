/** The archives of runs in D1: texts in pieces, because a row takes 2 MB at most. */
import { asc, eq } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "./database.ts";
import { archivePieces } from "./schema.ts";

/** Characters of a piece; base64 has one byte for each. */
const PIECE_LENGTH = 1_000_000;
/** The text is cut, and nothing else. */
const FORMAT = 1;

/** Replaces what is there of the run, all or nothing. */
export async function writeArchivePieces(db: Database, runId: string, text: string): Promise<void> {
  const inserts: BatchItem<"sqlite">[] = [];
  for (let at = 0; at < text.length; at += PIECE_LENGTH) {
    const data = text.slice(at, at + PIECE_LENGTH);
    const row = { runId, piece: inserts.length, format: FORMAT, data };
    inserts.push(db.insert(archivePieces).values(row));
  }
  await db.batch([db.delete(archivePieces).where(eq(archivePieces.runId, runId)), ...inserts]);
}

/** Null: there is none, or a later release wrote it. */
export async function readArchivePieces(db: Database, runId: string): Promise<string | null> {
  const pieces = await db
    .select({ format: archivePieces.format, data: archivePieces.data })
    .from(archivePieces)
    .where(eq(archivePieces.runId, runId))
    .orderBy(asc(archivePieces.piece));
  const isKnown = pieces.length > 0 && pieces.every(({ format }) => format === FORMAT);
  return isKnown ? pieces.map(({ data }) => data).join("") : null;
}
