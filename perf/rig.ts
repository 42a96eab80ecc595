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
import { runtimePids } from "./runtime-process.ts";

const COMPATIBILITY = {
  compatibilityDate: "2026-10-20",
  compatibilityFlags: ["nodejs_compat", "global_fetch_strictly_public"],
};

export interface Rig {
  /** The process of the runtime. */
  pid: number;
  url: URL;
  floorUrl: URL;
  key: string;
  /** The direct socket of a worker beside the service. */
  urlOf(worker: string): Promise<URL>;
  /** Rows of all D1 tables together. */
  database(): Promise<D1>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** The folder of a bundle that was built elsewhere; else this commit is built. */
  bundle?: string;
  /** Where a debugger may attach to the runtime. */
  inspectorPort?: number;
  /** Not minified: a profile names the functions of the sources. */
  isReadable?: boolean;
  /** Settings beside those of the rig. */
  bindings?: Record<string, string>;
  /** Workers of others in the same runtime. */
  beside?: readonly RigWorker[];
}

export interface RigWorker {
  name: string;
  modules: { type: "ESModule"; path: string; contents: string }[];
  workflows?: Record<string, { name: string; className: string }>;
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { bundle: built, inspectorPort, isReadable = false, bindings = {}, beside = [] } = options;
  const folder = mkdtempSync(`${tmpdir()}/workflow-perf-`);
  const bundle = built ?? (await buildBundle(`${folder}/bundle`, isReadable));
  const others = new Set(runtimePids());
  const { key } = createApiKey();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: `${folder}/state`,
      ...(inspectorPort === undefined ? {} : { inspectorPort }),
      workers: [
        {
          name: "service",
          modules: [{ type: "ESModule", path: `${bundle}/index.js` }],
          modulesRoot: bundle,
          ...COMPATIBILITY,
          bindings: {
            ENVIRONMENT: "development",
            SERVER_SECRET: "s".repeat(40),
            DEV_API_KEY: key,
            LOG_LEVEL: "ERROR",
            // Counted as in production, and beyond what this machine can do.
            RATE_LIMITS: "principal=1000000/60",
            ...bindings,
          },
          durableObjects: objectsIn(readFileSync(`${bundle}/index.js`, "utf8")),
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
        ...beside.map((worker) => ({
          ...worker,
          ...COMPATIBILITY,
          unsafeDirectSockets: [{ port: 0 }],
        })),
      ],
    }),
  );
  await miniflare.ready;
  await migrate(await miniflare.getD1Database("DB", "service"));
  const url = await miniflare.unsafeGetDirectURL("service");
  await seed({ url: url.href, key });
  const pid = runtimePids().find((one) => !others.has(one));
  if (pid === undefined) throw new Error("the process of the runtime was not found");
  return {
    pid,
    url,
    key,
    urlOf: (worker) => miniflare.unsafeGetDirectURL(worker),
    floorUrl: await miniflare.unsafeGetDirectURL("floor"),
    database: () => miniflare.getD1Database("DB", "service"),
    close: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An earlier commit does not have all of the objects. */
function objectsIn(code: string) {
  const all = { RUNS: "RunObject", METERS: "MeterObject", PROJECTIONS: "ProjectionCollector" };
  const known = Object.entries(all).filter(([, className]) => code.includes(className));
  return Object.fromEntries(
    known.map(([name, className]) => [name, { className, useSQLite: true }]),
  );
}

async function buildBundle(folder: string, isReadable: boolean): Promise<string> {
  await buildPublic();
  const minify = isReadable ? [] : ["--minify"];
  await runWrangler(["deploy", "--dry-run", ...minify, "--env", "production", "--outdir", folder]);
  return folder;
}
