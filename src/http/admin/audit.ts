/** `/v1/audit`: who changed what, and when. Each write stores its entry in its own batch. */
import { type Change, listAudit } from "#db/audit.ts";
import { auditEntrySchema } from "#model/audit.ts";
import { asAdmin } from "../access.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_TIME, pageQuery, pageSchema, readPage } from "../route/paging.ts";
import { sessionsOf } from "../sessions.ts";
import type { AppContext } from "../types.ts";

const list = defineRoute({
  method: "get",
  path: "/v1/audit",
  operationId: "listAudit",
  summary: "List changes",
  description:
    "Who changed workflows, templates, secrets and keys, newest first. Never the content.",
  tag: "Audit",
  access: asAdmin,
  query: pageQuery(),
  session: true,
  answers: { 200: { schema: pageSchema("AuditList", auditEntrySchema), description: "A page." } },
  async handle(c, { query }) {
    const { rows: items, next_cursor } = await readPage(c, query, {
      name: "listAudit",
      place: BY_TIME,
      read: (after, count) => sessionsOf(c).read((db) => listAudit(db, after, count)),
      placeOf: ({ at, id }) => ({ at, id }),
    });
    return { status: 200, body: { items, next_cursor } };
  },
});

export const auditOperations: readonly Operation[] = [list];

/** The name of this request's caller in the audit. */
export function changeOf(c: AppContext): Change {
  return {
    by: c.get("principal").id,
    requestId: c.get("requestId"),
    at: new Date().toISOString(),
  };
}
