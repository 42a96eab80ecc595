/**
 * A backup that comes back, into a service without runs: begun, taken line by line, ended, released.
 *
 * 1. Begun only with the secrets that the backup needs, for a file whose last line we signed.
 * 2. Runs come before definitions, as in the file. Without a definition nothing can be started, so
 *    that no old key starts a second run while its first is still to come.
 * 3. Until the release each run is held by its object; the state here only says where the restore is.
 * 4. Each step may be repeated, and one that broke off goes on.
 */
import { auditStatement, type Change } from "#db/audit.ts";
import {
  clearDefinitions,
  countDefinitions,
  dropLooseVersions,
  type TableRow,
  unknownColumns,
  writeRows,
} from "#db/backup-rows.ts";
import { type Database, openDatabase } from "#db/database.ts";
import { clearCounters, countRuns, hasRuns, listKnownRuns } from "#db/run-ids.ts";
import { noteStatement, readNote } from "#db/service-state.ts";
import type { Env } from "#env.ts";
import {
  BACKUP_FORMAT,
  type BackupEnd,
  backupEndSchema,
  type BackupHead,
  backupHeadSchema,
  type ContentLine,
  differingSecrets,
  type Restore,
  readLine,
  type RowsLine,
  type RunLine,
  signedText,
} from "#model/backup.ts";
import { parseJson } from "#model/json.ts";
import type { ProblemSeed } from "#model/problem.ts";
import type { Reply } from "#model/run-rpc.ts";
import { isSignedByUs } from "#security/backup-signature.ts";
import { secretPrints, secretsKeyRing, serverSecrets, type Settings } from "#settings.ts";
import { openFromBackup } from "./backup-seal.ts";

type Bindings = Pick<Env, "DB" | "RUNS">;

/** Runs of one page of the release. */
const RELEASED_AT_ONCE = 50;

interface Beginning {
  /** The first line of the file, and its last, as they stand there. */
  head: string;
  end: string;
  /** Definitions that are there are removed. */
  replace: boolean;
  /** false: only the definitions come back, beside runs whose objects are there. */
  withRuns: boolean;
}

export async function beginRestore(
  env: Bindings,
  settings: Settings,
  given: Beginning,
  change: Change,
): Promise<Reply<Restore>> {
  const read = await readFrame(settings, given);
  if (!read.ok) return read;
  const { head, end } = read.value;
  const db = openDatabase(env.DB);
  const known = await readNote(db, "restore");
  if (known?.state === "running" && known.backup === head.id) return { ok: true, value: known };
  const refusal = await refusalOf(db, head, known, given);
  if (refusal !== null) return refuse(refusal);
  const restore: Restore = {
    backup: head.id,
    state: "running",
    runs: given.withRuns ? end.counts.runs : 0,
    begun_at: change.at,
  };
  await clearDefinitions(db);
  await clearCounters(db);
  await db.batch([
    noteStatement(db, "restore", restore),
    auditStatement(db, change, { action: "restore.begun", target: head.id }),
  ]);
  return { ok: true, value: restore };
}

/** First and last line, if they fit each other and this service. */
async function readFrame(
  settings: Settings,
  given: Beginning,
): Promise<Reply<{ head: BackupHead; end: BackupEnd }>> {
  const head = readLine(backupHeadSchema, given.head);
  const end = readLine(backupEndSchema, given.end);
  if (head === null) return refuse("The first line is not that of a backup.");
  const { format, secrets } = head;
  if (format > BACKUP_FORMAT) {
    return refuse(`The backup has format ${format}; this release reads up to ${BACKUP_FORMAT}.`);
  }
  if (end === null) return refuse("The backup was cut off: it has no last line.");
  // Before the signature: with other secrets that fails too, and would not say why.
  const differing = differingSecrets(secrets, await secretPrints(settings));
  if (differing.length > 0) {
    const what = differing.join("; ");
    return refuse(`The settings differ from those that the backup needs: ${what}.`);
  }
  const text = signedText(given.head, end);
  if (!(await isSignedByUs(serverSecrets(settings), text, end.signature))) {
    return refuse("The first or last line of the backup was changed.");
  }
  return { ok: true, value: { head, end } };
}

async function refusalOf(
  db: Database,
  head: BackupHead,
  known: Restore | null,
  { replace, withRuns }: Beginning,
): Promise<string | null> {
  if (known !== null && known.state !== "released") {
    const how = known.state === "held" ? "Release it first" : "Go on with that one";
    return `The restore of ${known.backup} is ${known.state}. ${how}.`;
  }
  if (withRuns && (await hasRuns(db))) {
    return `This service has runs. ${head.id} can be restored only into a service without any.`;
  }
  const counts = Object.entries(await countDefinitions(db)).filter(([, count]) => count > 0);
  if (replace || counts.length === 0) return null;
  const what = counts.map(([table, count]) => `${count} ${table}`).join(", ");
  return `This service has ${what}, which would be removed.`;
}

