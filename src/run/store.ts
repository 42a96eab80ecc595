/**
 * The run's own SQLite: two tables, created by the transaction that starts the run, so that a
 * look-up of an unknown id leaves nothing behind.
 *
 * Persisted shapes (docs/storage-schema.md):
 * - `doc(name, value)`: `start` (StartRecord, written once), `snapshot` (RunState, written when
 *   the run settles), `projection` and `trace` (Cursor),
 *   `carry` (CarryMark), `opening` (OpeningMark), `defects` (a count), `output:<step_id>` (of a
 *   failed api_call: FailedAnswer), `held` (Hold),
 *   `key:<name>` (a fingerprint; names: `http/executions/run-keys.ts`).
 *   An archived run has the row `tombstone` (Tombstone), and no other.
 * - `log(seq, events)`: one row a transaction; `seq` is that of its last event.
 */
import type { RunEvent } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import { type JsonText, parseJsonText, toJsonText } from "#model/json-text.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { StartRecord } from "#model/start-record.ts";
import type { Tombstone } from "./archive/tombstone.ts";
import type { Commit } from "./commit.ts";
import type { StoredRow } from "./upkeep/pieces.ts";

/** The rows of the sinks' cursors. */
export type CursorName = "projection" | "trace";

/** Up to which event a sink has the run. */
export interface Cursor {
  seq: number;
  /** Consecutive failures. */
  failures: number;
  /** Epoch ms while the sink fails, else 0. */
  retryAt: number;
  /** The last event at the last failed try, of sinks whose tries are limited. */
  triedSeq?: number;
  /** Set where the rows are written again: up to this event all has been delivered before. */
  repeatedTo?: number;
}

/** An effect that was begun in an alarm: written before it is sent, so that a crash is noticed. */
export interface CarryMark {
  stepId: string;
  attempt: number;
  /** How many alarms began this attempt. */
  entries: number;
}

/** How often the object was opened in the middle of the same work. */
interface OpeningMark {
  /** Of the last event. */
  seq: number;
  times: number;
}

/** The run was restored from a backup, and waits for its release. */
interface Hold {
  /** Id of the backup. */
  backup: string;
}

const OUTPUT = "output:";
const KEY = "key:";

/** Two tables, created with the run. */
const TABLES = `CREATE TABLE doc (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE log (seq INTEGER PRIMARY KEY, events TEXT NOT NULL)`;

