/**
 * The file of a backup: written page by page, read line by line, never held in memory. It has its
 * name only when it is whole, and only its owner may read it.
 */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { createInterface } from "node:readline";
import {
  type BackupCounts,
  type BackupEnd,
  backupEndSchema,
  type BackupHead,
  backupHeadSchema,
  type ContentLine,
  contentLineSchema,
  readLine,
} from "#model/backup.ts";
import { CommandError } from "../terminal/command-error.ts";

export class BackupWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #file: number;
  #hash: Hash = createHash("sha256");
  #bytes = 0;
  #counts: BackupCounts = { runs: 0, rows: {} };
  /** Where the page began that is being written. */
  #page: { hash: Hash; bytes: number; counts: BackupCounts };

  constructor(path: string) {
    if (existsSync(path)) throw new CommandError(1, `${path} is there already.`);
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#file = openSync(this.#partial, "w", 0o600);
    this.#page = this.#here();
  }

  get counts(): BackupCounts {
    return this.#counts;
  }

  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  line(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    writeSync(this.#file, bytes, 0, bytes.byteLength, this.#bytes);
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
  }

  content(line: ContentLine): void {
    this.line(JSON.stringify(line));
    const { runs, rows } = this.#counts;
    this.#counts =
      line.type === "run"
        ? { runs: runs + (line.last ? 1 : 0), rows }
        : { runs, rows: { ...rows, [line.table]: (rows[line.table] ?? 0) + line.count } };
  }

  beginPage(): void {
    this.#page = this.#here();
  }

  /** Takes back what was written since. */
  repeatPage(): void {
    const { hash, bytes, counts } = this.#page;
    this.#hash = hash.copy();
    this.#bytes = bytes;
    this.#counts = counts;
    ftruncateSync(this.#file, bytes);
  }

  end(last: BackupEnd): void {
    this.line(JSON.stringify(last));
    closeSync(this.#file);
    renameSync(this.#partial, this.#path);
  }

  drop(): void {
    closeSync(this.#file);
    rmSync(this.#partial, { force: true });
  }

  #here() {
    return { hash: this.#hash.copy(), bytes: this.#bytes, counts: this.#counts };
  }
}

/** A file that was read once, and is whole. */
export interface CheckedBackup {
  /** The first line, as it stands there, and the last. */
  head: string;
  end: string;
  description: BackupHead;
  counts: BackupCounts;
}

/** Reads the whole file once: that nothing of it is missing, before anything of it is sent. */
export async function checkBackup(path: string): Promise<CheckedBackup> {
  const hash = createHash("sha256");
  let head: string | null = null;
  let end: { line: string; value: BackupEnd } | null = null;
  let runs = 0;
  let before = hash.copy();
  for await (const line of linesIn(path)) {
    if (end !== null) throw broken(path, "it goes on after its last line");
    head ??= line;
    before = hash.copy();
    hash.update(`${line}\n`);
    const content = readLine(contentLineSchema, line);
    if (content?.type === "run" && content.last) runs += 1;
    if (content !== null || head === line) continue;
    const value = readLine(backupEndSchema, line);
    if (value === null) throw broken(path, "it has a line that is none of a backup");
    end = { line, value };
  }
  const description = head === null ? null : readLine(backupHeadSchema, head);
  if (head === null || description === null) throw broken(path, "it is no backup");
  if (end === null) throw broken(path, "it was cut off: its last line is missing");
  if (before.digest("hex") !== end.value.sha256) throw broken(path, "it was changed or damaged");
  if (runs !== end.value.counts.runs) throw broken(path, "it does not have all of its runs");
  return { head, end: end.line, description, counts: end.value.counts };
}

function broken(path: string, what: string): CommandError {
  return new CommandError(1, `${path} cannot be restored: ${what}.`);
}

/** What stands between the first line and the last, with the text of each. */
export async function* contentIn(
  path: string,
): AsyncGenerator<{ text: string; line: ContentLine }> {
  for await (const text of linesIn(path)) {
    const line = readLine(contentLineSchema, text);
    if (line !== null) yield { text, line };
  }
}

function linesIn(path: string): AsyncIterable<string> {
  if (!existsSync(path)) throw new CommandError(2, `There is no file ${path}.`);
  return createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
}
