/**
 * D1 with a copy near the reader that lags: the local runtime knows sessions and bookmarks, but has
 * no copies, and takes any text for a bookmark. Here the copy is a database of its own, which has
 * what the primary had when `sync` was last called.
 *
 * Simpler than D1: a session that began at the primary stays there, and a session with a bookmark
 * that the copy has not reached is served by the primary instead of a copy that has.
 */
import { env } from "cloudflare:workers";
import { applyD1Migrations, type D1Migration } from "cloudflare:test";

const { DB, REPLICA, TEST_MIGRATIONS } = env as unknown as {
  DB: D1Database;
  REPLICA: D1Database;
  TEST_MIGRATIONS: D1Migration[];
};

const IS_READ = /^\s*(select|with)\b/i;
/** In an order that foreign keys allow. */
const COPIED = [
  "workflows",
  "workflow_versions",
  "templates",
  "secrets",
  "audit",
  "api_keys",
  "runs",
  "run_tags",
];

export class Replicated {
  /** Which side was asked, in order, by queries and by batches. */
  readonly asked: ("primary" | "nearest")[] = [];
  /** Bookmarks that no copy knows make D1 fail. */
  #version = 1;
  #copied = 0;

  /** As the binding of a Worker. Queries without a session are the primary's. */
  readonly binding: D1Database = {
    prepare: (query) => this.#prepare("primary", query),
    batch: (statements) => this.#batch("primary", statements),
    exec: (query) => DB.exec(query),
    dump: () => DB.dump(),
    withSession: (start) => this.#session(start ?? "first-unconstrained"),
  };

  static async open(): Promise<Replicated> {
    await applyD1Migrations(REPLICA, TEST_MIGRATIONS);
    const replicated = new Replicated();
    await replicated.sync();
    return replicated;
  }

  /** The copy catches up. */
  async sync(): Promise<void> {
    for (const table of COPIED) {
      const { results } = await DB.prepare(`SELECT * FROM ${table}`).all();
      const inserts = results.map((row) => {
        const names = Object.keys(row);
        const places = names.map(() => "?").join(", ");
        return REPLICA.prepare(
          `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`,
        ).bind(...Object.values(row));
      });
      await REPLICA.batch([REPLICA.prepare(`DELETE FROM ${table}`), ...inserts]);
    }
    this.#copied = this.#version;
  }

  /** A write that no request makes, such as that of a run object. */
  async write(sql: string): Promise<void> {
    await this.#prepare("primary", sql).run();
  }

  #session(start: string): D1DatabaseSession {
    const since = start.startsWith("first-") ? 0 : Number.parseInt(start.slice(0, 8), 16);
    const side = start === "first-primary" || since > this.#copied ? "primary" : "nearest";
    let seen: number | null = since === 0 ? null : since;
    const see = () => {
      if (since > this.#version) throw new Error("D1_ERROR: the bookmark is of no known history");
      seen = Math.max(since, side === "primary" ? this.#version : this.#copied);
    };
    return {
      prepare: (query) => {
        const statement = this.#prepare(side, query);
        see();
        return statement;
      },
      batch: async <T>(statements: D1PreparedStatement[]) => {
        const results = await this.#batch<T>(side, statements);
        see();
        return results;
      },
      getBookmark: () => (seen === null ? null : bookmarkOf(seen)),
    };
  }

  #prepare(side: "primary" | "nearest", query: string): D1PreparedStatement {
    if (!IS_READ.test(query)) {
      this.#version += 1;
      this.asked.push("primary");
      return DB.prepare(query);
    }
    this.asked.push(side);
    return (side === "primary" ? DB : REPLICA).prepare(query);
  }

  #batch<T>(side: "primary" | "nearest", statements: D1PreparedStatement[]) {
    return (side === "primary" ? DB : REPLICA).batch<T>(statements);
  }
}

export function bookmarkOf(version: number): string {
  return `${version.toString(16).padStart(8, "0")}-00000000-00000000-${"0".repeat(32)}`;
}
