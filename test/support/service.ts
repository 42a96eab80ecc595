/**
 * The whole Worker, for tests that speak HTTP to it: the code and the bindings of wrangler.toml,
 * storage of its own that is gone afterwards, settings of its own regardless of .dev.vars.
 *
 * The harness makes outgoing calls through this process: a connection that an API drops reaches the
 * Worker as a 500. What happens then is tested on a local copy instead (`local-copy.ts`).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import type { D1Database, DurableObjectNamespace } from "@cloudflare/workers-types";
import { createTestHarness, type TestHarness } from "wrangler";
import { z } from "zod";
import { buildPublic } from "#cli/build.ts";
import { readDevVars } from "#cli/dev-vars.ts";
import { seed } from "#cli/seed.ts";
import type { Scope } from "#model/access.ts";
import { createApiKey } from "#security/api-key.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { type Client, createClient } from "./http.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const SERVER_SECRET = "a-server-secret-that-only-the-tests-know";
export const RESTORE_TOKEN = "a restore token that only the tests know";
const DEV_API_KEY = `wo_servicetst_${"a".repeat(32)}`;

// Wrangler asks Cloudflare for nothing while tests run.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
process.env["WRANGLER_SEND_METRICS"] = "false";

/** What D1 holds, for tests that nothing was written. */
export interface Stored {
  workflows: unknown[];
  versions: unknown[];
  templates: unknown[];
  secrets: unknown[];
  keys: unknown[];
  /** As D1 has them: a little later than the runs themselves. */
  runs: StoredRun[];
}

const storedRunSchema = z.object({
  id: z.string(),
  workflow_id: z.string(),
  status: z.string(),
  seq: z.number(),
  idempotency_key: z.string().nullable(),
});
type StoredRun = z.infer<typeof storedRunSchema>;

interface NewKey {
  scopes: readonly Scope[];
  /** The principal; default: one of its own. */
  principal?: string;
  workflowScope?: string;
  expiresAt?: Date;
  revokedAt?: Date;
}

export interface Service extends Client {
  url: string;
  /** The development key, with all scopes. */
  key: string;
  /** Puts a key into D1 as the service would; returns the key itself. */
  createKey(key: NewKey): Promise<string>;
  clientWithKey(key: NewKey): Promise<Client>;
  stored(): Promise<Stored>;
  /** Every row of every table of D1. */
  everyRow(): Promise<unknown[]>;
  /** Ids of the objects that hold a run. */
  runObjects(): Promise<string[]>;
  /** Everything that D1 and the run objects hold, as text. */
  dump(): Promise<string>;
  /** Changes D1 behind the service's back. */
  execute(sql: string, ...values: unknown[]): Promise<void>;
  /** The run's object forgets what it has in memory. */
  evict(runId: string): Promise<void>;
  /** Log lines so far. */
  logs(): string[];
  close(): Promise<void>;
}

/** Starts the Worker with tables and seeds; `settings` go over those of a test. */
export async function startService(settings: Record<string, string> = {}): Promise<Service> {
  const harness = await createHarness({
    ENVIRONMENT: "development",
    DEV_API_KEY,
    SERVER_SECRET,
    RESTORE_TOKEN,
    ...settings,
  });
  const { url } = await harness.listen();
  try {
    await harness.getWorker<Bindings>().applyD1Migrations("DB");
    await seed({ url: url.href, key: DEV_API_KEY });
  } catch (error) {
    await harness.close();
    throw error;
  }
  const known = new Set<string>();
  const createKey = async (key: NewKey) => insertKey(await database(harness), key);
  return {
    ...createClient(url.href, DEV_API_KEY),
    url: url.href,
    key: DEV_API_KEY,
    createKey,
    clientWithKey: async (key) => createClient(url.href, await createKey(key)),
    stored: () => readStored(harness),
    everyRow: () => readEveryRow(harness),
    runObjects: () => listRunObjects(harness, known),
    dump: () => dumpStorage(harness, known),
    execute: async (sql, ...values) => {
      await (
        await database(harness)
      )
        .prepare(sql)
        .bind(...values)
        .run();
    },
    evict: (name) => harness.getWorker<Bindings>().evictDurableObject("RUNS", { name }),
    logs: () => harness.getLogs().map((line) => line.message),
    close: () => harness.close(),
  };
}

const shared = new Map<string, Promise<Service>>();

/**
 * A service that test files share: starting one takes longer than most files do. It is for files
 * that look only at what they made themselves, under names that no other file uses, and that no
 * run of another file can disturb; any other file starts its own. It ends with the process.
 */
export async function sharedService(settings: Record<string, string> = {}): Promise<Service> {
  const name = JSON.stringify(settings);
  const started = shared.get(name) ?? startService(settings);
  shared.set(name, started);
  const service = await started;
  const earlier = service.logs().length;
  return {
    ...service,
    logs: () => service.logs().slice(earlier),
    // The next file goes on with it.
    close: () => Promise.resolve(),
  };
}