export class RunStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  /** Cursors as they are now; those that moved are not written yet. */
  readonly #cursors = new Map<CursorName, Cursor>();
  readonly #moved = new Set<CursorName>();
  #exists: boolean;
  #tombstone: Tombstone | null;
  /** Undefined until it is read. */
  #hold: Hold | null | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#exists =
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'log'").toArray().length > 0;
    this.#tombstone = (this.#exists && this.#get<Tombstone>("tombstone")) || null;
  }

  /** Whether the run was started. */
  get exists(): boolean {
    return this.#exists;
  }

  /** What the run left here when it was archived; null: it is here. */
  get tombstone(): Tombstone | null {
    return this.#tombstone;
  }

  /**
   * The run is its archive from here on. The tables stay: without them an earlier release would
   * take the id for one that never was, and start a repeated start once more.
   */
  bury(tombstone: Tombstone): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM log");
      this.#sql.exec("DELETE FROM doc");
      this.#put("tombstone", tombstone);
    });
    // A cursor that is written later would be a row of a run that is not here.
    this.#cursors.clear();
    this.#moved.clear();
    this.#tombstone = tombstone;
  }

  /** What an archive keeps beside the start and the log: outputs by step, keys by name. */
  contents(): { outputs: Map<string, JsonValue>; keys: Map<string, string> } {
    return { outputs: this.#named<JsonValue>(OUTPUT), keys: this.#named<string>(KEY) };
  }

  /** All or nothing; together with an alarm set in the same turn. */
  commit({ start, key, events, outputs, snapshot }: Commit): void {
    this.#storage.transactionSync(() => {
      if (start) {
        this.#sql.exec(TABLES);
        this.#put("start", start);
      }
      const last = events.at(-1);
      if (last) {
        this.#sql.exec(
          "INSERT INTO log (seq, events) VALUES (?, ?)",
          last.seq,
          JSON.stringify(events),
        );
      }
      if (key) this.#put(KEY + key.name, key.fingerprint);
      for (const [stepId, text] of Object.entries(outputs)) this.#putText(OUTPUT + stepId, text);
      if (snapshot) this.#put("snapshot", snapshot);
      this.#putCursors();
    });
    this.#moved.clear();
    this.#exists = true;
  }

  /**
   * Writes a run that was copied elsewhere, held. `accept` runs in the transaction, with the run in
   * place: all or nothing, also when it or the rows throw.
   */
  restore(rows: Iterable<StoredRow>, backup: string, accept: () => void): void {
    try {
      this.#storage.transactionSync(() => {
        this.#sql.exec(TABLES);
        for (const [table, key, text] of rows) {
          const [name, value] = table === "doc" ? ["name", "value"] : ["seq", "events"];
          this.#sql.exec(`INSERT INTO ${table} (${name}, ${value}) VALUES (?, ?)`, key, text);
        }
        this.#put("held", { backup } satisfies Hold);
        this.#exists = true;
        this.repeatProjection();
        accept();
      });
      this.#hold = { backup };
    } catch (error) {
      this.#exists = false;
      this.#cursors.clear();
      throw error;
    }
  }

  /** Id of the backup whose release the run waits for: until then nothing happens to it. */
  get heldBy(): string | null {
    if (!this.#exists) return null;
    if (this.#hold === undefined) this.#hold = this.#get<Hold>("held") ?? null;
    return this.#hold?.backup ?? null;
  }

  release(): void {
    this.#sql.exec("DELETE FROM doc WHERE name = 'held'");
    this.#hold = null;
  }

  /** The projection begins again, without what is written once: log lines and times. */
  repeatProjection(): void {
    const { seq } = this.readState();
    this.moveCursor("projection", { seq: 0, failures: 0, retryAt: 0, repeatedTo: seq });
    this.writeCursors();
  }

  readStart(): StartRecord {
    const start = this.#get<StartRecord>("start");
    if (!start) throw new Error("the run has no start record");
    return start;
  }

  /** The snapshot with the tail of the log folded over it. */
  readState(): RunState {
    const snapshot = this.#get<RunState>("snapshot") ?? null;
    const state = foldLog(this.events(snapshot?.seq ?? 0), snapshot);
    if (!state) throw new Error("the run has no log");
    return state;
  }

  /** Events with a greater `seq`, in order. */
  *events(afterSeq: number): Generator<RunEvent> {
    const rows = this.#sql.exec<{ events: JsonText<RunEvent[]> }>(
      "SELECT events FROM log WHERE seq > ? ORDER BY seq",
      afterSeq,
    );
    for (const row of rows) {
      for (const event of parseJsonText(row.events)) {
        if (event.seq > afterSeq) yield event;
      }
    }
  }

  /** The fingerprint that a key was used with, or undefined. */
  readKey(name: string): string | undefined {
    return this.#get<string>(KEY + name);
  }

  readOutput(stepId: string): JsonValue | undefined {
    return this.#get<JsonValue>(OUTPUT + stepId);
  }

  /** Bytes of all outputs together. */
  outputBytes(): number {
    return this.#sql
      .exec<{ bytes: number }>(
        "SELECT coalesce(sum(length(CAST(value AS BLOB))), 0) AS bytes FROM doc WHERE name >= 'output:' AND name < 'output;'",
      )
      .one().bytes;
  }

  readCursor(name: CursorName): Cursor {
    let cursor = this.#cursors.get(name);
    if (!cursor) {
      cursor = this.#get<Cursor>(name) ?? { seq: 0, failures: 0, retryAt: 0 };
      this.#cursors.set(name, cursor);
    }
    return cursor;
  }

  /**
   * Moves a cursor. It is written with the next commit, or by `writeCursors`, before the alarm that
   * would deliver again is removed: a cursor that is lost costs a delivery that is repeated, and a
   * transaction of its own for each delivery would cost as much as the run's.
   */
  moveCursor(name: CursorName, cursor: Cursor): void {
    this.#cursors.set(name, cursor);
    this.#moved.add(name);
  }

  /** Writes the cursors that moved. */
  writeCursors(): void {
    this.#putCursors();
    this.#moved.clear();
  }

  #putCursors(): void {
    for (const name of this.#moved) this.#put(name, this.readCursor(name));
  }

  readCarry(): CarryMark | undefined {
    return this.#get<CarryMark>("carry");
  }

  writeCarry(mark: CarryMark): void {
    this.#put("carry", mark);
  }

  /**
   * Consecutive alarms that failed by a defect; the platform's own count restarts with the process.
   */
  countDefect(): number {
    const defects = (this.#get<number>("defects") ?? 0) + 1;
    this.#put("defects", defects);
    return defects;
  }

  /**
   * How often the object was opened while its log ended with this event: the event before work that
   * did not come back.
   */
  countOpening(seq: number): number {
    const last = this.#get<OpeningMark>("opening");
    const times = last?.seq === seq ? last.times + 1 : 1;
    this.#put("opening", { seq, times } satisfies OpeningMark);
    return times;
  }

  clearDefects(): void {
    if (this.#get<number>("defects") === undefined) return;
    this.#sql.exec("DELETE FROM doc WHERE name = 'defects'");
  }

  /** `T` is the type stored under that name; only this file writes the table. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the persisted shape
  #get<T>(name: string): T | undefined {
    const [row] = this.#sql
      .exec<{ value: JsonText<T> }>("SELECT value FROM doc WHERE name = ?", name)
      .toArray();
    return row && parseJsonText(row.value);
  }

  /** Rows whose names begin with the prefix, by the rest of the name. */
  #named<T>(prefix: string): Map<string, T> {
    const rows = this.#sql.exec<{ name: string; value: JsonText<T> }>(
      "SELECT name, value FROM doc WHERE substr(name, 1, ?) = ? ORDER BY name",
      prefix.length,
      prefix,
    );
    return new Map(
      Array.from(rows, ({ name, value }) => [name.slice(prefix.length), parseJsonText(value)]),
    );
  }

  #put(name: string, value: {}): void {
    this.#putText(name, toJsonText(value));
  }

  #putText(name: string, text: JsonText<unknown>): void {
    this.#sql.exec(
      "INSERT INTO doc (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name,
      text,
    );
  }
}
