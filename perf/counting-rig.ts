/**
 * The Worker of `test/run/support/counting-worker.ts` in a runtime of its own, on its direct socket:
 * it counts what a request asks of D1, and can be far away from it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { seed } from "#cli/seed.ts";
import { runWrangler } from "#cli/wrangler.ts";
import { createApiKey } from "#security/api-key.ts";
import { type D1, migrate } from "../test/support/migrate.ts";

export const SERVER_SECRET = "s".repeat(40);

export interface CountingRig {
  url: URL;
  /** The development key: never looked up. Its principal is `dev`. */
  key: string;
  database: D1;
  close(): Promise<void>;
}

export async function openCountingRig(): Promise<CountingRig> {
  const folder = mkdtempSync(`${tmpdir()}/workflow-counting-`);
  const bundle = `${folder}/bundle`;
  const built = ["--dry-run", "--minify", "--env", "production", "--outdir", bundle];
  await runWrangler(["deploy", "test/run/support/counting-worker.ts", ...built]);
  const { key } = createApiKey();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: `${folder}/state`,
      workers: [
        {
          name: "service",
          modules: [{ type: "ESModule", path: `${bundle}/counting-worker.js` }],
          modulesRoot: bundle,
          compatibilityDate: "2026-10-20",
          compatibilityFlags: ["nodejs_compat", "global_fetch_strictly_public"],
          bindings: {
            ENVIRONMENT: "development",
            SERVER_SECRET: SERVER_SECRET,
            DEV_API_KEY: key,
            LOG_LEVEL: "ERROR",
            RATE_LIMITS: "principal=1000000/60",
          },
          durableObjects: {
            RUNS: { className: "RunObject", useSQLite: true },
            METERS: { className: "MeterObject", useSQLite: true },
            PROJECTIONS: { className: "ProjectionCollector", useSQLite: true },
          },
          d1Databases: ["DB"],
          unsafeDirectSockets: [{ port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const database = await miniflare.getD1Database("DB", "service");
  await migrate(database);
  const url = await miniflare.unsafeGetDirectURL("service");
  await seed({ url: url.href, key });
  return {
    url,
    key,
    database,
    close: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
