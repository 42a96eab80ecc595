/**
 * One line for each request: what was asked of which route, by whom, and how it ended. The route is
 * shown as its pattern, never the address, since that of a resume link is a credential; no body, no
 * header and no query is.
 */
import { redactText } from "#security/redact.ts";
import { requestIds } from "../request-ids.ts";
import { routeOf } from "../request-trace.ts";
import type { AppContext } from "../types.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);
const SHOWN_ENTRIES = 1_000;

export function logAccess(c: AppContext, startedAt: number): void {
  const { request_id, client_request_id: given } = requestIds(c);
  const { method } = c.req;
  c.get("logger").request({
    method: METHODS.has(method) ? method : "other",
    route: routeOf(c),
    status: c.res.status,
    ms: Date.now() - startedAt,
    principal: shownPrincipal(c.get("principal").id),
    request_id,
    ...(given === undefined ? {} : { client_request_id: redactText(given) }),
  });
}

/** Principals as logs show them: the subject of a token can be an address. */
const shown = new Map<string, string>();

function shownPrincipal(id: string): string {
  const known = shown.get(id);
  if (known !== undefined) return known;
  if (shown.size >= SHOWN_ENTRIES) shown.clear();
  const text = redactText(id);
  shown.set(id, text);
  return text;
}
