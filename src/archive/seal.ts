/**
 * The sealed form of what leaves a run's object: archives and backups. An envelope
 * (`security/envelope.ts`) with a data key of its own, in one piece of bytes that needs nothing
 * beside SECRETS_KEYS to be opened. Pure except for randomness; knows no storage and no content.
 *
 * Persisted shape: a line of JSON (`Label`), a line feed, the ciphertext. The label says what the
 * bytes are, so that a mistake can be named; it proves nothing. Run id and purpose are bound to
 * both ciphertexts: under another name they do not open.
 */
import { z } from "zod";
import { parseJson } from "#model/json.ts";
import type { Failed, Result } from "#model/result.ts";
import { decodeBase64, encodeBase64 } from "#security/base64.ts";
import { type Binding, openBytes, sealBytes, unwrapKey, wrapKey } from "#security/envelope.ts";
import type { KeyRing } from "#security/secret-keys.ts";

/** The only format so far. */
const FORMAT = 1;
const LINE_FEED = 10;
/** A label is far shorter; bytes of another kind need not be searched to their end. */
const LABEL_BYTES_MAX = 1024;

/** What the bytes are of. The same run may be sealed for several purposes. */
export interface SealIdentity {
  runId: string;
  /** A word, such as `archive`. */
  purpose: string;
}

/** Each has its evidence. None quotes what was sealed. */
export type SealedFault =
  /** These are no sealed bytes. */
  | { kind: "not_sealed" }
  /** A later release made them. */
  | { kind: "format_unknown"; format: number }
  /** They are of another run, or for another purpose. */
  | { kind: "wrong_identity"; found: SealIdentity }
  /** SECRETS_KEYS has no such version. */
  | { kind: "key_unknown"; keyVersion: number }
  /** Changed or cut off, or that version of the key has another value. */
  | { kind: "damaged" };

const labelSchema = z.object({
  sealed: z.int(),
  purpose: z.string(),
  run_id: z.string(),
  key_version: z.int(),
  /** base64 */
  wrapped_key: z.string(),
});

type Label = z.infer<typeof labelSchema>;

/** Seals the bytes under the ring's current key. */
export async function seal(
  ring: KeyRing,
  identity: SealIdentity,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { ciphertext, ...key } = await sealBytes(ring, bindingOf(identity), bytes);
  return join(identity, key, ciphertext);
}

