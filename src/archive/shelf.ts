/**
 * Where sealed archives are kept: R2 where a bucket is bound, else D1 in pieces. Knows no content.
 * Each write replaces the archive of that run as a whole, so that a repeated or late write leaves
 * one that can be read.
 */
import { openDatabase } from "#db/database.ts";
import { readArchivePieces, writeArchivePieces } from "#db/archive-pieces.ts";
import type { Env } from "#env.ts";
import { sealedFromText, sealedToText } from "./seal.ts";

/** Persisted with each archived run. */
export type ShelfName = "r2" | "d1";

export interface Shelf {
  readonly name: ShelfName;
  write(runId: string, sealed: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Null: nothing is there that could be read. */
  read(runId: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

type Bindings = Pick<Env, "ARCHIVE" | "DB">;

/** Where runs go now. */
export function currentShelf(env: Bindings): Shelf {
  return env.ARCHIVE ? r2Shelf(env.ARCHIVE) : d1Shelf(env.DB);
}

/** Where a run went; null: that bucket is not bound any more. */
export function shelfOf(env: Bindings, name: ShelfName): Shelf | null {
  if (name === "d1") return d1Shelf(env.DB);
  return env.ARCHIVE ? r2Shelf(env.ARCHIVE) : null;
}

/** The name of a run's archive in the bucket. */
export function archiveKey(runId: string): string {
  return `runs/${runId}`;
}

function r2Shelf(bucket: R2Bucket): Shelf {
  return {
    name: "r2",
    async write(runId, sealed) {
      await bucket.put(archiveKey(runId), sealed);
    },
    async read(runId) {
      const stored = await bucket.get(archiveKey(runId));
      return stored && new Uint8Array(await stored.arrayBuffer());
    },
  };
}

function d1Shelf(binding: D1Database): Shelf {
  const db = openDatabase(binding);
  return {
    name: "d1",
    write: (runId, sealed) => writeArchivePieces(db, runId, sealedToText(sealed)),
    async read(runId) {
      const text = await readArchivePieces(db, runId);
      const sealed = text === null ? null : sealedFromText(text);
      return sealed?.ok === true ? sealed.value : null;
    },
  };
}
