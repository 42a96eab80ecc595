/** Brings a backup back: begins, sends its lines in their order, ends; and releases what is held. */
import { z } from "zod";
import { type ContentLine, type Restore, restoreSchema } from "#model/backup.ts";
import { LIMITS } from "#model/limits.ts";
import { type CheckedBackup, contentIn } from "./backup-file.ts";
import type { Operator } from "./operator.ts";

/** Bytes of one request: below the limit of the service. */
const REQUEST_BYTES = LIMITS.restoreBodyBytes - 64 * 1024;

const takenSchema = z.object({ runs: z.int(), rows: z.int() });
const releasedSchema = z.object({ released: z.int(), next_cursor: z.string().nullable() });

interface How {
  replace: boolean;
  /** false: only the definitions. */
  withRuns: boolean;
  onProgress(runs: number): void;
}

export async function bringBack(
  operator: Operator,
  path: string,
  { head, end, description }: CheckedBackup,
  { replace, withRuns, onProgress }: How,
): Promise<Restore> {
  const json = { head, end, replace, with_runs: withRuns };
  await operator.ask("POST", "/v1/restore", restoreSchema, { json });
  let runs = 0;
  for await (const lines of requestsOf(path, ({ type }) => withRuns || type !== "run")) {
    const target = `/v1/restore/${description.id}/lines`;
    const taken = await operator.ask("POST", target, takenSchema, { lines });
    runs += taken.runs;
    onProgress(runs);
  }
  return operator.ask("POST", "/v1/restore/end", restoreSchema, { json: {} });
}

/** As many lines as one request takes. */
async function* requestsOf(
  path: string,
  isSent: (line: ContentLine) => boolean,
): AsyncGenerator<string> {
  let lines: string[] = [];
  let bytes = 0;
  for await (const { text, line } of contentIn(path)) {
    if (!isSent(line)) continue;
    // What is sealed is base64, so that characters are bytes.
    if (lines.length === LIMITS.restoreLines || bytes + text.length > REQUEST_BYTES) {
      yield lines.join("\n");
      [lines, bytes] = [[], 0];
    }
    lines.push(text);
    bytes += text.length + 1;
  }
  if (lines.length > 0) yield lines.join("\n");
}

/** How many runs were held. */
export async function releaseAll(operator: Operator): Promise<number> {
  let released = 0;
  let cursor: string | null = null;
  do {
    const json: object = cursor === null ? {} : { cursor };
    const page: z.infer<typeof releasedSchema> = await operator.ask(
      "POST",
      "/v1/restore/release",
      releasedSchema,
      { json },
    );
    released += page.released;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return released;
}
