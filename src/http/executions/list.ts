/** `GET /v1/executions`: runs, newest first, from their projection in D1. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import { listRuns, type RunFilter, type RunPosition } from "#db/runs.ts";
import { LIMITS } from "#model/limits.ts";
import { RUN_STATUSES, runListSchema } from "#model/run.ts";
import { ID_PATTERN } from "#model/workflow.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../cursor.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "../route.ts";
import type { AppEnv } from "../types.ts";

/** A time with its zone, turned into the form of D1: in UTC, with milliseconds. */
const timeSchema = z.iso
  .datetime({
    offset: true,
    error: "must be a time by RFC 3339, such as 2026-11-22T09:30:00Z (a + is written %2B)",
  })
  .transform((text, context) => {
    const time = new Date(text).toISOString();
    // A zone can move a time out of the years for which comparing text is comparing times.
    if (/^\d/.test(time)) return time;
    context.addIssue({ code: "custom", message: "must be in the years 0000 to 9999" });
    return z.NEVER;
  });

const CURSOR_PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+)$/;

const cursorSchema = z.string().transform((cursor, context): RunPosition => {
  const [, createdAt, id] = CURSOR_PATTERN.exec(decoded(cursor)) ?? [];
  if (createdAt !== undefined && id !== undefined) return { createdAt, id };
  context.addIssue({ code: "custom", message: "is not valid" });
  return z.NEVER;
});

/** "" for a text that is not a cursor. */
function decoded(cursor: string): string {
  try {
    return decodeCursor(cursor);
  } catch (error) {
    if (error instanceof ProblemError) return "";
    throw error;
  }
}

/** A misspelt filter would show the wrong runs, so unknown ones are refused. */
const listQuery = z.strictObject({
  status: z.enum(RUN_STATUSES).optional(),
  workflow_id: z
    .string()
    .regex(ID_PATTERN, "is not the id of a workflow")
    .optional()
    .meta({ example: "content_draft_flow" }),
  tag: z.string().min(1).max(LIMITS.tagLength).optional().meta({ example: "demo" }),
  created_after: timeSchema.optional().meta({
    description: "Runs that were started later than this.",
    example: "2026-11-22T00:00:00Z",
  }),
  created_before: timeSchema.optional().meta({
    description: "Runs that were started earlier than this.",
    example: "2026-11-23T00:00:00Z",
  }),
  ...pageQuery.shape,
  cursor: cursorSchema.optional().meta({
    description: "`next_cursor` of the page before; the filters may differ.",
  }),
});

export function mountExecutionList(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions",
      operationId: "listExecutions",
      summary: "List runs",
      description:
        "Newest first. Runs that start meanwhile come before the first page and do not shift the others. With `tag`, a page can contain fewer runs than `limit`, even none: the last page is the one whose `next_cursor` is null. A change of a run appears here a moment after it appears in the run itself.",
      tags: ["Executions"],
      request: { query: listQuery },
      responses: {
        200: jsonResponse(runListSchema, "A page."),
        ...problemResponses("invalid_parameter"),
      },
    }),
    async (c) => {
      const { limit, cursor, ...query } = c.req.valid("query");
      const filter = filterFor(c.get("principal").workflowId, query);
      if (!filter) return c.json({ items: [], next_cursor: null }, 200);
      const { items, next } = await listRuns(openDatabase(c.env.DB), filter, cursor ?? null, limit);
      const next_cursor = next && encodeCursor(`${next.createdAt} ${next.id}`);
      return c.json({ items, next_cursor }, 200);
    },
  );
}

/** The filter; null: the caller is limited to another workflow and may see none of these runs. */
function filterFor(
  only: string | null,
  query: Omit<z.output<typeof listQuery>, "limit" | "cursor">,
): RunFilter | null {
  const { status, workflow_id, tag, created_after, created_before } = query;
  if (only !== null && workflow_id !== undefined && workflow_id !== only) return null;
  const workflowId = only ?? workflow_id;
  return {
    ...(status === undefined ? {} : { status }),
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(tag === undefined ? {} : { tag }),
    ...(created_after === undefined ? {} : { createdAfter: created_after }),
    ...(created_before === undefined ? {} : { createdBefore: created_before }),
  };
}
