/** `/v1/audit`: who changed what, and when. Each write stores its entry in its own batch. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { type AuditPosition, type Change, listAudit } from "#db/audit.ts";
import { openDatabase } from "#db/database.ts";
import { auditEntrySchema } from "#model/audit.ts";
import { requireUnlimited } from "../access.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../cursor.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";

const listSchema = z
  .object({ items: z.array(auditEntrySchema), next_cursor: z.string().nullable() })
  .meta({ id: "AuditList", example: { items: [], next_cursor: null } });

export function mountAudit(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "get",
        path: "/v1/audit",
        operationId: "listAudit",
        summary: "List changes",
        description:
          "Who changed workflows, templates, secrets and keys, newest first. Never the content.",
        tags: ["Audit"],
        request: { query: pageQuery },
        responses: {
          200: jsonResponse(listSchema, "A page."),
          ...problemResponses("invalid_parameter"),
        },
      },
      undefined,
      requireUnlimited,
    ),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const found = await listAudit(openDatabase(c.env.DB), positionOf(cursor), limit + 1);
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      const next = last ? encodeCursor(`${last.at} ${last.id}`) : null;
      return c.json({ items, next_cursor: next }, 200);
    },
  );
}

/** The name of this request's caller in the audit. */
export function changeOf(c: AppContext): Change {
  return {
    by: c.get("principal").id,
    requestId: c.get("requestId"),
    at: new Date().toISOString(),
  };
}

function positionOf(cursor: string | undefined): AuditPosition | null {
  if (cursor === undefined) return null;
  const [at, id, ...rest] = decodeCursor(cursor).split(" ");
  if (at !== undefined && id !== undefined && rest.length === 0) return { at, id };
  throw new ProblemError({ code: "invalid_parameter", detail: "The cursor is not valid." });
}
