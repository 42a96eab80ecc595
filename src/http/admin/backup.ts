/** `/v1/backup`: the lines of a backup. `workflow backup` makes a file of them. */
import { z } from "zod";
import { describeBackup, endBackup, rowLines, runLines } from "#archive/backup.ts";
import type { RowPlace } from "#db/backup-rows.ts";
import {
  BACKUP_TABLES,
  backupCountsSchema,
  backupEndSchema,
  backupHeadSchema,
  readLine,
  type StreamedLine,
} from "#model/backup.ts";
import { CURSOR_PATTERN } from "#security/cursor.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_ID, type List, nextCursor, placeIn } from "../route/paging.ts";
import { changeOf } from "./audit.ts";
import { isRestoreOn, restoreHeaders, withRestoreToken } from "./restore-access.ts";
import { ProblemError } from "../problems/problems.ts";

const common = {
  tag: "Backup",
  access: withRestoreToken,
  existsIf: isRestoreOn,
  headers: restoreHeaders,
} as const;

const LINES = z.string().meta({ description: "Lines of JSON; the last says where to go on." });
const linesAnswer = {
  200: { schema: LINES, description: "A page of lines.", media: "application/x-ndjson" },
} as const;

const backup = z.string().regex(/^bak_[a-z2-7]{26}$/, "is not the id of a backup");
const cursor = z.string().regex(CURSOR_PATTERN, "is not valid").optional();

/** The values of a primary key, as JSON. */
const BY_KEY: List<RowPlace>["place"] = {
  write: (place) => JSON.stringify(place),
  read(text) {
    const read = z.array(z.union([z.string(), z.number()])).safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  },
};

const begin = defineRoute({
  ...common,
  method: "get",
  path: "/v1/backup",
  operationId: "beginBackup",
  summary: "Begin a backup",
  description:
    "The first line of a backup: its id, and fingerprints of the secrets that a restore needs. Nothing is stored.",
  query: z.object({ with_keys: z.enum(["true", "false"]).default("false") }),
  answers: { 200: { schema: backupHeadSchema, description: "The first line." } },
  async handle(c, { query }) {
    const head = await describeBackup(c.get("settings"), query.with_keys === "true");
    return { status: 200, body: head };
  },
});

const readRuns = defineRoute({
  ...common,
  method: "get",
  path: "/v1/backup/runs",
  operationId: "backupRuns",
  summary: "Read runs for a backup",
  description:
    "A page of runs by id, each with its log, sealed, in pieces of one moment. The last line has the cursor of the next page.",
  query: z.object({ backup, cursor }),
  answers: linesAnswer,
  async handle(c, { query }) {
    const list: List<string> = { name: "backupRuns", place: BY_ID };
    const after = (await placeIn(c, list, query.cursor)) ?? "";
    const lines = runLines(c.env, query.backup, after);
    return {
      status: 200,
      content: streamOf(lines, (next) => nextCursor(c, list, next)),
      headers: { "cache-control": "no-store" },
    };
  },
});

const readTable = defineRoute({
  ...common,
  method: "get",
  path: "/v1/backup/rows",
  operationId: "backupRows",
  summary: "Read rows for a backup",
  description: "A page of a table of definitions, keys or changes, sealed.",
  query: z.object({ backup, table: z.enum(BACKUP_TABLES), cursor }),
  answers: linesAnswer,
  async handle(c, { query }) {
    const list = { name: "backupRows", place: BY_KEY, filters: { table: query.table } };
    const after = await placeIn(c, list, query.cursor);
    const lines = rowLines(c.env, c.get("settings"), {
      backup: query.backup,
      table: query.table,
      after,
    });
    return {
      status: 200,
      content: streamOf(lines, (next) => nextCursor(c, list, next)),
      headers: { "cache-control": "no-store" },
    };
  },
});

const end = defineRoute({
  ...common,
  method: "post",
  path: "/v1/backup",
  operationId: "endBackup",
  summary: "End a backup",
  description:
    "Signs the hash and the counts of all lines: the last line of a backup, without which it is not restored.",
  body: jsonBody(
    z.strictObject({
      head: z.string().max(20_000).meta({ description: "The first line, as it stands there." }),
      counts: backupCountsSchema,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  answers: { 200: { schema: backupEndSchema, description: "The last line." } },
  async handle(c, { body }) {
    if (readLine(backupHeadSchema, body.head) === null) {
      const detail = "The first line is not that of a backup.";
      throw new ProblemError({ code: "validation_failed", detail });
    }
    const line = await endBackup(c.env, c.get("settings"), body, changeOf(c));
    return { status: 200, body: line };
  },
});

export const backupOperations: readonly Operation[] = [begin, readRuns, readTable, end];

/** Pulled line by line, so that a reader that is slow holds nothing in memory here. */
function streamOf<Place>(
  lines: AsyncGenerator<StreamedLine, Place | null>,
  cursorOf: (place: Place) => Promise<string>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const bytesOf = (line: StreamedLine) => encoder.encode(`${JSON.stringify(line)}\n`);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (!done) {
        controller.enqueue(bytesOf(value));
        return;
      }
      const next = value === null ? null : await cursorOf(value);
      controller.enqueue(bytesOf({ type: "page", next }));
      controller.close();
    },
    async cancel() {
      await lines.return(null);
    },
  });
}
