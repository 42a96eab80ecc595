/** `GET /v1/executions`: runs, newest first, from their projection in D1. */
import { z } from "zod";
import { listRuns, type RunFilter } from "#db/runs.ts";
import { LIMITS } from "#model/limits.ts";
import { RUN_STATUSES, runListSchema } from "#model/run.ts";
import { ID_PATTERN } from "#model/workflow.ts";
import { withScope } from "../access.ts";
import { sessionsOf } from "../sessions.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import {
  BY_TIME,
  type List,
  nextCursor,
  pageQuery,
  placeIn,
  type TimePlace,
} from "../route/paging.ts";

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
  ...pageQuery().shape,
});

const list = defineRoute({
  method: "get",
  path: "/v1/executions",
  operationId: "listExecutions",
  summary: "List runs",
  description:
    "Newest first. Runs that start meanwhile come before the first page and do not shift the others. With `tag`, a page can contain fewer runs than `limit`, even none: the last page is the one whose `next_cursor` is null. A change of a run appears here a moment after it appears in the run itself.",
  tag: "Executions",
  access: withScope("runs:read"),
  query: listQuery,
  session: true,
  answers: { 200: { schema: runListSchema, description: "A page." } },
  async handle(c, { granted, query: { limit, cursor, ...filters } }) {
    const runs: List<TimePlace> = { name: "listExecutions", place: BY_TIME, filters };
    const place = await placeIn(c, runs, cursor);
    const filter = filterFor(granted.workflowScope, filters);
    if (!filter) return { status: 200, body: { items: [], next_cursor: null } };
    const after = place && { createdAt: place.at, id: place.id };
    // Not `readPage`: with a tag, the database decides how many rows a page looks at.
    const { items, next } = await sessionsOf(c).read((db) => listRuns(db, filter, after, limit));
    const next_cursor = next && (await nextCursor(c, runs, { at: next.createdAt, id: next.id }));
    return { status: 200, body: { items, next_cursor } };
  },
});

export const executionListOperations: readonly Operation[] = [list];

/** The filter; null: the caller is limited to another workflow and may see none of these runs. */
function filterFor(
  workflowScope: string | null,
  query: Omit<z.output<typeof listQuery>, "limit" | "cursor">,
): RunFilter | null {
  const { status, workflow_id, tag, created_after, created_before } = query;
  if (workflowScope !== null && workflow_id !== undefined && workflow_id !== workflowScope)
    return null;
  const workflowId = workflowScope ?? workflow_id;
  return {
    ...(status === undefined ? {} : { status }),
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(workflowScope === null ? {} : { isLimited: true }),
    ...(tag === undefined ? {} : { tag }),
    ...(created_after === undefined ? {} : { createdAfter: created_after }),
    ...(created_before === undefined ? {} : { createdBefore: created_before }),
  };
}
