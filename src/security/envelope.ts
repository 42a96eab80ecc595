/**
 * Envelope encryption: each text under its own random data key, the data key under a versioned
 * key-encryption key; both AES-256-GCM. Pure except for randomness; knows no storage and no
 * purpose.
 *
 * 1. Every text has a new data key, and every encryption a new nonce.
 * 2. Both ciphertexts are bound to their purpose (`Binding`): moved to another place they cannot be
 *    decrypted.
 * 3. A failure reports that decryption failed, never what is wrong in the bytes.
 */
import type { Failed, Result } from "#model/result.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { KeyRing } from "./secret-keys.ts";

const NONCE_BYTES = 12;
const KEY_BYTES = 32;

/** The purpose of an encrypted text: bytes that are authenticated with it, and not stored. */
export interface Binding {
  value: string;
  key(keyVersion: number): string;
}

export interface SealedText {
  /** Which key-encryption key wraps the data key. */
  keyVersion: number;
  /** base64 */
  wrappedKey: string;
  /** base64 */
  ciphertext: string;
}

/** `key_unknown`: the ring has no such key. `not_authentic`: bytes or binding differ. */
export type SealFault = "key_unknown" | "not_authentic";

/** The same for bytes, whose ciphertext is kept as bytes. */
export interface SealedBytes extends Omit<SealedText, "ciphertext"> {
  ciphertext: Uint8Array<ArrayBuffer>;
}

/** Encrypts the text under the ring's current key. It must be well-formed Unicode. */
export async function sealText(ring: KeyRing, binding: Binding, text: string): Promise<SealedText> {
  const sealed = await sealBytes(ring, binding, encodeText(text));
  return { ...sealed, ciphertext: encodeBase64(sealed.ciphertext) };
}

export async function openText(
  ring: KeyRing,
  binding: Binding,
  sealed: SealedText,
): Promise<Result<string, SealFault>> {
  const ciphertext = decodeBase64(sealed.ciphertext) ?? new Uint8Array();
  const opened = await openBytes(ring, binding, { ...sealed, ciphertext });
  return opened.ok ? { ok: true, value: decodeText(opened.value) } : opened;
}

/** Encrypts the bytes under the ring's current key. */
export async function sealBytes(
  ring: KeyRing,
  binding: Binding,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<SealedBytes> {
  const dataKey = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const key = await importDataKey(dataKey);
  const ciphertext = await encrypt(key, bytes, encodeText(binding.value));
  return { ...(await wrapKey(ring, binding, dataKey)), ciphertext };
}

export async function openBytes(
  ring: KeyRing,
  binding: Binding,
  sealed: SealedBytes,
): Promise<Result<Uint8Array<ArrayBuffer>, SealFault>> {
  const unwrapped = await unwrapKey(ring, binding, sealed);
  if (!unwrapped.ok) return unwrapped;
  const key = await importDataKey(unwrapped.value);
  const value = await decrypt(key, sealed.ciphertext, encodeText(binding.value));
  return value === null ? refuse("not_authentic") : { ok: true, value };
}

/** Wraps a data key under the ring's current key. */
export async function wrapKey(ring: KeyRing, binding: Binding, dataKey: Uint8Array<ArrayBuffer>) {
  const key = ring.keys.get(ring.current);
  if (key === undefined) throw new Error("the key ring lacks its current key");
  const additionalData = encodeText(binding.key(ring.current));
  const wrapped = await encrypt(key, dataKey, additionalData);
  return { keyVersion: ring.current, wrappedKey: encodeBase64(wrapped) };
}

/** The data key of an encrypted text. */
export async function unwrapKey(
  ring: KeyRing,
  binding: Binding,
  { keyVersion, wrappedKey }: Pick<SealedText, "keyVersion" | "wrappedKey">,
): Promise<Result<Uint8Array<ArrayBuffer>, SealFault>> {
  const key = ring.keys.get(keyVersion);
  if (key === undefined) return refuse("key_unknown");
  const wrapped = decodeBase64(wrappedKey) ?? new Uint8Array();
  const dataKey = await decrypt(key, wrapped, encodeText(binding.key(keyVersion)));
  return dataKey?.byteLength === KEY_BYTES ? { ok: true, value: dataKey } : refuse("not_authentic");
}

function importDataKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(
  key: CryptoKey,
  plain: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), NONCE_BYTES);
  return bytes;
}

/** Null when the bytes are not what was encrypted under this key and these additional data. */
async function decrypt(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (bytes.byteLength <= NONCE_BYTES) return null;
  const iv = bytes.slice(0, NONCE_BYTES);
  try {
    const sealed = bytes.subarray(NONCE_BYTES);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed);
    return new Uint8Array(plain);
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function refuse(error: SealFault): Failed<SealFault> {
  return { ok: false, error };
}
