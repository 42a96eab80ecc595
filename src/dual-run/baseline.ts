/** Calls the other side of a dual run, and parses the responses of both sides. */
import { LIMITS } from "#model/limits.ts";
import { readText } from "#security/egress-body.ts";
import type { Settings } from "#settings.ts";
import type { Exchange, SideRequest } from "./side.ts";

/** null: no baseline is set, so the reference interpreter is the old side. */
export function baselineExchange(settings: Settings): Exchange | null {
  const { DUAL_RUN_BASELINE_URL: url, DUAL_RUN_BASELINE_KEY: key } = settings;
  if (url === undefined || key === undefined) return null;
  const base = url.replace(/\/+$/, "");
  return async (request) => {
    const timeoutMs = ((request.waitS ?? 0) + ANSWER_WITHIN_S) * 1000;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await toAnswer(
        await fetch(base + request.path, {
          ...init(request, `Bearer ${key}`),
          redirect: "manual",
          signal,
        }),
      );
    } catch (error) {
      // fetch and reading throw when the connection is refused, dropped or too slow.
      if (error instanceof Error) return null;
      throw error;
    }
  };
}

/** Beyond the time that a request asks to wait. */
const ANSWER_WITHIN_S = 10;

/** A request to a side, for fetch. */
export function init(
  { method, body, waitS, isAnonymous = false }: SideRequest,
  authorization: string,
) {
  return {
    method,
    headers: {
      ...(isAnonymous ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(waitS === undefined ? {} : { prefer: `wait=${waitS}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** `undefined` for a body that is not JSON, or too large. */
export async function toAnswer(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await readText(response, LIMITS.dualRunAnswerBytes);
  if (text === null) return { status: response.status, body: undefined };
  try {
    return { status: response.status, body: JSON.parse(text) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: response.status, body: undefined };
    throw error;
  }
}
