/**
 * Key-encryption keys of secrets, by version. Owns the format of the setting and which version
 * wraps: the highest. Version 0 is derived from SERVER_SECRET, so that a service can start without
 * the setting, and still decrypt its secrets once it has one; it exists until the settings end it.
 * Knows no secret.
 */
import type { Failed, Result } from "#model/result.ts";
import { keyedHash } from "./keyed-hash.ts";

const KEY_BYTES = 32;
const ENTRY = /^([1-9]\d{0,5}):([A-Za-z0-9+/_-]+={0,2})$/;

/** A key of the setting. */
export interface VersionedKey {
  /** 1 to 999999. */
  version: number;
  /** 256 bits. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** All keys that unwrap, and the one that wraps. Keys cannot be extracted. */
export interface KeyRing {
  current: number;
  keys: ReadonlyMap<number, CryptoKey>;
}

/**
 * Reads `2:<base64>,1:<base64>`: 32 bytes each, in either alphabet of base64. The error says
 * which entry is wrong, without quoting it.
 */
export function parseVersionedKeys(text: string): Result<VersionedKey[], string> {
  const keys: VersionedKey[] = [];
  for (const [index, entry] of text.split(",").entries()) {
    const written = ENTRY.exec(entry.trim());
    if (written === null) return wrong(index, "is not `version:base64`, with a version from 1");
    const bytes = decodeBase64(written[2] ?? "");
    if (bytes?.byteLength !== KEY_BYTES) return wrong(index, `is not ${KEY_BYTES} bytes of base64`);
    const version = Number(written[1]);
    if (keys.some((key) => key.version === version)) return wrong(index, "repeats a version");
    keys.push({ version, bytes });
  }
  return { ok: true, value: keys };
}

const rings = new WeakMap<readonly VersionedKey[], Promise<KeyRing>>();

/**
 * The keys of the setting, and the one derived from `serverSecret`; null: that one opens nothing.
 * Created once for each list of keys.
 */
export function openKeyRing(
  serverSecret: string | null,
  keys: readonly VersionedKey[],
): Promise<KeyRing> {
  let ring = rings.get(keys);
  if (!ring) {
    ring = createKeyRing(serverSecret, keys);
    rings.set(keys, ring);
  }
  return ring;
}

async function createKeyRing(
  serverSecret: string | null,
  keys: readonly VersionedKey[],
): Promise<KeyRing> {
  const all = [...(serverSecret === null ? [] : [await derivedKey(serverSecret)]), ...keys];
  if (all.length === 0) throw new Error("no key is there that could wrap a secret");
  const imported = await Promise.all(
    all.map(async ({ version, bytes }) => [version, await importKey(bytes)] as const),
  );
  return { current: Math.max(...all.map(({ version }) => version)), keys: new Map(imported) };
}

async function derivedKey(serverSecret: string): Promise<VersionedKey> {
  const bytes = await keyedHash(serverSecret, "secrets-key", "0");
  return { version: 0, bytes: Uint8Array.from(bytes) };
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function wrong(index: number, what: string): Failed<string> {
  return { ok: false, error: `entry ${index + 1} ${what}` };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    // The text must not be quoted, and the decoder reports nothing else.
    return null;
  }
}
