/**
 * The key set of an issuer (JWKS), as this isolate has it. Anyone can send a token that needs the
 * set, so what a caller can make us fetch is bounded:
 *
 * 1. One fetch at a time. Other requests wait for it by looking at its outcome: on this platform a
 *    request cannot wait for the I/O of another one, which may be cut off with its caller.
 * 2. A failure is remembered: no fetch for a second, doubling up to a minute.
 * 3. An unknown key makes the set be read again, at most every 30 s.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** Keys that the issuer has withdrawn stop working after this time. */
const FRESH_MS = 600_000;
const UNKNOWN_KEY_MS = 30_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
const FETCH_MS = 5_000;
/** A fetch that has no outcome by then was cut off with its request. */
const LOST_MS = FETCH_MS + 1_000;
const LOOK_EVERY_MS = 25;

/** The key set did not respond, or the response is not a key set. */
export class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

interface Known {
  keys: JWTVerifyGetKey;
  readAt: number;
}

class KeySet {
  readonly #url: string;
  #known: Known | null = null;
  /** Failures in a row, and when the last of them was. */
  #failures = 0;
  #failedAt = 0;
  #fetchSince: number | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  readonly find: JWTVerifyGetKey = async (header, token) => {
    const { keys, readAt } = await this.#fresh();
    try {
      return await keys(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || Date.now() - readAt < UNKNOWN_KEY_MS) throw error;
    }
    const read = await this.#readAfter(readAt);
    return read.keys(header, token);
  };

  async #fresh(): Promise<Known> {
    const known = this.#known;
    if (known && Date.now() - known.readAt < FRESH_MS) return known;
    return this.#readAfter(known?.readAt ?? null);
  }

  /** The set as it was read after `earlier`: by this request, or by the one that is at it. */
  async #readAfter(earlier: number | null): Promise<Known> {
    for (;;) {
      const known = this.#known;
      if (known && known.readAt !== earlier) return known;
      if (this.#isBackingOff()) throw new KeySetUnavailable("the key set failed a moment ago");
      if (this.#fetchSince === null || Date.now() - this.#fetchSince >= LOST_MS) {
        return this.#read();
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #isBackingOff(): boolean {
    if (this.#failures === 0) return false;
    const backoffMs = FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures - 1, 10);
    return Date.now() - this.#failedAt < Math.min(backoffMs, LONGEST_BACKOFF_MS);
  }

  async #read(): Promise<Known> {
    this.#fetchSince = Date.now();
    try {
      const known = { keys: await fetchKeys(this.#url), readAt: Date.now() };
      this.#known = known;
      this.#failures = 0;
      return known;
    } catch (error) {
      this.#failures += 1;
      this.#failedAt = Date.now();
      throw new KeySetUnavailable("the key set cannot be loaded", { cause: error });
    } finally {
      this.#fetchSince = null;
    }
  }
}

async function fetchKeys(url: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(url, {
    headers: { accept: "application/json, application/jwk-set+json" },
    redirect: "manual",
    signal: AbortSignal.timeout(FETCH_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the key set responded with ${response.status}`);
  }
  // createLocalJWKSet checks the form itself, and throws when it is not that of a set.
  const set: JSONWebKeySet = await response.json();
  return createLocalJWKSet(set);
}

const keySets = new Map<string, KeySet>();

/** Finds the key of a token in the set at this URL. */
export function keySetAt(url: string): JWTVerifyGetKey {
  const known = keySets.get(url) ?? new KeySet(url);
  keySets.set(url, known);
  return known.find;
}
