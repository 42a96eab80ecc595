/**
 * The ids of a request. Ours is what the audit and the logs are found by; a caller could give two
 * requests the same one, or another's, so its own id only stands beside it.
 */
import type { AppContext } from "./types.ts";

/** Both, as fields of a log line and attributes of a span. */
export function requestIds(c: AppContext): { request_id: string; client_request_id?: string } {
  const given = c.get("clientRequestId");
  return {
    request_id: c.get("requestId"),
    ...(given === undefined ? {} : { client_request_id: given }),
  };
}

/** The one in the response: the caller's own, if it sent one. */
export function shownRequestId(c: AppContext): string {
  return c.get("clientRequestId") ?? c.get("requestId");
}
