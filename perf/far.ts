/**
 * `npm run perf:far`: what a caller waits for who is far from the database and from the run objects,
 * beside one who is near: 120 ms for a round trip to D1, 60 ms for one to an object. Ends with 1
 * when a route waits for more round trips to D1 than it may. Usage: `npm run perf:far [samples]`.
 *
 * Near and far calls alternate in one runtime. The local runtime has no copies of D1, so the
 * distance of a read from a copy is that of the primary here.
 */
import { cpus } from "node:os";
import { openCountingRig } from "./counting-rig.ts";

const SAMPLES = Number(process.argv[2] ?? 30);
const DATABASE_MS = 120;
const OBJECT_MS = 60;
/** Of a round trip: what the two cores do beside it. */
const SLACK = 0.25;
/**
 * Calls that may wait for one round trip more: a key is read again every five seconds, and the call
 * that comes then waits for it.
 */
const KEY_READS = 0.2;
/** Runs and the isolate's caches settle in between, as they do between calls of a person. */
const GAP_MS = 40;

/** A service, and a key that it looks up, as callers of a deployment have. */
interface Target {
  url: URL;
  key: string;
}

async function createKey(url: URL, key: string): Promise<string> {
  const response = await fetch(new URL("/v1/keys", url), {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "far", scopes: ["admin"] }),
  });
  return ((await response.json()) as { key: string }).key;
}

interface Call {
  ms: number;
  database: number;
  object: number;
  text: string;
}

async function call(
  { url, key }: Target,
  isFar: boolean,
  path: string,
  body?: object,
): Promise<Call> {
  const startedAt = performance.now();
  const response = await fetch(new URL(path, url), {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(isFar ? { "x-far": `${DATABASE_MS},${OBJECT_MS}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // A stream has come when its headers have.
  const isStream = path.endsWith("/events");
  const text = isStream ? "" : await response.text();
  const ms = performance.now() - startedAt;
  await (isStream ? response.body?.cancel() : undefined);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  const count = (name: string) => Number(response.headers.get(name));
  return { ms, database: count("x-d1-in-sequence"), object: count("x-object-in-sequence"), text };
}

interface Route {
  name: string;
  /** Round trips to D1 in sequence that it may wait for. */
  most: number;
  ask(target: Target, isFar: boolean, runId: string): Promise<Call>;
}

const START = { workflow_id: "content_draft_flow" };
const INPUTS = { inputs: { topic: "Launch", audience: "SMB" } };

const ROUTES: Route[] = [
  { name: "start", most: 1, ask: (target, isFar) => call(target, isFar, "/v1/executions", START) },
  {
    name: "answer",
    most: 0,
    ask: (target, isFar, id) => call(target, isFar, `/v1/executions/${id}/resume`, INPUTS),
  },
  {
    name: "read",
    most: 0,
    ask: (target, isFar, id) => call(target, isFar, `/v1/executions/${id}`),
  },
  {
    name: "history",
    most: 0,
    ask: (target, isFar, id) => call(target, isFar, `/v1/executions/${id}/history`),
  },
  {
    name: "stream",
    most: 0,
    ask: (target, isFar, id) => call(target, isFar, `/v1/executions/${id}/events`),
  },
  { name: "list", most: 1, ask: (target, isFar) => call(target, isFar, "/v1/executions") },
  {
    name: "workflow",
    most: 1,
    ask: (target, isFar) => call(target, isFar, "/v1/workflows/content_draft_flow"),
  },
];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function median(values: number[]): number {
  return (
    values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
  );
}

interface Measured {
  near: number;
  far: number;
  database: number;
  /** The share of calls that waited for more than the route may. */
  above: number;
  object: number;
}

async function measure(target: Target, route: Route): Promise<Measured> {
  const near: Call[] = [];
  const far: Call[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const [isFar, calls] of [
      [false, near],
      [true, far],
    ] as const) {
      // Near, so that the isolate has read the key a moment ago.
      const { text } = await call(target, false, "/v1/executions", START);
      await pause(GAP_MS);
      const { id } = JSON.parse(text) as { id: string };
      calls.push(await route.ask(target, isFar, id));
    }
  }
  return {
    near: median(near.map(({ ms }) => ms)),
    far: median(far.map(({ ms }) => ms)),
    database: median(far.map(({ database }) => database)),
    above: far.filter(({ database }) => database > route.most).length / far.length,
    object: Math.max(...far.map(({ object }) => object)),
  };
}

async function main(): Promise<void> {
  const rig = await openCountingRig();
  const target = { url: rig.url, key: await createKey(rig.url, rig.key) };
  try {
    console.log(
      `${SAMPLES} samples each, near and far in turns, one client, D1 ${DATABASE_MS} ms and objects ${OBJECT_MS} ms away, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}\n`,
    );
    console.log(
      "route       near p50   far p50   in sequence: objects   D1 (may)   key read   waited for D1",
    );
    for (const route of ROUTES) {
      const found = await measure(target, route);
      // The last call to an object is the floor; one before it is made beside D1 or waited for too.
      const floor = found.near + (found.object > 0 ? OBJECT_MS : 0);
      const waited = (found.far - floor) / DATABASE_MS;
      const isMissed = found.above > KEY_READS || waited > route.most + SLACK;
      if (isMissed) process.exitCode = 1;
      console.log(
        `${route.name.padEnd(10)} ${found.near.toFixed(1).padStart(6)} ms ${found.far.toFixed(1).padStart(6)} ms ${String(found.object).padStart(22)} ${String(found.database).padStart(7)} (${route.most}) ${`${(found.above * 100).toFixed(0)} %`.padStart(10)} ${waited.toFixed(2).padStart(12)} ${isMissed ? "missed" : ""}`,
      );
    }
  } finally {
    await rig.close();
  }
}

await main();
