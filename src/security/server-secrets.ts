/**
 * The versions of the server secret: which one signs, and which ones still verify. Tokens, hashes
 * and cursors name the version that made them, so that a secret can be replaced while what the one
 * before it made is still in use. Derives no key.
 *
 * 1. Version 1 is SERVER_SECRET itself. It is never given a second value, because the ids of runs
 *    may be derived from it.
 * 2. The first entry signs. So a deployment can learn to verify a version before any part of it
 *    signs with that version.
 */
import type { Failed, Result } from "#model/result.ts";

/** A version is one byte of a token. */
const VERSION_MAX = 255;
const FIRST = 1;
const ENTRY = /^([1-9]\d{0,2})(?::(.*))?$/;

export interface ServerSecrets {
  /** Signs. */
  current: number;
  /** Verify; the current one is among them. */
  versions: ReadonlyMap<number, string>;
}

/** SERVER_SECRET alone: version 1. */
export function firstSecret(secret: string): ServerSecrets {
  return { current: FIRST, versions: new Map([[FIRST, secret]]) };
}

/**
 * Reads `2:<secret>,1`: the entry `1` is SERVER_SECRET (`first`), every other one has its secret.
 * The error says which entry is wrong, without quoting it.
 */
export function parseServerSecrets(first: string, text: string): Result<ServerSecrets, string> {
  const versions = new Map<number, string>();
  for (const [index, entry] of text.split(",").entries()) {
    const [, digits = "", given] = ENTRY.exec(entry.trim()) ?? [];
    const version = Number(digits);
    if (version === 0 || version > VERSION_MAX) {
      return wrong(index, `is not \`version:secret\`, with a version from 2 to ${VERSION_MAX}`);
    }
    if (version === FIRST && given !== undefined) {
      return wrong(index, "has a value for version 1; version 1 is SERVER_SECRET, written as `1`");
    }
    const secret = version === FIRST ? first : given;
    if (secret === undefined || secret === "") return wrong(index, "has no secret");
    if (versions.has(version)) return wrong(index, "repeats a version");
    // Two versions of one secret would look like a rotation and be none.
    const isRepeated = [...versions.values(), first].includes(secret) && version !== FIRST;
    if (isRepeated) return wrong(index, "repeats the secret of another version");
    versions.set(version, secret);
  }
  const [current] = versions.keys();
  if (current === undefined) return wrong(0, "is missing");
  return { ok: true, value: { current, versions } };
}

/** The secret that signs. */
export function currentSecret({ current, versions }: ServerSecrets): string {
  const secret = versions.get(current);
  if (secret === undefined) throw new Error("the server secrets lack their current version");
  return secret;
}

function wrong(index: number, what: string): Failed<string> {
  return { ok: false, error: `entry ${index + 1} ${what}` };
}
