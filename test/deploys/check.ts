/**
 * `npm run deploys-check`: a deployment in the middle of runs. The Worker of the previous release
 * speaks with run objects of this one and the other way round, as they do for some seconds while a
 * deployment spreads, and a run goes on from old code to new code and back. Needs the history of the
 * repository; not part of `npm test`.
 *
 *     npm run deploys-check
 *     npm run deploys-check -- --release <commit>
 */
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { ROOT } from "#cli/paths.ts";
import { seed } from "#cli/seed.ts";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import { type Client, createClient } from "../support/http.ts";
import { migrate } from "../support/migrate.ts";
import { bundleCommit, bundleCurrent, previousRelease } from "./releases.ts";

const KEY = `wo_deploysdep_${"d".repeat(32)}`;
const COMPATIBILITY = {
  compatibilityDate: "2026-10-20",
  compatibilityFlags: ["nodejs_compat", "global_fetch_strictly_public"],
};

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
const { values } = parseArgs({ options: { release: { type: "string" } } });
const release = values.release ?? previousRelease(version);

const folder = mkdtempSync(`${tmpdir()}/workflow-deploys-`);
const RELEASES = { old: `${folder}/old`, new: `${folder}/new` };
type Release = keyof typeof RELEASES;

/** The Worker that is asked, and the code of the run objects. */
interface Deployed {
  client: Client;
  close(): Promise<void>;
}

async function deploy(worker: Release, objects: Release, isFirst = false): Promise<Deployed> {
  const bindings = {
    ENVIRONMENT: "development",
    SERVER_SECRET: "a-server-secret-that-only-this-check-knows-41c7",
    DEV_API_KEY: KEY,
    LOG_LEVEL: "ERROR",
  };
  const codeOf = (name: Release) => ({
    modules: [{ type: "ESModule" as const, path: `${RELEASES[name]}/index.js` }],
    modulesRoot: RELEASES[name],
    ...COMPATIBILITY,
    bindings,
    d1Databases: { DB: "db" },
  });
  const meters = { METERS: { className: "MeterObject", useSQLite: true, scriptName: "current" } };
  const runs = { className: "RunObject", useSQLite: true };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: `${folder}/state`,
      workers: [
        {
          name: "front",
          ...codeOf(worker),
          durableObjects: { RUNS: { ...runs, scriptName: "objects" }, ...meters },
          unsafeDirectSockets: [{ port: 0 }],
        },
        { name: "objects", ...codeOf(objects), durableObjects: { RUNS: runs, ...meters } },
        {
          name: "current",
          ...codeOf("new"),
          durableObjects: {
            RUNS: { ...runs, scriptName: "objects" },
            METERS: { className: "MeterObject", useSQLite: true },
          },
        },
      ],
    }),
  );
  await miniflare.ready;
  if (isFirst) await migrate(await miniflare.getD1Database("DB", "front"));
  const { href } = await miniflare.unsafeGetDirectURL("front");
  if (isFirst) await seed({ url: href, key: KEY });
  return { client: createClient(href, KEY), close: () => miniflare.dispose() };
}

async function call(client: Client, path: string, body: object, expected: number): Promise<Run> {
  const answer = await client.post(path, body);
  if (answer.status !== expected) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return runSchema.parse(answer.json());
}

const RUNS = "/v1/executions";
const ANSWERS = { inputs: { topic: "Launch", audience: "SMB" } };
const APPROVED = { approvals: [{ step_id: "approval", approved: true }] };
const start = (client: Client) => call(client, RUNS, { workflow_id: "content_draft_flow" }, 202);
const answer = (client: Client, id: string) => call(client, `${RUNS}/${id}/resume`, ANSWERS, 200);
const approve = (client: Client, id: string) => call(client, `${RUNS}/${id}/resume`, APPROVED, 200);

function expectStatus({ id, status }: Run, expected: Run["status"]): void {
  if (status !== expected) throw new Error(`${id} is ${status}, not ${expected}`);
}

/** Everything that both releases know, on one pair of them. */
async function mainJob(client: Client): Promise<void> {
  const { id } = await start(client);
  expectStatus(await answer(client, id), "waiting");
  expectStatus(await approve(client, id), "completed");
  await readAll(client, id);
  const other = await start(client);
  expectStatus(await call(client, `${RUNS}/${other.id}/cancel`, {}, 200), "canceled");
  const keyed = { "idempotency-key": `deploys-${crypto.randomUUID()}` };
  const body = { workflow_id: "content_draft_flow" };
  const twice = [await client.post(RUNS, body, keyed), await client.post(RUNS, body, keyed)];
  const ids = new Set(twice.map((one) => runSchema.parse(one.json()).id));
  if (ids.size !== 1) throw new Error("one key made two runs");
}

async function readAll(client: Client, id: string): Promise<void> {
  for (const part of ["", "/history", "/context"]) {
    const { status, text } = await client.get(`${RUNS}/${id}${part}`);
    if (status !== 200) throw new Error(`${part}: ${status} ${text}`);
  }
}

/** One run from the old code to the new and back, and another the other way. */
async function goOn(order: readonly Release[]): Promise<void> {
  const keyed = { "idempotency-key": `deploys-${crypto.randomUUID()}` };
  const body = { workflow_id: "content_draft_flow" };
  const [first, second, third] = order;
  if (!first || !second || !third) throw new Error("three deployments");
  const id = await deployed(first, first, async (client) => {
    return runSchema.parse((await client.post(RUNS, body, keyed)).json()).id;
  });
  await deployed(second, second, async (client) => {
    // The key of before the deployment finds its run.
    const again = runSchema.parse((await client.post(RUNS, body, keyed)).json());
    if (again.id !== id) throw new Error("the key made a second run");
    expectStatus(await answer(client, id), "waiting");
  });
  await deployed(third, third, async (client) => {
    expectStatus(await approve(client, id), "completed");
    await readAll(client, id);
    const { events } = historySchema.parse((await client.get(`${RUNS}/${id}/history`)).json());
    const done = events.filter(({ type }) => type === "step.completed");
    const names = done.map(({ step_id }) => step_id).join(" ");
    if (names !== "form generate approval") throw new Error(`completed: ${names}`);
  });
}

let isFirst = true;
async function deployed<T>(
  worker: Release,
  objects: Release,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const running = await deploy(worker, objects, isFirst);
  isFirst = false;
  try {
    return await work(running.client);
  } finally {
    await running.close();
  }
}

const CHECKS: readonly [name: string, check: () => Promise<void>][] = [
  ["the new Worker, objects of the old release", () => deployed("new", "old", mainJob)],
  ["the old Worker, objects of the new release", () => deployed("old", "new", mainJob)],
  ["a run from old to new and back", () => goOn(["old", "new", "old"])],
  ["a run from new to old and back", () => goOn(["new", "old", "new"])],
];

try {
  await bundleCommit(release, RELEASES.old);
  await bundleCurrent(RELEASES.new);
  // Examples are seeded by the release that reads them with its own rules.
  await deployed("new", "new", async () => {});
  for (const [name, check] of CHECKS) {
    const failure = await check().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    console.log(`${failure === null ? "✓" : "✗"} ${name}${failure === null ? "" : `: ${failure}`}`);
    if (failure !== null) process.exitCode = 1;
  }
  console.log(`old: ${release.slice(0, 7)}, new: the working tree (${version})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
