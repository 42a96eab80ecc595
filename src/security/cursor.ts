/**
 * Cursors of lists: the place of an entry, encrypted, and bound to the list that it belongs to. A
 * place may be that of an entry which the caller may not see, since lists pass over those.
 *
 * 1. Callers read nothing in a cursor but its length.
 * 2. Of another list, of other filters or of another caller, altered or made up: it does not open.
 * 3. No cursor has two spellings.
 */
import { base64url } from "jose";
import { keyedHash } from "./keyed-hash.ts";
import { currentSecret, type ServerSecrets } from "./server-secrets.ts";

/** Version of the server secret 1, nonce 12, ciphertext, tag 16 bytes. */
const NONCE_AT = 1;
const CIPHERTEXT_AT = 13;
const TAG_BYTES = 16;
/** The form of a cursor, of any list. */
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{39,2000}$/;

/** Encrypts a place. `list` names everything that the place depends on. */
export async function sealCursor(
  secrets: ServerSecrets,
  list: string,
  place: string,
): Promise<string> {
  const version = secrets.current;
  const key = await keyOf(currentSecret(secrets));
  const iv = crypto.getRandomValues(new Uint8Array(CIPHERTEXT_AT - NONCE_AT));
  const plain = Uint8Array.from(new TextEncoder().encode(place));
  const additionalData = boundTo(version, list);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return base64url.encode(new Uint8Array([version, ...iv, ...new Uint8Array(sealed)]));
}

/** The place in a cursor of this list; null for every other text, without a reason. */
export async function openCursor(
  secrets: ServerSecrets,
  list: string,
  cursor: string,
): Promise<string | null> {
  const bytes = decode(cursor);
  const version = bytes?.[0] ?? 0;
  const secret = secrets.versions.get(version);
  if (bytes === null || secret === undefined) return null;
  const iv = bytes.slice(NONCE_AT, CIPHERTEXT_AT);
  const additionalData = boundTo(version, list);
  try {
    const key = await keyOf(secret);
    const sealed = bytes.slice(CIPHERTEXT_AT);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

function decode(cursor: string): Uint8Array<ArrayBuffer> | null {
  if (!CURSOR_PATTERN.test(cursor)) return null;
  // A text of this alphabet can still have a length that no bytes have.
  if (cursor.length % 4 === 1) return null;
  const bytes = Uint8Array.from(base64url.decode(cursor));
  const isCanonical = base64url.encode(bytes) === cursor;
  return isCanonical && bytes.length >= CIPHERTEXT_AT + TAG_BYTES ? bytes : null;
}

function boundTo(version: number, list: string): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(["workflow-orchestrator/cursor", 1, version, list]);
  return Uint8Array.from(new TextEncoder().encode(text));
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(await keyedHash(secret, "cursor", "0"));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
