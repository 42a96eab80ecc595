/**
 * The Worker and the floor in one runtime, spoken to on their direct sockets: nothing of
 * `wrangler dev` is measured. Both see the same machine at the same time.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { createApiKey } from "#security/api-key.ts";
import { buildPublic } from "#cli/build.ts";
import { seed } from "#cli/seed.ts";
import { runWrangler } from "#cli/wrangler.ts";
import { type D1, migrate } from "../test/support/migrate.ts";

const COMPATIBILITY = {
  compatibilityDate: "2026-10-20",
  compatibilityFlags: ["nodejs_compat", "global_fetch_strictly_public"],
};

export interface Rig {
  url: URL;
  floorUrl: URL;
  key: string;
  /** Rows of all D1 tables together. */
  database(): Promise<D1>;
  close(): Promise<void>;
}

export async function openRig(): Promise<Rig> {
  const folder = mkdtempSync(`${tmpdir()}/workflow-perf-`);
  await buildPublic();
  await runWrangler([
    "deploy",
    "--dry-run",
    "--minify",
    "--env",
    "production",
    "--outdir",
    `${folder}/bundle`,
  ]);
  const { key } = createApiKey();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: `${folder}/state`,
      workers: [
        {
          name: "service",
          modules: [{ type: "ESModule", path: `${folder}/bundle/index.js` }],
          modulesRoot: `${folder}/bundle`,
          ...COMPATIBILITY,
          bindings: {
            ENVIRONMENT: "development",
            SERVER_SECRET: "s".repeat(40),
            DEV_API_KEY: key,
            LOG_LEVEL: "ERROR",
            // Counted as in production, and beyond what this machine can do.
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
        {
          name: "floor",
          modules: [
            {
              type: "ESModule",
              path: "floor.js",
              contents: readFileSync(new URL("floor-worker.js", import.meta.url), "utf8"),
            },
          ],
          ...COMPATIBILITY,
          durableObjects: { FLOOR: { className: "FloorObject", useSQLite: true } },
          unsafeDirectSockets: [{ port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  await migrate(await miniflare.getD1Database("DB", "service"));
  const url = await miniflare.unsafeGetDirectURL("service");
  await seed({ url: url.href, key });
  return {
    url,
    key,
    floorUrl: await miniflare.unsafeGetDirectURL("floor"),
    database: () => miniflare.getD1Database("DB", "service"),
    close: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
