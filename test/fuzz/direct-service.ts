/**
 * The whole Worker on its direct socket: nothing of `wrangler dev` is between it and the bytes that
 * a fuzzer sends, so that every answer is the Worker's own. Bindings are those of wrangler.toml.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { buildPublic } from "#cli/build.ts";
import { ROOT } from "#cli/paths.ts";
import { seed } from "#cli/seed.ts";
import { keepWranglerQuiet, runWrangler } from "#cli/wrangler.ts";
import { migrate } from "../support/migrate.ts";

const NAME = "service";
const KEY = `wo_fuzzingkey_${"f".repeat(32)}`;
const SERVER_SECRET = "a-server-secret-that-only-the-fuzzer-knows-7f3a91";

export interface DirectService {
  url: string;
  key: string;
  /** Defects that the service or the runtime has logged so far. */
  defects(): readonly string[];
  close(): Promise<void>;
}

/** With tables and seeds; `settings` go over those of a local copy. */
export async function startDirectService(
  settings: Readonly<Record<string, string>> = {},
): Promise<DirectService> {
  keepWranglerQuiet();
  const folder = mkdtempSync(`${tmpdir()}/workflow-fuzz-`);
  const bundle = process.env["PREBUILT_WORKER"] ?? (await bundleInto(`${folder}/bundle`));
  const defects: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Runs that fail are what a fuzzer makes; only what the service calls its own fault is kept.
      handleStructuredLogs: ({ message }) => {
        if (/"message":"request failed"|[Uu]ncaught/.test(message)) defects.push(message);
      },
      resourcePersistencePath: `${folder}/state`,
      workers: [workerAt(bundle, settings)],
    }),
  );
  const close = async () => {
    await miniflare.dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await miniflare.ready;
    await migrate(await miniflare.getD1Database("DB", NAME));
    const url = (await miniflare.unsafeGetDirectURL(NAME)).href;
    await seed({ url, key: KEY });
    return { url, key: KEY, defects: () => defects, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundleInto(folder: string): Promise<string> {
  await buildPublic();
  await runWrangler(["deploy", "--dry-run", "--env", "", "--outdir", folder]);
  return folder;
}

function workerAt(bundle: string, settings: Readonly<Record<string, string>>) {
  const { workerOptions } = workerOptionsOf(`${ROOT}wrangler.toml`, undefined);
  return {
    ...workerOptions,
    name: NAME,
    modules: [{ type: "ESModule" as const, path: `${bundle}/development.js` }],
    modulesRoot: bundle,
    bindings: {
      ENVIRONMENT: "development",
      SERVER_SECRET,
      DEV_API_KEY: KEY,
      LOG_LEVEL: "ERROR",
      ...settings,
    },
    unsafeDirectSockets: [{ port: 0 }],
  };
}