/** The Worker with these settings and no others, without tables and seeds. */
export async function startBareService(
  settings: Record<string, string>,
): Promise<Client & { close(): Promise<void> }> {
  const harness = await createHarness(settings);
  const { url } = await harness.listen();
  return { ...createClient(url.href, DEV_API_KEY), close: () => harness.close() };
}

interface Bindings {
  DB: D1Database;
  RUNS: DurableObjectNamespace;
}

async function createHarness(settings: Record<string, string>): Promise<TestHarness> {
  await buildPublic();
  const secrets = { ...blankSettings(), LOG_LEVEL: "INFO", ...settings };
  const worker = { configPath: "wrangler.toml", secrets };
  const prebuilt = process.env["PREBUILT_WORKER"];
  return createTestHarness({
    root: ROOT,
    workers: [prebuilt === undefined ? worker : { ...worker, prebuiltWorkerDir: prebuilt }],
  });
}

/** Every setting as if absent: the harness reads .dev.vars, and a test must not depend on it. */
function blankSettings(): Record<string, string> {
  const example = parseEnv(readFileSync(`${ROOT}.dev.vars.example`, "utf8"));
  const names = Object.keys({ ENVIRONMENT: "", ...example, ...readDevVars() });
  return Object.fromEntries(names.map((name) => [name, ""]));
}

async function database(harness: TestHarness): Promise<D1Database> {
  return (await harness.getWorker<Bindings>().getEnv()).DB;
}

async function insertKey(db: D1Database, key: NewKey): Promise<string> {
  const { key: secret, prefix } = createApiKey();
  const hash = toHex(await keyedHash(SERVER_SECRET, "api-key", secret));
  await db
    .prepare(
      `INSERT INTO api_keys (prefix, principal_id, name, hash, scopes, workflow_id, created_at, expires_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .bind(
      prefix,
      key.principal ?? `principal-${prefix}`,
      "a key of the tests",
      hash,
      JSON.stringify(key.scopes),
      key.workflowScope ?? null,
      new Date().toISOString(),
      key.expiresAt?.toISOString() ?? null,
      key.revokedAt?.toISOString() ?? null,
    )
    .run();
  return secret;
}

/** In one request: the harness takes some ms for each, and some tests ask after every call. */
async function readStored(harness: TestHarness): Promise<Stored> {
  const db = await database(harness);
  const [workflows, versions, templates, secrets, keys, runs] = await db.batch(
    [
      "SELECT id, version, hash, updated_at, hidden_at FROM workflows ORDER BY id",
      "SELECT workflow_id, version, hash FROM workflow_versions ORDER BY 1, 2",
      "SELECT id, version FROM templates ORDER BY id, version",
      "SELECT name, version, updated_at FROM secrets ORDER BY name",
      "SELECT prefix, revoked_at FROM api_keys ORDER BY prefix",
      "SELECT id, workflow_id, status, seq, idempotency_key FROM runs ORDER BY id",
    ].map((query) => db.prepare(query)),
  );
  return {
    workflows: workflows?.results ?? [],
    versions: versions?.results ?? [],
    templates: templates?.results ?? [],
    secrets: secrets?.results ?? [],
    keys: keys?.results ?? [],
    runs: storedRunSchema.array().parse(runs?.results),
  };
}

async function readEveryRow(harness: TestHarness): Promise<unknown[]> {
  const db = await database(harness);
  const tables = await db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
    )
    .all<{ name: string }>();
  const rows = tables.results.map(({ name }) => db.prepare(`SELECT * FROM "${name}"`).all());
  return (await Promise.all(rows)).flatMap(({ results }) => results);
}

/** An object that was only asked for exists here too, but it holds no table. */
async function listRunObjects(harness: TestHarness, known: Set<string>): Promise<string[]> {
  const worker = harness.getWorker<Bindings>();
  for (const id of await worker.listDurableObjectIds("RUNS")) {
    if (known.has(id)) continue;
    const storage = await worker.getDurableObjectStorage("RUNS", { id });
    const tables = await storage.exec("SELECT name FROM sqlite_master WHERE name = 'log'");
    if (tables.length > 0) known.add(id);
  }
  return [...known].toSorted();
}

async function dumpStorage(harness: TestHarness, known: Set<string>): Promise<string> {
  const db = await database(harness);
  const { results: tables } = await db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    )
    .all<{ name: string }>();
  const rows: unknown[] = [];
  for (const { name } of tables) {
    rows.push(name, (await db.prepare(`SELECT * FROM "${name}"`).all()).results);
  }
  const worker = harness.getWorker<Bindings>();
  for (const id of await listRunObjects(harness, known)) {
    const storage = await worker.getDurableObjectStorage("RUNS", { id });
    rows.push(id, await storage.exec("SELECT * FROM log"), await storage.exec("SELECT * FROM doc"));
  }
  return JSON.stringify(rows);
}
