/**
 * The SQL of an object over real SQLite. What was written since it was opened is remembered as
 * statements, in groups of one turn each: a crash leaves a prefix of the groups, and the next
 * instance is opened with exactly that.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export interface Write {
  query: string;
  bound: SQLInputValue[];
}

const WRITES = /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b/i;
const free: Connection[] = [];

/** A database in memory; opening one takes longer than to roll one back. */
class Connection {
  readonly db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, StatementSync>();

  prepare(query: string): StatementSync {
    let statement = this.#prepared.get(query);
    if (!statement) {
      statement = this.db.prepare(query);
      this.#prepared.set(query, statement);
    }
    return statement;
  }
}

type Row = Record<string, unknown>;

class Cursor {
  readonly #rows: Row[];
  readonly rowsRead = 0;
  readonly rowsWritten = 0;

  constructor(rows: Row[]) {
    this.#rows = rows;
  }

  toArray(): Row[] {
    return this.#rows;
  }

  one(): Row {
    const [row, ...more] = this.#rows;
    if (!row || more.length > 0) throw new Error("Expected exactly one result from SQL query");
    return row;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }
}

export class ObjectSql {
  readonly #connection: Connection;
  readonly #onWrite: (write: Write) => void;
  #writes: Write[] = [];
  #isClosed = false;

  constructor(stored: readonly Write[], onWrite: (write: Write) => void) {
    this.#connection = free.pop() ?? new Connection();
    this.#onWrite = onWrite;
    this.#connection.db.exec("BEGIN");
    for (const write of stored) this.#run(write);
  }

  /** As `SqlStorage.exec`; several statements in one text are taken without parameters. */
  exec(query: string, ...values: unknown[]): Cursor {
    if (this.#isClosed) throw new Error("the object is gone");
    const bound = values.map(toInput);
    if (!WRITES.test(query)) return new Cursor(this.#connection.prepare(query).all(...bound));
    const write = { query, bound };
    const rows = this.#run(write);
    this.#writes.push(write);
    this.#onWrite(write);
    return new Cursor(rows);
  }

  transactionSync<T>(work: () => T): T {
    const before = this.#writes.length;
    this.#connection.db.exec("SAVEPOINT work");
    try {
      const result = work();
      this.#connection.db.exec("RELEASE work");
      return result;
    } catch (error) {
      this.#connection.db.exec("ROLLBACK TO work; RELEASE work");
      this.#writes.length = before;
      throw error;
    }
  }

  get databaseSize(): number {
    return 0;
  }

  /** What was written since the last call. */
  takeWrites(): Write[] {
    const taken = this.#writes;
    this.#writes = [];
    return taken;
  }

  get hasWrites(): boolean {
    return this.#writes.length > 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.db.exec("ROLLBACK");
    free.push(this.#connection);
  }

  #run({ query, bound }: Write): Row[] {
    if (bound.length > 0 || !query.includes(";")) {
      return this.#connection.prepare(query).all(...bound);
    }
    this.#connection.db.exec(query);
    return [];
  }
}

export function toInput(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError(`SQLite takes no ${typeof value}`);
}
