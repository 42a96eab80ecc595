/**
 * Envelope encryption of secrets: the value under a random data key of its own, the data key under
 * a versioned key-encryption key; both AES-256-GCM. Pure but for randomness; knows no storage.
 *
 * 1. Every value has a new data key, and every encryption a new nonce.
 * 2. Both ciphertexts are bound to name and version: a row that is moved to another name, or put
 *    back under a later version, does not open.
 * 3. A failure tells that it failed, never why in the bytes.
 */
import type { SealedSecret, SecretIdentity } from "../model/secret.ts";
import type { KeyRing } from "./secret-keys.ts";

const NONCE_BYTES = 12;
const KEY_BYTES = 32;

/** `key_unknown`: the ring has no such key. `not_authentic`: bytes, name or version are others. */
type SealFault = "key_unknown" | "not_authentic";
export type OpenedSecret = { ok: true; value: string } | { ok: false; fault: SealFault };
export type RewrappedSecret = { ok: true; sealed: SealedSecret } | { ok: false; fault: SealFault };

/** Encrypts the value under the ring's current key. The value must be well-formed Unicode. */
export async function sealSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  value: string,
): Promise<SealedSecret> {
  const dataKey = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const ciphertext = await encrypt(
    await importDataKey(dataKey),
    encodeText(value),
    valueBinding(identity),
  );
  return { ...(await wrap(ring, identity, dataKey)), ciphertext };
}

export async function openSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  sealed: SealedSecret,
): Promise<OpenedSecret> {
  const unwrapped = await unwrap(ring, identity, sealed);
  if (!unwrapped.ok) return unwrapped;
  const key = await importDataKey(unwrapped.dataKey);
  const value = await decrypt(key, sealed.ciphertext, valueBinding(identity));
  return value === null ? refuse("not_authentic") : { ok: true, value: decodeText(value) };
}

/** Wraps the same data key under the ring's current key. The value is not decrypted. */
export async function rewrapSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  sealed: SealedSecret,
): Promise<RewrappedSecret> {
  const unwrapped = await unwrap(ring, identity, sealed);
  if (!unwrapped.ok) return unwrapped;
  const wrapped = await wrap(ring, identity, unwrapped.dataKey);
  return { ok: true, sealed: { ...wrapped, ciphertext: sealed.ciphertext } };
}

async function wrap(ring: KeyRing, identity: SecretIdentity, dataKey: Uint8Array<ArrayBuffer>) {
  const key = ring.keys.get(ring.current);
  if (key === undefined) throw new Error("the key ring lacks its current key");
  const binding = keyBinding(identity, ring.current);
  return { keyVersion: ring.current, wrappedKey: await encrypt(key, dataKey, binding) };
}

type Unwrapped = { ok: true; dataKey: Uint8Array<ArrayBuffer> } | { ok: false; fault: SealFault };

async function unwrap(
  ring: KeyRing,
  identity: SecretIdentity,
  { keyVersion, wrappedKey }: SealedSecret,
): Promise<Unwrapped> {
  const key = ring.keys.get(keyVersion);
  if (key === undefined) return refuse("key_unknown");
  const dataKey = await decrypt(key, wrappedKey, keyBinding(identity, keyVersion));
  return dataKey?.byteLength === KEY_BYTES ? { ok: true, dataKey } : refuse("not_authentic");
}

function valueBinding({ name, version }: SecretIdentity): Uint8Array<ArrayBuffer> {
  return encodeText(`workflow-orchestrator/secret-value\n${name}\n${version}`);
}

function keyBinding(
  { name, version }: SecretIdentity,
  keyVersion: number,
): Uint8Array<ArrayBuffer> {
  return encodeText(`workflow-orchestrator/secret-key\n${name}\n${version}\n${keyVersion}`);
}

function importDataKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(
  key: CryptoKey,
  plain: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return encodeBase64(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
}

/** Null when the bytes are not what was encrypted under this key and these additional data. */
async function decrypt(
  key: CryptoKey,
  text: string,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = decodeBase64(text);
  if (bytes === null || bytes.byteLength <= NONCE_BYTES) return null;
  const iv = bytes.slice(0, NONCE_BYTES);
  try {
    const sealed = bytes.slice(NONCE_BYTES);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed);
    return new Uint8Array(plain);
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function refuse(fault: SealFault): { ok: false; fault: SealFault } {
  return { ok: false, fault };
}