export async function open(
  ring: KeyRing,
  identity: SealIdentity,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Result<Uint8Array<ArrayBuffer>, SealedFault>> {
  const read = readFor(identity, sealed);
  if (!read.ok) return read;
  const { label, ciphertext } = read.value;
  const parts = { keyVersion: label.key_version, wrappedKey: label.wrapped_key, ciphertext };
  const opened = await openBytes(ring, bindingOf(identity), parts);
  return opened.ok ? opened : refuse(faultOf(opened.error, label));
}

/**
 * The same bytes with their data key under the ring's current key; the content is not decrypted.
 * They come back as they are when that key wraps them already.
 */
export async function rewrap(
  ring: KeyRing,
  identity: SealIdentity,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Result<Uint8Array<ArrayBuffer>, SealedFault>> {
  const read = readFor(identity, sealed);
  if (!read.ok) return read;
  const { label, ciphertext } = read.value;
  if (label.key_version === ring.current) return { ok: true, value: sealed };
  const binding = bindingOf(identity);
  const wrapped = { keyVersion: label.key_version, wrappedKey: label.wrapped_key };
  const unwrapped = await unwrapKey(ring, binding, wrapped);
  if (!unwrapped.ok) return refuse(faultOf(unwrapped.error, label));
  const key = await wrapKey(ring, binding, unwrapped.value);
  return { ok: true, value: join(identity, key, ciphertext) };
}

/** What sealed bytes say of themselves, without a key: not proved until they are opened. */
export function labelOf(
  sealed: Uint8Array<ArrayBuffer>,
): Result<SealIdentity & { keyVersion: number }, SealedFault> {
  const read = split(sealed);
  if (!read.ok) return read;
  const { run_id: runId, purpose, key_version: keyVersion } = read.value.label;
  return { ok: true, value: { runId, purpose, keyVersion } };
}

/** Sealed bytes as text, for what takes no bytes: lines of JSON, columns of D1. */
export function sealedToText(sealed: Uint8Array): string {
  return encodeBase64(sealed);
}

export function sealedFromText(text: string): Result<Uint8Array<ArrayBuffer>, SealedFault> {
  const bytes = decodeBase64(text);
  return bytes === null ? refuse({ kind: "not_sealed" }) : { ok: true, value: bytes };
}

/** The fault in words, for problems and log lines. */
export function sealedFaultText(fault: SealedFault): string {
  switch (fault.kind) {
    case "not_sealed":
      return "These are no sealed bytes.";
    case "format_unknown":
      return `They have format ${fault.format}; this release reads format ${FORMAT}.`;
    case "wrong_identity":
      return `They are the ${fault.found.purpose} of ${fault.found.runId}.`;
    case "key_unknown":
      return `They are sealed under version ${fault.keyVersion} of SECRETS_KEYS, which is not set.`;
    case "damaged":
      return "They are damaged, or that version of SECRETS_KEYS has another value than before.";
  }
}

interface Sealed {
  label: Label;
  ciphertext: Uint8Array<ArrayBuffer>;
}

function join(
  { runId, purpose }: SealIdentity,
  { keyVersion, wrappedKey }: { keyVersion: number; wrappedKey: string },
  ciphertext: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const label: Label = {
    sealed: FORMAT,
    purpose,
    run_id: runId,
    key_version: keyVersion,
    wrapped_key: wrappedKey,
  };
  const line = new TextEncoder().encode(`${JSON.stringify(label)}\n`);
  const bytes = new Uint8Array(line.byteLength + ciphertext.byteLength);
  bytes.set(line);
  bytes.set(ciphertext, line.byteLength);
  return bytes;
}

function split(sealed: Uint8Array<ArrayBuffer>): Result<Sealed, SealedFault> {
  const end = sealed.subarray(0, LABEL_BYTES_MAX).indexOf(LINE_FEED);
  const parsed = labelSchema.safeParse(end === -1 ? null : parseLine(sealed.subarray(0, end)));
  if (!parsed.success) return refuse({ kind: "not_sealed" });
  const label = parsed.data;
  if (label.sealed !== FORMAT) return refuse({ kind: "format_unknown", format: label.sealed });
  return { ok: true, value: { label, ciphertext: sealed.subarray(end + 1) } };
}

function readFor(
  { runId, purpose }: SealIdentity,
  sealed: Uint8Array<ArrayBuffer>,
): Result<Sealed, SealedFault> {
  const read = split(sealed);
  if (!read.ok) return read;
  const { label } = read.value;
  const found = { runId: label.run_id, purpose: label.purpose };
  return found.runId === runId && found.purpose === purpose
    ? read
    : refuse({ kind: "wrong_identity", found });
}

function parseLine(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // The caller says that these are no sealed bytes; their first line is no evidence.
    return null;
  }
}

function faultOf(fault: "key_unknown" | "not_authentic", label: Label): SealedFault {
  return fault === "key_unknown"
    ? { kind: "key_unknown", keyVersion: label.key_version }
    : { kind: "damaged" };
}

function bindingOf({ runId, purpose }: SealIdentity): Binding {
  const parts = [FORMAT, purpose, runId];
  return {
    value: JSON.stringify(["workflow-orchestrator/sealed", ...parts]),
    key: (keyVersion) => JSON.stringify(["workflow-orchestrator/sealed-key", ...parts, keyVersion]),
  };
}

function refuse(error: SealedFault): Failed<SealedFault> {
  return { ok: false, error };
}
