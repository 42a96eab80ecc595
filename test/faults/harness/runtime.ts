/**
 * The process that is killed: the bundle in workerd, with its state in a folder. A group of its own,
 * so that one signal ends this process and workerd at once. Answers queries of D1 over IPC.
 */
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "../../support/migrate.ts";

/** What the harness passes as the one argument, in JSON. */
export interface RuntimeOptions {
  bundle: string;
  /** Kept between two processes. */
  state: string;
  port: number;
  bindings: Record<string, string>;
  /** The state is new: D1 has no tables yet. */
  isFirst: boolean;
}

export interface Query {
  id: number;
  sql: string;
  values: (string | number)[];
}

export type Told =
  | { kind: "ready" }
  | { kind: "rows"; id: number; rows: Record<string, unknown>[] }
  | { kind: "refused"; id: number; message: string };

async function open({ bundle, state, port, bindings, isFirst }: RuntimeOptions): Promise<void> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: state,
      workers: [
        {
          name: "service",
          modules: [{ type: "ESModule", path: `${bundle}/index.js` }],
          modulesRoot: bundle,
          compatibilityDate: "2026-10-20",
          compatibilityFlags: ["nodejs_compat", "global_fetch_strictly_public"],
          bindings,
          durableObjects: {
            RUNS: { className: "RunObject", useSQLite: true },
            METERS: { className: "MeterObject", useSQLite: true },
          },
          d1Databases: ["DB"],
          unsafeDirectSockets: [{ port }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const database = await miniflare.getD1Database("DB", "service");
  if (isFirst) await migrate(database);
  const answer = async ({ id, sql, values }: Query): Promise<Told> => {
    try {
      const { results } = await database.prepare(sql).bind(...values).all<Record<string, unknown>>();
      return { kind: "rows", id, rows: results };
    } catch (error) {
      return { kind: "refused", id, message: String(error) };
    }
  };
  process.on("message", (query: Query) => void answer(query).then(tell));
  tell({ kind: "ready" });
}

function tell(told: Told): void {
  process.send?.(told);
}

await open(JSON.parse(process.argv[2] ?? "{}") as RuntimeOptions);
