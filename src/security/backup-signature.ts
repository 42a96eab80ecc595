/**
 * How a backup is signed, and how it says which secrets it needs without showing them. Knows no
 * storage and no content.
 */
import { equalBytes, keyedHash, toHex } from "./keyed-hash.ts";
import { currentSecret, type ServerSecrets } from "./server-secrets.ts";

export interface Signature {
  /** Version of the server secret. */
  version: number;
  /** HMAC-SHA-256, hex. */
  value: string;
}

export async function signBackup(secrets: ServerSecrets, text: string): Promise<Signature> {
  const value = toHex(await keyedHash(currentSecret(secrets), "backup", text));
  return { version: secrets.current, value };
}

export async function isSignedByUs(
  { versions }: ServerSecrets,
  text: string,
  { version, value }: Signature,
): Promise<boolean> {
  const secret = versions.get(version);
  if (secret === undefined) return false;
  const expected = toHex(await keyedHash(secret, "backup", text));
  const bytes = (hex: string) => new TextEncoder().encode(hex);
  return equalBytes(bytes(expected), bytes(value));
}

/** A secret as 128 bits that tell it apart from another, and from which it cannot be found. */
export async function fingerprintOfSecret(secret: string, name: string): Promise<string> {
  const hash = await keyedHash(secret, "secret-fingerprint", name);
  return toHex(hash.subarray(0, 16));
}
