/** The migrations, put into the D1 of a Miniflare that a test or a measurement drives itself. */
import { readdirSync, readFileSync } from "node:fs";
import type { Miniflare } from "miniflare";
import { ROOT } from "#cli/paths.ts";

export type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export async function migrate(database: D1): Promise<void> {
  const files = readdirSync(`${ROOT}migrations`).filter((name) => name.endsWith(".sql"));
  for (const file of files.toSorted()) {
    const sql = readFileSync(`${ROOT}migrations/${file}`, "utf8");
    for (const statement of sql.split("--> statement-breakpoint")) {
      await database.prepare(statement).run();
    }
  }
}
