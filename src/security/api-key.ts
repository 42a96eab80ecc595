/**
 * API keys: `wo_<prefix>_<secret>`. The prefix finds the record; only a keyed hash of the whole key
 * is stored. Pure except for randomness.
 */
import { toBase32 } from "./keyed-hash.ts";

const API_KEY_PATTERN = /^wo_([a-z2-7]{10})_[a-z2-7]{32}$/;

/** A new key: 50 bits of prefix, 160 bits of secret. */
export function createApiKey(): { key: string; prefix: string } {
  const prefix = randomText(10);
  return { key: `wo_${prefix}_${randomText(32)}`, prefix };
}

/** The prefix of a well-formed key, or null. */
export function apiKeyPrefix(key: string): string | null {
  return API_KEY_PATTERN.exec(key)?.[1] ?? null;
}

/** Random base32 text: five bits per character. */
export function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil((length * 5) / 8)));
  return toBase32(bytes).slice(0, length);
}