/** Takes lines in the order of the file; pieces of different runs go side by side. */
export async function takeLines(
  env: Bindings,
  settings: Settings,
  backup: string,
  lines: readonly ContentLine[],
): Promise<Reply<{ runs: number; rows: number }>> {
  const db = openDatabase(env.DB);
  const restore = await readNote(db, "restore");
  if (restore?.state !== "running" || restore.backup !== backup) {
    return refuse(`No restore of ${backup} is running.`);
  }
  const runs = Map.groupBy(
    lines.filter((line) => line.type === "run"),
    ({ id }) => id,
  );
  const taken = await Promise.all(
    [...runs].map(([id, pieces]) => takeRun(env, restore.backup, id, pieces)),
  );
  const failed = taken.find((one) => !one.ok);
  if (failed?.ok === false) return failed;
  let rows = 0;
  for (const line of lines) {
    if (line.type !== "rows") continue;
    const written = await takeRows(env, settings, restore.backup, line);
    if (!written.ok) return written;
    rows += written.value;
  }
  const ended = lines.filter((line) => line.type === "run" && line.last);
  return { ok: true, value: { runs: ended.length, rows } };
}

async function takeRun(
  { RUNS }: Bindings,
  backup: string,
  id: string,
  pieces: readonly RunLine[],
): Promise<Reply<null>> {
  const object = RUNS.getByName(id);
  for (const { piece, last: isLast, sealed } of pieces) {
    const reply = await object.importPiece({ backup, piece, isLast, sealed });
    if (!reply.ok) return reply;
  }
  return { ok: true, value: null };
}

async function takeRows(
  { DB }: Bindings,
  settings: Settings,
  backup: string,
  { table, sealed, count }: RowsLine,
): Promise<Reply<number>> {
  const opened = await openFromBackup(await secretsKeyRing(settings), { backup, table }, sealed);
  if (!opened.ok) return refuse(`Rows of ${table} cannot be opened. ${opened.error}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by `backup.ts`, which wrote rows
  const rows = parseJson(opened.value) as unknown as TableRow[];
  if (rows.length !== count) return refuse(`A line of ${table} does not hold ${count} rows.`);
  const unknown = await unknownColumns(openDatabase(DB), table, rows);
  if (unknown.length > 0) {
    const names = unknown.join(", ");
    return refuse(
      `${table} has no column ${names}: migrate first, or the backup is of a later release.`,
    );
  }
  await writeRows(DB, table, rows);
  return { ok: true, value: rows.length };
}

/** Everything is there: from now on runs can be started, and those that came back read. */
export async function endRestore(env: Bindings, change: Change): Promise<Reply<Restore>> {
  const db = openDatabase(env.DB);
  const restore = await readNote(db, "restore");
  if (restore === null) return refuse("No restore is running.");
  if (restore.state !== "running") return { ok: true, value: restore };
  const present = restore.runs === 0 ? 0 : await countRuns(db);
  if (present < restore.runs) {
    return refuse(
      `${restore.runs - present} of ${restore.runs} runs are missing: send them again.`,
    );
  }
  await dropLooseVersions(db);
  const ended: Restore = { ...restore, state: restore.runs === 0 ? "released" : "held" };
  await db.batch([
    noteStatement(db, "restore", ended),
    auditStatement(db, change, { action: "restore.ended", target: restore.backup }),
  ]);
  return { ok: true, value: ended };
}

export interface Released {
  /** How many runs of the page were held. */
  released: number;
  /** After which run the next page begins; null: all are released. */
  next: string | null;
}

/** Releases the runs of one page. */
export async function releaseRuns(
  env: Bindings,
  after: string,
  change: Change,
): Promise<Reply<Released>> {
  const db = openDatabase(env.DB);
  const restore = await readNote(db, "restore");
  if (restore?.state === "running") {
    return refuse(`The restore of ${restore.backup} has not ended: some of its runs are missing.`);
  }
  const known = await listKnownRuns(db, after, RELEASED_AT_ONCE);
  const replies = await Promise.all(known.map(({ id }) => env.RUNS.getByName(id).release()));
  const released = replies.filter((reply) => reply.ok && reply.value.wasHeld).length;
  const next = known.length < RELEASED_AT_ONCE ? null : (known.at(-1)?.id ?? null);
  if (next === null && restore?.state === "held") {
    await db.batch([
      noteStatement(db, "restore", { ...restore, state: "released" }),
      auditStatement(db, change, { action: "restore.released", target: restore.backup }),
    ]);
  }
  return { ok: true, value: { released, next } };
}

function refuse(detail: string): { ok: false; problem: ProblemSeed } {
  return { ok: false, problem: { code: "restore_refused", detail } };
}
