/**
 * The rows of a run object as they are copied for a backup and written by a restore. The texts are
 * those of the tables of `store.ts`, so that a run comes back byte for byte.
 *
 * Left out is what belongs to one process or one database: how often the object was opened or
 * failed, how far D1 has the run, and that the run is held.
 */
import type { RunRecord } from "#archive/record.ts";
import type { CopyPlace } from "#model/run-upkeep.ts";
import type { StoredRow } from "./pieces.ts";

const LEFT_OUT: ReadonlySet<string> = new Set(["projection", "opening", "defects", "held"]);

/** Documents by name, then the log. `from`: the first row. */
export function* storedRows(sql: SqlStorage, from: CopyPlace | null): Generator<StoredRow> {
  if (from === null || from.table === "doc") {
    const docs = sql.exec<{ name: string; value: string }>(
      "SELECT name, value FROM doc WHERE name >= ? ORDER BY name",
      from?.key ?? "",
    );
    for (const { name, value } of docs) if (!LEFT_OUT.has(name)) yield ["doc", name, value];
  }
  const seq = from?.table === "log" ? from.key : 0;
  const log = sql.exec<{ seq: number; events: string }>(
    "SELECT seq, events FROM log WHERE seq >= ? ORDER BY seq",
    seq,
  );
  for (const row of log) yield ["log", row.seq, row.events];
}

/** Events of one row: far below what a row takes. */
const EVENTS_PER_ROW = 50;

/** The same rows from an archive: a run that is restored is in its object again. */
export function* recordRows(record: RunRecord): Generator<StoredRow> {
  const { start, snapshot, outputs, keys, events } = record;
  yield ["doc", "start", JSON.stringify(start)];
  if (snapshot !== null) yield ["doc", "snapshot", JSON.stringify(snapshot)];
  for (const [id, output] of outputs) yield ["doc", `output:${id}`, JSON.stringify(output)];
  for (const [name, print] of keys) yield ["doc", `key:${name}`, JSON.stringify(print)];
  const all = [...events];
  for (let at = 0; at < all.length; at += EVENTS_PER_ROW) {
    const together = all.slice(at, at + EVENTS_PER_ROW);
    yield ["log", together.at(-1)?.seq ?? 0, JSON.stringify(together)];
  }
}
