/**
 * The only way for a workflow to reach the network. Owns which hop is allowed, what is sent with it
 * and how much is read; does not interpret responses.
 *
 * 1. Every hop is checked; redirects are followed by hand.
 * 2. Credentials never reach an origin other than the first.
 * 3. No more than `maxBytes` of an answer are held.
 * 4. Never throws. Messages contain neither hosts nor URLs nor messages of the platform.
 *
 * The address of a name is not visible here, so this module does not stop a public name that
 * resolves to a private address.
 */
import { LIMITS } from "#model/limits.ts";
import { SAFE_METHODS } from "#model/workflow.ts";
import { readBody, type UndecodableBody } from "./egress-decode.ts";
import { checkUrl, type EgressSettings } from "./egress-url.ts";
import {
  headerNameProblem,
  headerValueProblem,
  withoutBodyHeaders,
  withoutCredentials,
} from "./request-headers.ts";

export { checkUrl };

export interface ExternalRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** Aborted when the attempt's time limit is reached. */
  signal: AbortSignal;
  /** Limit for the bytes of the response's body, after decompression. */
  maxBytes: number;
  /** Headers whose value contains a secret: dropped when a redirect leaves the origin. */
  sensitiveHeaders?: readonly string[];
  /** The body contains a secret: a redirect that would send it to another origin is refused. */
  sensitiveBody?: boolean;
  /** Redirect statuses that are the expected response and are not followed. */
  expectedStatuses?: readonly number[];
}

export interface ExternalResponse {
  status: number;
  /** Names in lower case; without `set-cookie`. */
  headers: Record<string, string>;
  /** Decompressed. */
  body: Uint8Array;
  /** The Content-Encoding that is not supported or does not match the body; `body` is empty. */
  undecodable?: UndecodableBody;
  /** The target of a redirect that was not followed: without query, fragment and user info. */
  sentTo?: string;
  /** A redirect turned the call into a GET: this is not the response to the original request. */
  methodChanged?: boolean;
}

export type ExternalResult =
  | { ok: true; response: ExternalResponse }
  | {
      ok: false;
      reason: "egress_refused" | "network_error" | "timeout" | "output_too_large";
      message: string;
    };

export type ExternalCall = (request: ExternalRequest) => Promise<ExternalResult>;

export interface EgressOptions extends EgressSettings {
  fetch: typeof fetch;
}

type Refusal = Extract<ExternalResult, { ok: false }>;

/** One hop: request and target. Header names in lower case. */
interface Hop {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** A redirect before this hop turned the call into a GET. */
  methodChanged: boolean;
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Creates the egress function. `fetch` is called without a receiver: the platform refuses one. */
export function createExternalCall(options: EgressOptions): ExternalCall {
  const send = options.fetch;
  return async (request) => {
    const first = firstHop(request);
    if (!first.ok) return first;
    let hop = first.hop;
    try {
      for (let redirects = 0; ; redirects += 1) {
        const allowed = checkUrl(hop.url, options);
        if (!allowed.ok)
          return refuse(redirects === 0 ? allowed.message : redirected(allowed.message));
        const response = await send(hop.url, toInit(hop, request.signal));
        const location = redirectTarget(response, hop, request);
        if (location === null) return await read(response, hop, request);
        await response.body?.cancel();
        if (redirects === LIMITS.redirects)
          return refuse(`More than ${LIMITS.redirects} redirects.`);
        const next = nextHop(hop, response.status, location, request);
        if (!next.ok) return next;
        hop = next.hop;
      }
    } catch {
      // The platform's message can contain hosts and addresses; only its kind is reported.
      return request.signal.aborted ? timedOut() : unreachable();
    }
  };
}

type HopResult = { ok: true; hop: Hop } | Refusal;

function firstHop(request: ExternalRequest): HopResult {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const problem = headerNameProblem(name) ?? headerValueProblem(value);
    if (problem !== null) return refuse(problem);
    headers[name.toLowerCase()] = value;
  }
  const { url, method, body } = request;
  return { ok: true, hop: { url, method, headers, body, methodChanged: false } };
}

function toInit(hop: Hop, signal: AbortSignal): RequestInit {
  return {
    method: hop.method,
    headers: hop.headers,
    redirect: "manual",
    signal,
    ...(hop.body === undefined ? {} : { body: hop.body }),
  };
}

/** The next hop, or null: this is the response. */
function redirectTarget(response: Response, hop: Hop, request: ExternalRequest): string | null {
  if (!REDIRECT_STATUSES.has(response.status)) return null;
  if (request.expectedStatuses?.includes(response.status) === true) return null;
  return isDeadEnd(response, hop) ? null : response.headers.get("location");
}

/** Browsers turn a POST into a GET here: the requested call would never be made. */
function isDeadEnd({ status }: Response, { method }: Hop): boolean {
  return (status === 301 || status === 302) && !SAFE_METHODS.has(method);
}

function sentTo(response: Response, hop: Hop): string | null {
  const target = URL.parse(response.headers.get("location") ?? "", hop.url);
  const isFollowed = !isDeadEnd(response, hop) || !response.headers.has("location");
  if (isFollowed || target === null) return null;
  return `${target.protocol}//${target.host}${target.pathname}`;
}

function nextHop(hop: Hop, status: number, location: string, request: ExternalRequest): HopResult {
  const target = URL.parse(location, hop.url);
  if (target === null) return refuse("A redirect leads to a URL that is not valid.");
  const isGet = status === 303 && hop.method !== "GET";
  const leaves = target.origin !== new URL(hop.url).origin;
  const body = isGet ? undefined : hop.body;
  if (leaves && body !== undefined && request.sensitiveBody === true) {
    return refuse("A redirect would send a secret to another origin.");
  }
  let headers = isGet ? withoutBodyHeaders(hop.headers) : hop.headers;
  if (leaves) headers = withoutCredentials(headers, request.sensitiveHeaders ?? []);
  return {
    ok: true,
    hop: {
      url: target.href,
      method: isGet ? "GET" : hop.method,
      headers,
      body,
      methodChanged: hop.methodChanged || isGet,
    },
  };
}

async function read(
  response: Response,
  hop: Hop,
  request: ExternalRequest,
): Promise<ExternalResult> {
  const body = await readBody(response, request.maxBytes);
  if (request.signal.aborted) return timedOut();
  if (body.kind === "too_large") {
    return {
      ok: false,
      reason: "output_too_large",
      message: `The response has more than ${request.maxBytes} bytes.`,
    };
  }
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name !== "set-cookie") headers[name.toLowerCase()] = value;
  });
  const redirect = sentTo(response, hop);
  return {
    ok: true,
    response: {
      status: response.status,
      headers,
      body: body.kind === "bytes" ? body.bytes : new Uint8Array(),
      ...(body.kind === "bytes" ? {} : { undecodable: body }),
      ...(redirect === null ? {} : { sentTo: redirect }),
      ...(hop.methodChanged ? { methodChanged: true } : {}),
    },
  };
}

function redirected(message: string): string {
  return `A redirect was not followed. ${message}`;
}

function refuse(message: string): Refusal {
  return { ok: false, reason: "egress_refused", message };
}

function timedOut(): Refusal {
  return { ok: false, reason: "timeout", message: "No response within the time limit." };
}

function unreachable(): Refusal {
  return {
    ok: false,
    reason: "network_error",
    message: "The connection failed or was closed before a response arrived.",
  };
}
