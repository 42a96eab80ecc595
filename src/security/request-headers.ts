/**
 * Which headers a workflow may set on a call, and which of them are credentials.
 *
 * A name that belongs to the connection or that claims where a request came from is refused, not
 * dropped: silently sending a call without a header that its author wrote is worse than not sending
 * it.
 */
import { LIMITS } from "#model/limits.ts";
import { isSensitiveName } from "./sensitive-name.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;

/** Headers of the connection, of proxies, or computed from the request. */
const RESERVED: ReadonlySet<string> = new Set([
  "cdn-loop",
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "via",
  "x-real-ip",
]);
const RESERVED_PREFIXES = ["cf-", "x-forwarded-"] as const;

/** Dropped with the body when a redirect turns a call into a GET. */
const ABOUT_THE_BODY: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
]);

/** Why a header of this name cannot be set, or null. For use at save and before every call. */
export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) return "A header name is not a valid token.";
  const lower = name.toLowerCase();
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return `The header ${lower} cannot be set.`;
  }
  return null;
}

/**
 * Why a value cannot be sent as a header, or null. ASCII only: runtimes encode other characters
 * differently, and line breaks would start another header.
 */
export function headerValueProblem(value: string): string | null {
  if (value.length > LIMITS.headerValueLength) {
    return `A header value has more than ${LIMITS.headerValueLength} characters.`;
  }
  return /^[\t\u0020-\u007e]*$/.test(value)
    ? null
    : "A header value has line breaks, control characters or characters outside ASCII.";
}

/**
 * The headers that may be sent to another origin: without credentials, that is, those known by name
 * and those in `sensitive`. Names are in lower case.
 */
export function withoutCredentials(
  headers: Readonly<Record<string, string>>,
  sensitive: readonly string[],
): Record<string, string> {
  const named = new Set(sensitive.map((name) => name.toLowerCase()));
  return pick(headers, (name) => !named.has(name) && !isSensitiveName(name));
}

/** The headers without those that describe a body. Names are in lower case. */
export function withoutBodyHeaders(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return pick(headers, (name) => !ABOUT_THE_BODY.has(name));
}

function pick(
  headers: Readonly<Record<string, string>>,
  keep: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keep(name)));
}
