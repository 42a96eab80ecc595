/**
 * The sessions of one request with D1. D1 has a primary, which takes all writes, and may have copies
 * near its readers, which lag (read replication).
 *
 * 1. What may be a moment old is read from the nearest copy that has everything the caller has seen
 *    (`read`). What that one does not have is looked up at the primary (`find`).
 * 2. What decides about a write is read from the primary (`primary`).
 * 3. `bookmark` is at least as late as everything that the request has read or written.
 */
import { latestBookmark } from "#model/bookmark.ts";
import { type Database, isStorageFailure, openDatabase } from "./database.ts";

export class Sessions {
  readonly #binding: D1Database;
  /** What the caller has seen; null: it did not say. */
  readonly #seen: string | null;
  #nearest: D1DatabaseSession | null = null;
  /** A session is listed when it was begun; it has a bookmark once it was answered. */
  readonly #others: D1DatabaseSession[] = [];
  /** No copy could follow the caller's bookmark. */
  #isLost = false;

  constructor(binding: D1Database, seen: string | null) {
    this.#binding = binding;
    this.#seen = seen;
  }

  /** A new session each time: the first query of one goes to the primary, and only the first. */
  primary(): Database {
    return this.#open("first-primary");
  }

  /** Reads from the nearest copy. */
  async read<T>(query: (db: Database) => Promise<T>): Promise<T> {
    if (this.#isLost) return query(this.primary());
    this.#nearest ??= this.#binding.withSession(this.#seen ?? "first-unconstrained");
    try {
      return await query(openDatabase(asBinding(this.#binding, this.#nearest)));
    } catch (error) {
      // A bookmark may be of another history, from before the database was restored. The primary has
      // all that there is. An overloaded database is not asked twice.
      if (this.#seen === null || !isStorageFailure(error) || isOverloaded(error)) throw error;
      this.#isLost = true;
      return query(this.primary());
    }
  }

  /** Reads one thing: null from the nearest copy may only mean that it has not arrived there. */
  async find<T>(query: (db: Database) => Promise<T | null>): Promise<T | null> {
    return (await this.read(query)) ?? query(this.primary());
  }

  /** What the caller has seen with the answer to this request; null: it does not depend on D1. */
  get bookmark(): string | null {
    const nearest = this.#isLost ? null : (this.#nearest?.getBookmark() ?? this.#seen);
    return latestBookmark([nearest, ...this.#others.map((session) => session.getBookmark())]);
  }

  #open(constraint: D1SessionConstraint): Database {
    const session = this.#binding.withSession(constraint);
    this.#others.push(session);
    return openDatabase(asBinding(this.#binding, session));
  }
}

const bound = new WeakMap<D1DatabaseSession, D1Database>();

/** A session in the shape of a database, which drizzle takes. */
function asBinding(binding: D1Database, session: D1DatabaseSession): D1Database {
  const known = bound.get(session);
  if (known) return known;
  const made: D1Database = {
    prepare: (query) => session.prepare(query),
    batch: (statements) => session.batch(statements),
    exec: (query) => binding.exec(query),
    withSession: (constraint) => binding.withSession(constraint),
    dump: () => binding.dump(),
  };
  bound.set(session, made);
  return made;
}

function isOverloaded(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/overloaded/i.test(cause.message)) return true;
  }
  return false;
}
