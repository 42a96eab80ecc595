/**
 * The `fetch` that the provider package is given. Owns what must hold for every call, regardless of
 * the package: no redirect is followed, since the key would travel with it; no more than
 * `LIMITS.providerAnswerBytes` are held; only what is needed of the headers is kept.
 *
 * The answer is kept for us, and the package gets an empty completion in its place: it knows how
 * to ask, but rejects answers that can be read (ADR 0034).
 *
 * A call without a usable answer throws `NoAnswer`, which the package passes through.
 */
import { LIMITS } from "#model/limits.ts";
import { readText } from "#security/egress-body.ts";

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

/** What a server answered. */
export interface WireAnswer {
  status: number;
  text: string;
  /** Those in `HEADERS_KEPT`; names in lower case. */
  headers: Readonly<Record<string, string>>;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_KEPT = ["retry-after", "retry-after-ms", "x-litellm-response-cost"] as const;

/** Nothing of it is used; it only has to be one. */
const STAND_IN = JSON.stringify({
  choices: [{ index: 0, message: { role: "assistant", content: "" }, finish_reason: "stop" }],
});

/** `keep` gets the answer before the package gets its stand-in. */
export function guardFetch(send: typeof fetch, keep: (answer: WireAnswer) => void): typeof fetch {
  return async (input, init) => {
    const response = await unlessBroken(send(input, { ...init, redirect: "manual" }));
    if (REDIRECTS.has(response.status)) {
      await response.body?.cancel();
      throw new NoAnswer("redirected");
    }
    const text = await unlessBroken(readText(response, LIMITS.providerAnswerBytes));
    if (text === null) throw new NoAnswer("too_large");
    const headers = HEADERS_KEPT.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    keep({ status: response.status, text, headers: Object.fromEntries(headers) });
    return new Response(STAND_IN, { headers: { "content-type": "application/json" } });
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
