/**
 * The lines of a backup, page by page: the runs by id, each sealed by its own object, then the rows
 * of D1. Nothing is collected: what a page holds at a time is a few pieces of one run.
 *
 * 1. The lines of a run are of one moment. Where it changed between two pieces, it is begun again;
 *    a run that keeps changing is read in one turn.
 * 2. What was acknowledged before the backup began is in it, once D1 has the run's row.
 */
import { auditStatement, type Change } from "#db/audit.ts";
import { openDatabase } from "#db/database.ts";
import { readRows, type RowPlace, type TableRow } from "#db/backup-rows.ts";
import { listKnownRuns } from "#db/run-ids.ts";
import { noteStatement } from "#db/service-state.ts";
import type { Env } from "#env.ts";
import {
  BACKUP_FORMAT,
  type BackupCounts,
  type BackupEnd,
  type BackupHead,
  backupHeadSchema,
  type BackupTable,
  type RunLine,
  signedText,
  type StreamedLine,
} from "#model/backup.ts";
import { parseJson } from "#model/json.ts";
import type { CopyPlace, RunCopy } from "#model/run-upkeep.ts";
import { signBackup } from "#security/backup-signature.ts";
import { toBase32 } from "#security/keyed-hash.ts";
import { SERVICE_VERSION } from "#model/version.ts";
import { secretPrints, secretsKeyRing, serverSecrets, type Settings } from "#settings.ts";
import { sealForBackup } from "./backup-seal.ts";

/** Runs of one page. Each costs a request to its object, and a request may make so many. */
const RUNS_PER_PAGE = 20;
/** A page ends early after so many characters. */
const PAGE_UNITS = 4_000_000;
/** Pieces that an object reads in one turn; nearly every run has fewer. */
const PIECES_AT_ONCE = 16;
/** How often a run that changes meanwhile is begun again before it is read in one turn. */
const TRIES = 3;
const ROWS_PER_PAGE = 25;
/** Characters of rows in one line; a single row may have more. */
const ROWS_UNITS = 64 * 1024;

export async function describeBackup(settings: Settings, withKeys: boolean): Promise<BackupHead> {
  return {
    type: "backup",
    format: BACKUP_FORMAT,
    id: `bak_${toBase32(crypto.getRandomValues(new Uint8Array(16)))}`,
    at: new Date().toISOString(),
    release: SERVICE_VERSION,
    with_keys: withKeys,
    secrets: await secretPrints(settings),
  };
}

/** Lines of one page; the generator returns after which run the next one begins, null: none. */
export async function* runLines(
  env: Pick<Env, "DB" | "RUNS">,
  backup: string,
  after: string,
): AsyncGenerator<StreamedLine, string | null> {
  const known = await listKnownRuns(openDatabase(env.DB), after, RUNS_PER_PAGE);
  let units = 0;
  for (const { id } of known) {
    for await (const line of linesOfRun(env, backup, id)) {
      if (line.type === "run") units += line.sealed.length;
      yield line;
    }
    if (units > PAGE_UNITS) return id;
  }
  return known.length < RUNS_PER_PAGE ? null : (known.at(-1)?.id ?? null);
}

async function* linesOfRun(
  { RUNS }: Pick<Env, "RUNS">,
  backup: string,
  id: string,
): AsyncGenerator<StreamedLine> {
  const object = RUNS.getByName(id);
  for (let attempt = 1; ; attempt += 1) {
    const most = attempt > TRIES ? Number.MAX_SAFE_INTEGER : PIECES_AT_ONCE;
    let piece = 0;
    let from: CopyPlace | null = null;
    let revision: string | null = null;
    for (;;) {
      const copy = await object.copy({ backup, piece, from, most });
      if (!copy.ok) {
        yield { type: "missing", id };
        return;
      }
      const { value }: { value: RunCopy } = copy;
      if (revision !== null && revision !== value.revision) break;
      yield* toLines(id, piece, value);
      if (value.next === null) return;
      ({ revision, next: from } = value);
      piece += value.pieces.length;
    }
  }
}

function* toLines(id: string, first: number, { pieces, next }: RunCopy): Generator<RunLine> {
  for (const [index, sealed] of pieces.entries()) {
    const last = next === null && index === pieces.length - 1;
    yield { type: "run", id, piece: first + index, last, sealed };
  }
}

/** Lines of one page of a table; returns where the next one begins, null: there is none. */
export async function* rowLines(
  env: Pick<Env, "DB">,
  settings: Settings,
  { backup, table, after }: { backup: string; table: BackupTable; after: RowPlace | null },
): AsyncGenerator<StreamedLine, RowPlace | null> {
  const { rows, next } = await readRows(openDatabase(env.DB), table, after, ROWS_PER_PAGE);
  const ring = await secretsKeyRing(settings);
  for (const together of grouped(rows)) {
    const text = `[${together.join(",")}]`;
    const sealed = await sealForBackup(ring, { backup, table }, text);
    yield { type: "rows", table, count: together.length, sealed };
  }
  return next;
}

function grouped(rows: readonly TableRow[]): string[][] {
  const all: string[][] = [];
  let units = Infinity;
  for (const text of rows.map((row) => JSON.stringify(row))) {
    if (units + text.length > ROWS_UNITS) {
      all.push([]);
      units = 0;
    }
    all.at(-1)?.push(text);
    units += text.length;
  }
  return all;
}

/** The last line of the file whose other lines have this hash. */
export async function endBackup(
  env: Pick<Env, "DB">,
  settings: Settings,
  { head, counts, sha256 }: { head: string; counts: BackupCounts; sha256: string },
  change: Change,
): Promise<BackupEnd> {
  const { id } = backupHeadSchema.parse(parseJson(head));
  const text = signedText(head, { counts, sha256 });
  const signature = await signBackup(serverSecrets(settings), text);
  const db = openDatabase(env.DB);
  await db.batch([
    noteStatement(db, "backup", { id, at: change.at }),
    auditStatement(db, change, { action: "backup.taken", target: id }),
  ]);
  return { type: "end", counts, sha256, signature };
}
