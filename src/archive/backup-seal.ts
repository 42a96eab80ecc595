/**
 * What a backup holds, sealed (`seal.ts`) and bound to its backup, to what it is of and to its place
 * there: a piece that is moved to another run, another place or another backup does not open.
 */
import type { Result } from "#model/result.ts";
import type { KeyRing } from "#security/secret-keys.ts";
import {
  open,
  seal,
  sealedFaultText,
  sealedFromText,
  type SealIdentity,
  sealedToText,
} from "./seal.ts";

/** A piece of a run, or rows of a table. */
export type BackupPlace = { backup: string } & (
  | { runId: string; piece: number }
  | { table: string }
);

/** The text, sealed, as text. */
export async function sealForBackup(
  ring: KeyRing,
  place: BackupPlace,
  text: string,
): Promise<string> {
  const bytes = Uint8Array.from(new TextEncoder().encode(text));
  return sealedToText(await seal(ring, identityOf(place), bytes));
}

/** The error is in words. */
export async function openFromBackup(
  ring: KeyRing,
  place: BackupPlace,
  sealed: string,
): Promise<Result<string, string>> {
  const bytes = sealedFromText(sealed);
  const opened = bytes.ok ? await open(ring, identityOf(place), bytes.value) : bytes;
  if (!opened.ok) return { ok: false, error: sealedFaultText(opened.error) };
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened.value);
  return { ok: true, value: text };
}

/** Ids and names of tables have no space, so that no two places have one purpose. */
function identityOf(place: BackupPlace): SealIdentity {
  if ("table" in place) {
    return { runId: "", purpose: `backup ${place.backup} rows ${place.table}` };
  }
  return { runId: place.runId, purpose: `backup ${place.backup} piece ${place.piece}` };
}
