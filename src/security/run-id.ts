/** Ids of runs: random, or derived from caller and idempotency key so that a key has one run. */
import { randomText } from "./api-key.ts";
import { keyedHash, toBase32 } from "./keyed-hash.ts";

/** Base32 characters after `run_`: 130 bits. */
const LENGTH = 26;

export function randomRunId(): string {
  return `run_${randomText(LENGTH)}`;
}

/**
 * The same caller and key always give the same id; nobody without the secret can tell it.
 *
 * These bytes never change: a key of years ago has to find its run. They name one pair only: a key
 * is printable ASCII, so the last line break ends the caller, whatever that holds.
 */
export async function deriveRunId(
  secret: string,
  callerId: string,
  idempotencyKey: string,
): Promise<string> {
  const hash = await keyedHash(secret, "run-id", `${callerId}\n${idempotencyKey}`);
  return `run_${toBase32(hash).slice(0, LENGTH)}`;
}
