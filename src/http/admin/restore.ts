/** `/v1/restore` and `/v1/rebuild`: a backup that comes back, and D1 made again from the objects. */
import { z } from "zod";
import { rebuildRuns } from "#archive/rebuild.ts";
import { beginRestore, endRestore, releaseRuns, takeLines } from "#archive/restore.ts";
import { contentLineSchema, restoreSchema } from "#model/backup.ts";
import { rebuiltSchema } from "#model/doctor.ts";
import { LIMITS } from "#model/limits.ts";
import { RUN_ID_PATTERN } from "#model/run.ts";
import type { Reply } from "#model/run-rpc.ts";
import { CURSOR_PATTERN } from "#security/cursor.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonBody, linesBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_ID, type List, nextCursor, placeIn } from "../route/paging.ts";
import { changeOf } from "./audit.ts";
import { isRestoreOn, restoreHeaders, withRestoreToken } from "./restore-access.ts";

const common = {
  tag: "Backup",
  access: withRestoreToken,
  existsIf: isRestoreOn,
  headers: restoreHeaders,
} as const;
const problems = ["restore_refused"] as const;

const line = z.string().max(20_000);
const cursor = z.string().regex(CURSOR_PATTERN, "is not valid").optional();
const nextSchema = z.string().nullable().meta({ description: "The `cursor` of the next request." });

const begin = defineRoute({
  ...common,
  method: "post",
  path: "/v1/restore",
  operationId: "beginRestore",
  problems,
  summary: "Begin a restore",
  description:
    "Compares the secrets that the backup needs with those of this service, and begins. Only a service without runs takes one. Begun again with the same backup, it goes on.",
  body: jsonBody(
    z.strictObject({
      head: line.meta({ description: "The first line of the backup, as it stands there." }),
      end: line.meta({ description: "The last line of the backup, as it stands there." }),
      replace: z.boolean().default(false).meta({
        description: "Removes the workflows, templates and secrets that are there.",
      }),
      with_runs: z.boolean().default(true).meta({
        description: "false: only the definitions come back, beside runs whose objects are there.",
      }),
    }),
  ),
  answers: { 200: { schema: restoreSchema, description: "It takes lines now." } },
  async handle(c, { body }) {
    const { with_runs: withRuns, ...given } = body;
    const settings = c.get("settings");
    const change = changeOf(c);
    const reply = await beginRestore(c.env, settings, { ...given, withRuns }, change);
    return { status: 200, body: valueOf(reply) };
  },
});

const lines = defineRoute({
  ...common,
  method: "post",
  path: "/v1/restore/{backup}/lines",
  operationId: "restoreLines",
  problems,
  summary: "Restore lines of a backup",
  description: `Up to ${LIMITS.restoreLines} lines between the first and the last, in the order of the file. A run is held from its last piece on. Sent again, lines change nothing.`,
  params: z.object({ backup: z.string().max(64) }),
  bodyBytes: LIMITS.restoreBodyBytes,
  body: linesBody(contentLineSchema),
  answers: {
    200: {
      schema: z.object({ runs: z.int(), rows: z.int() }).meta({ id: "RestoredLines" }),
      description: "How many runs and rows there are now by these lines.",
    },
  },
  async handle(c, { params, body }) {
    if (body.length > LIMITS.restoreLines) {
      const detail = `At most ${LIMITS.restoreLines} lines are taken at once.`;
      throw new ProblemError({ code: "validation_failed", detail });
    }
    const reply = await takeLines(c.env, c.get("settings"), params.backup, body);
    return { status: 200, body: valueOf(reply) };
  },
});

const end = defineRoute({
  ...common,
  method: "post",
  path: "/v1/restore/end",
  operationId: "endRestore",
  problems,
  summary: "End a restore",
  description: "Refused while runs of the backup are missing. Its runs can be read, and are held.",
  answers: { 200: { schema: restoreSchema, description: "Everything is there." } },
  async handle(c) {
    return { status: 200, body: valueOf(await endRestore(c.env, changeOf(c))) };
  },
});

const RELEASE: List<string> = { name: "releaseRestore", place: BY_ID };

const release = defineRoute({
  ...common,
  method: "post",
  path: "/v1/restore/release",
  operationId: "releaseRestore",
  problems,
  summary: "Release restored runs",
  description:
    "A page of runs goes on: timers that are past fire, effects that were pending are carried out. Repeat with the cursor until there is none.",
  body: jsonBody(z.strictObject({ cursor }), { isOptional: true }),
  answers: {
    200: {
      schema: z.object({ released: z.int(), next_cursor: nextSchema }).meta({ id: "Released" }),
      description: "How many runs of this page were held.",
    },
  },
  async handle(c, { body }) {
    const after = (await placeIn(c, RELEASE, body.cursor)) ?? "";
    const { released, next } = valueOf(await releaseRuns(c.env, after, changeOf(c)));
    const next_cursor = next === null ? null : await nextCursor(c, RELEASE, next);
    return { status: 200, body: { released, next_cursor } };
  },
});

const REBUILD: List<string> = { name: "rebuild", place: BY_ID };

const rebuild = defineRoute({
  ...common,
  method: "post",
  path: "/v1/rebuild",
  operationId: "rebuildRuns",
  summary: "Write D1's rows of runs again",
  description:
    "From the objects of the runs that are named, or of those that D1 still has, page by page. The platform lists no objects, so that runs without a row have to be named.",
  body: jsonBody(
    z.strictObject({
      ids: z.array(z.string().regex(RUN_ID_PATTERN)).max(LIMITS.rebuildRuns).optional(),
      cursor,
    }),
    { isOptional: true },
  ),
  answers: { 200: { schema: rebuiltSchema, description: "What was written." } },
  async handle(c, { body }) {
    const after = (await placeIn(c, REBUILD, body.cursor)) ?? "";
    const { next, ...result } = await rebuildRuns(c.env, body.ids ?? null, after);
    const next_cursor = next === null ? null : await nextCursor(c, REBUILD, next);
    return { status: 200, body: { ...result, next_cursor } };
  },
});

export const restoreOperations: readonly Operation[] = [begin, lines, end, release, rebuild];

function valueOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new ProblemError(reply.problem);
  return reply.value;
}
