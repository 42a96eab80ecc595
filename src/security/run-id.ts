/** Ids of runs: random, or derived from caller and idempotency key so that a key has one run. */
import { randomText } from "./api-key.ts";
import { keyedHash, toBase32 } from "./keyed-hash.ts";

/** Base32 characters after `run_`: 130 bits. */
const LENGTH = 26;

export function randomRunId(): string {
  return `run_${randomText(LENGTH)}`;
}

/**
 * The same caller and key always produce the same id; without the secret it cannot be computed.
 *
 * These bytes never change: a key of years ago has to find its run. They are unambiguous: a key is
 * printable ASCII, so the last line break ends the caller, even if that contains line breaks.
 */
export async function deriveRunId(
  secret: string,
  callerId: string,
  idempotencyKey: string,
): Promise<string> {
  const hash = await keyedHash(secret, "run-id", `${callerId}\n${idempotencyKey}`);
  return `run_${toBase32(hash).slice(0, LENGTH)}`;
}
