/** Who changes something on this request, for the audit trail. */
import type { Change } from "../db/audit.ts";
import type { AppContext } from "./types.ts";

export function changeOf(c: AppContext): Change {
  return {
    by: c.get("principal").id,
    requestId: c.get("requestId"),
    at: new Date().toISOString(),
  };
}
