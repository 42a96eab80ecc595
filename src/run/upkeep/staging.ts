/**
 * The pieces of a run that is being restored, until the last has come: in a table of the object,
 * since a run may be larger than a request. The run itself appears with one transaction.
 */
import { linesOf, type StoredRow } from "./pieces.ts";

export class Staging {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** The first piece begins again: a restore that broke off may be repeated. */
  add(piece: number, text: string): void {
    this.#storage.transactionSync(() => {
      if (piece === 0) {
        this.#sql.exec(
          "DROP TABLE IF EXISTS staged; CREATE TABLE staged (piece INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        );
      }
      this.#sql.exec("INSERT OR REPLACE INTO staged (piece, text) VALUES (?, ?)", piece, text);
    });
  }

  /** How many pieces there are without a gap. */
  get count(): number {
    if (!this.#isThere) return 0;
    const { pieces, last } = this.#sql
      .exec<{ pieces: number; last: number | null }>(
        "SELECT count(*) AS pieces, max(piece) AS last FROM staged",
      )
      .one();
    return last === pieces - 1 ? pieces : 0;
  }

  *rows(): Generator<StoredRow> {
    for (const line of linesOf(this.#texts())) yield readRow(line);
  }

  drop(): void {
    this.#sql.exec("DROP TABLE IF EXISTS staged");
  }

  *#texts(): Generator<string> {
    const rows = this.#sql.exec<{ text: string }>("SELECT text FROM staged ORDER BY piece");
    for (const { text } of rows) yield text;
  }

  get #isThere(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'staged'").toArray().length > 0;
  }
}

function readRow(line: string): StoredRow {
  const row: unknown = JSON.parse(line);
  if (Array.isArray(row) && row.length === 3) {
    const [table, key, text] = row as unknown[];
    if (typeof text === "string") {
      if (table === "doc" && typeof key === "string") return [table, key, text];
      if (table === "log" && typeof key === "number") return [table, key, text];
    }
  }
  throw new Error("a line of the copy is no row");
}
