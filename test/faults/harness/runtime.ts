/**
 * The process that is killed: the bundle in workerd, with its state in a folder. A group of its own,
 * so that one signal ends this process and workerd at once. Answers queries of D1 over IPC.
 */
import { flushCompileCache } from "node:module";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { BuiltWorker } from "./build.ts";
import { migrate } from "../../support/migrate.ts";

/** The first message of the harness: until it comes, the process only has its modules loaded. */
export interface RuntimeOptions {
  worker: BuiltWorker;
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

async function open({ worker, state, port, bindings, isFirst }: RuntimeOptions): Promise<void> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: state,
      workers: [
        {
          name: "service",
          modules: [{ type: "ESModule", path: `${worker.bundle}/index.js` }],
          modulesRoot: worker.bundle,
          compatibilityDate: worker.compatibilityDate,
          compatibilityFlags: worker.compatibilityFlags,
          bindings,
          durableObjects: worker.durableObjects,
          r2Buckets: worker.r2Buckets,
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
      const { results } = await database
        .prepare(sql)
        .bind(...values)
        .all();
      return { kind: "rows", id, rows: results };
    } catch (error) {
      return { kind: "refused", id, message: String(error) };
    }
  };
  process.on("message", (query: Query) => void answer(query).then(tell));
  tell({ kind: "ready" });
  // This process never ends by itself, and would leave nothing for the next one.
  if (isFirst) flushCompileCache();
}

function tell(told: Told): void {
  process.send?.(told);
}

// The harness has ended without ending this process.
process.once("disconnect", () => process.exit(1));
process.once("message", (options: RuntimeOptions) => void open(options));
