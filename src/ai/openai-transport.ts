/**
 * The `fetch` that the provider package is given. Owns what must hold for every call, whatever the
 * package does: no redirect is followed, since the key would travel with it; no more than
 * `LIMITS.providerAnswerBytes` are held; only what is needed of the headers is passed on.
 *
 * A call without a usable answer throws `NoAnswer`, which the package passes through.
 */
import { LIMITS } from "../model/limits.ts";
import { readText } from "../security/egress-body.ts";

/** unreachable: no answer, or not all of it; the provider may have worked all the same. */
type NoAnswerReason = "unreachable" | "redirected" | "too_large";

export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly reason: NoAnswerReason;

  constructor(reason: NoAnswerReason) {
    super(reason);
    this.reason = reason;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Statuses whose answers cannot hold a body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);
const HEADERS_KEPT = ["content-type", "retry-after", "retry-after-ms"] as const;

export function guardFetch(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await unlessBroken(send(input, { ...init, redirect: "manual" }));
    if (REDIRECTS.has(response.status)) {
      await response.body?.cancel();
      throw new NoAnswer("redirected");
    }
    const text = await unlessBroken(readText(response, LIMITS.providerAnswerBytes));
    if (text === null) throw new NoAnswer("too_large");
    const headers = new Headers();
    for (const name of HEADERS_KEPT) {
      const value = response.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const { status } = response;
    return new Response(BODILESS.has(status) ? null : text, { status, headers });
  };
}

/** What the platform says of a broken connection can name hosts; only its kind is passed on. */
async function unlessBroken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw new NoAnswer("unreachable");
  }
}
