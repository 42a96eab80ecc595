/**
 * The archive of one run: its record, compressed, sealed and on a shelf, and the way back. Owns the
 * order of the steps and what a failure is called; knows neither state nor engine.
 */
import type { Env } from "#env.ts";
import type { Failed, Result } from "#model/result.ts";
import type { KeyRing } from "#security/secret-keys.ts";
import { gunzip, gzip } from "./compress.ts";
import { readRecord, type RunRecord, writeRecord } from "./record.ts";
import { open, rewrap, seal, sealedFaultText, type SealIdentity } from "./seal.ts";
import { currentShelf, shelfOf, type Shelf, type ShelfName } from "./shelf.ts";

/** Where the archive of a run is, and what it must be. Persisted in the run's tombstone. */
export interface ArchiveMark {
  shelf: ShelfName;
  keyVersion: number;
  /** SHA-256 of the record, hex: an older archive of the run, put back, is noticed. */
  digest: string;
  /** Bytes of the sealed archive. */
  bytes: number;
}

/** Why an archive cannot be read, in words for the operator of the service. */
export type ArchiveFault = string;

type Bindings = Pick<Env, "ARCHIVE" | "DB">;

/**
 * Writes the archive, reads it back, and compares: what was written opens to the same record. A
 * throw is the shelf's.
 */
export async function putArchive(
  env: Bindings,
  ring: KeyRing,
  record: RunRecord,
): Promise<Result<ArchiveMark, ArchiveFault>> {
  const { runId } = record;
  const text = writeRecord(record);
  const sealed = await seal(ring, identityOf(runId), await gzip(text));
  const shelf = currentShelf(env);
  await shelf.write(runId, sealed);
  const mark: ArchiveMark = {
    shelf: shelf.name,
    keyVersion: ring.current,
    digest: await digestOf(text),
    bytes: sealed.byteLength,
  };
  const back = await readText(shelf, ring, runId, mark.digest);
  if (!back.ok) return back;
  return back.value === text ? { ok: true, value: mark } : refuse("It was read back changed.");
}

/** The record of an archived run. A throw is the shelf's. */
export async function getArchive(
  env: Bindings,
  ring: KeyRing,
  runId: string,
  mark: ArchiveMark,
): Promise<Result<RunRecord, ArchiveFault>> {
  const shelf = shelfOf(env, mark.shelf);
  if (!shelf) return refuse("It is in R2, and no bucket is bound as ARCHIVE.");
  const text = await readText(shelf, ring, runId, mark.digest);
  if (!text.ok) return text;
  const record = readRecord(text.value);
  if (record.ok) return record;
  return refuse(
    record.error.kind === "format_unknown"
      ? "A later release wrote it."
      : "Its content is no record of a run.",
  );
}

/** The archive under the current key; it is read back like a new one. */
export async function rewrapArchive(
  env: Bindings,
  ring: KeyRing,
  runId: string,
  mark: ArchiveMark,
): Promise<Result<ArchiveMark, ArchiveFault>> {
  const shelf = shelfOf(env, mark.shelf);
  if (!shelf) return refuse("It is in R2, and no bucket is bound as ARCHIVE.");
  const stored = await shelf.read(runId);
  if (!stored) return refuse(MISSING);
  const wrapped = await rewrap(ring, identityOf(runId), stored);
  if (!wrapped.ok) return refuse(sealedFaultText(wrapped.error));
  await shelf.write(runId, wrapped.value);
  const back = await readText(shelf, ring, runId, mark.digest);
  if (!back.ok) return back;
  const bytes = wrapped.value.byteLength;
  return { ok: true, value: { ...mark, keyVersion: ring.current, bytes } };
}

const MISSING = "It is not there.";

async function readText(
  shelf: Shelf,
  ring: KeyRing,
  runId: string,
  digest: string,
): Promise<Result<string, ArchiveFault>> {
  const stored = await shelf.read(runId);
  if (!stored) return refuse(MISSING);
  const opened = await open(ring, identityOf(runId), stored);
  if (!opened.ok) return refuse(sealedFaultText(opened.error));
  const text = await gunzip(opened.value);
  if (text === null) return refuse("Its content is not compressed text.");
  return (await digestOf(text)) === digest
    ? { ok: true, value: text }
    : refuse("It is another archive of this run.");
}

function identityOf(runId: string): SealIdentity {
  return { runId, purpose: "archive" };
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function refuse(error: ArchiveFault): Failed<ArchiveFault> {
  return { ok: false, error };
}
