/**
 * Keyed hashes for one purpose each, all derived from SERVER_SECRET: one reveals nothing about
 * another. Owns no policy.
 */

export type HashPurpose =
  | "address"
  | "api-key"
  | "accepted-token"
  | "meter"
  | "run-id"
  | "resume-token"
  | "secrets-key"
  | "cursor"
  | "write-fingerprint"
  | "backup"
  | "restore-token"
  | "secret-fingerprint";

const derived = new Map<string, Promise<CryptoKey>>();

/** HMAC-SHA-256 of the text under the key of that purpose; 32 bytes. */
export async function keyedHash(
  secret: string,
  purpose: HashPurpose,
  text: string,
): Promise<Uint8Array> {
  const cacheKey = `${purpose}\n${secret}`;
  let key = derived.get(cacheKey);
  if (!key) {
    key = derivePurposeKey(secret, purpose);
    derived.set(cacheKey, key);
  }
  return sign(await key, text);
}

async function derivePurposeKey(secret: string, purpose: HashPurpose): Promise<CryptoKey> {
  const root = await importKey(Uint8Array.from(new TextEncoder().encode(secret)));
  return importKey(await sign(root, `workflow-orchestrator/${purpose}`));
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

async function sign(key: CryptoKey, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}

/** Compares in constant time, which does not reveal the place of a difference. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 base32 in lower case, without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(buffer >>> bits) & 31];
      buffer &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + BASE32[(buffer << (5 - bits)) & 31] : text;
}

/** Decodes the text of `toBase32`; leftover bits become a last byte, padded with zeros. */
export function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length * 5) / 8));
  for (const [index, character] of text.split("").entries()) {
    const value = BASE32.indexOf(character);
    if (value === -1) throw new Error(`"${character}" is not base32`);
    const at = (index * 5) >>> 3;
    const shifted = value << (11 - ((index * 5) & 7));
    bytes[at] = (bytes[at] ?? 0) | (shifted >>> 8);
    if (at + 1 < bytes.length) bytes[at + 1] = shifted & 255;
  }
  return bytes;
}
