/**
 * `npm run perf:long [rounds]`: what a long run costs (P5, P14): 500 steps with outputs of 1 kB, a
 * context near its limit of 1 MiB, and a history of 5,000 events. Times are those that the log of the
 * run has, so that one part of a run is compared with another part of the same run. Fails beyond the
 * targets.
 */
import { readFileSync } from "node:fs";
import { historySchema, runSchema } from "#model/run.ts";
import { closeConnections, send, timed } from "./http-client.ts";
import { type LocalApi, openLocalApi } from "./local-api.ts";
import { openRig, type Rig } from "./rig.ts";
import { machine, median, pause } from "./statistics.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const STEPS = 500;
const TRIES = 5;
const READS = 40;
const P5 = 1.3;
const P14 = 1.5;
/** The second half of the reads may leave at most so much more behind. */
const LEVEL_MIB = 32;

interface LongRun {
  id: string;
  /** ms from the start of the run until each step has completed. */
  completedMs: number[];
  events: number;
}

function steps(host: string, path: string): object[] {
  return Array.from({ length: STEPS }, (_, each) => ({
    id: `s${each}`,
    name: `Step ${each}`,
    type: "api_call",
    config: { url: `http://${host}/${path}/${each}`, method: "GET" },
    next: each + 1 < STEPS ? `s${each + 1}` : null,
    retry: { max_attempts: TRIES, initial_delay_ms: 1, max_delay_ms: 1, backoff: "fixed" },
  }));
}

async function save(rig: Rig, api: LocalApi, path: string): Promise<void> {
  const body = { id: path, name: path, start_step: "s0", steps: steps(api.host, path) };
  await timed(() => send(new URL("/v1/workflows", rig.url), "POST", rig.key, body), 201);
}

async function run(rig: Rig, workflow: string): Promise<LongRun> {
  const body = { workflow_id: workflow };
  const url = new URL("/v1/executions", rig.url);
  const [, started] = await timed(() => send(url, "POST", rig.key, body), 202);
  const { id } = runSchema.parse(JSON.parse(started.body));
  for (;;) {
    const [, answer] = await timed(
      () => send(new URL(`/v1/executions/${id}`, rig.url), "GET", rig.key),
      200,
    );
    const { status } = runSchema.parse(JSON.parse(answer.body));
    if (status === "completed") break;
    if (status !== "running") throw new Error(answer.body);
    await pause(200);
  }
  const [, answer] = await timed(
    () => send(new URL(`/v1/executions/${id}/history`, rig.url), "GET", rig.key),
    200,
  );
  const { events } = historySchema.parse(JSON.parse(answer.body));
  const from = Date.parse(events[0]?.at ?? "");
  const completed = events.filter(({ type }) => type === "step.completed");
  return {
    id,
    completedMs: completed.map(({ at }) => Date.parse(at) - from),
    events: events.length,
  };
}

/** ms a step, between two steps of a run. */
function perStep({ completedMs }: LongRun, from: number, to: number): number {
  return ((completedMs[to] ?? Number.NaN) - (completedMs[from] ?? Number.NaN)) / (to - from);
}

let isMet = true;

function figure(name: string, value: number, target: number, unit = "×"): void {
  isMet &&= value <= target;
  const verdict = value <= target ? "met" : "missed";
  console.log(`${name}: ${value.toFixed(2)} ${unit} (target ≤ ${target}) ${verdict}`);
}

async function measureSteps(rig: Rig, workflow: string, what: string): Promise<LongRun | null> {
  const runs: LongRun[] = [];
  for (let round = 0; round < ROUNDS; round++) runs.push(await run(rig, workflow));
  const of = (from: number, to: number) => runs.map((one) => perStep(one, from, to));
  const ratio = (one: number[], other: number[]) =>
    median(one.map((ms, round) => ms / (other[round] ?? Number.NaN)));
  console.log(
    `\n${what}: ${ROUNDS} runs of ${STEPS} steps, ${runs[0]?.events} events each, ${median(of(20, 200)).toFixed(1)} ms a step`,
  );
  figure("P5  steps 200–400 against 20–200", ratio(of(200, 400), of(20, 200)), P5);
  figure(
    "P14 the last 20 steps against those around the tenth",
    ratio(of(479, 499), of(1, 21)),
    P14,
  );
  return runs.at(-1) ?? null;
}

/** Resident memory of the runtime, MiB. */
function memoryMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Reads the longest run again and again: what is left behind must not grow with the reads. */
async function measureReads(rig: Rig, { id }: LongRun): Promise<void> {
  const path = `/v1/executions/${id}`;
  const read = async (part: string) => {
    const [ms, answer] = await timed(
      () => send(new URL(`${path}${part}`, rig.url), "GET", rig.key),
      200,
    );
    return { ms, bytes: Buffer.byteLength(answer.body) };
  };
  console.log(`\nReading it, ${READS} times each, four at a time`);
  for (const part of ["", "/history", "/context", "/events"]) {
    const seen: { ms: number; bytes: number }[] = [];
    const half = async () => {
      for (let each = 0; each < READS / 2; each += 4) {
        seen.push(...(await Promise.all([1, 2, 3, 4].map(() => read(part)))));
      }
      return memoryMib(rig.pid);
    };
    const before = memoryMib(rig.pid);
    const middle = await half();
    const after = await half();
    const first = seen[0];
    console.log(
      `GET ${part || "the run"}: ${((first?.bytes ?? 0) / 1024).toFixed(0)} KiB, p50 ${median(seen.map(({ ms }) => ms)).toFixed(0)} ms, memory ${before.toFixed(0)} → ${middle.toFixed(0)} → ${after.toFixed(0)} MiB`,
    );
    figure(
      `P14 memory left behind by the second half of ${part || "the run"}`,
      after - middle,
      LEVEL_MIB,
      "MiB",
    );
  }
}

async function main(): Promise<void> {
  const failures = new Map<string, number>();
  const api = await openLocalApi(({ url = "" }) => {
    const [, path = ""] = url.split("/");
    if (path === "tries") {
      const failed = failures.get(url) ?? 0;
      const isLast = failed % TRIES === TRIES - 1;
      failures.set(url, failed + 1);
      if (!isLast) return { status: 503, body: { error: "not yet" } };
    }
    const length = path === "full" ? 1_870 : 950;
    return { status: 200, body: { text: "x".repeat(path === "tries" ? 100 : length) } };
  });
  const rig = await openRig({ bindings: { API_CALL_ALLOW_HTTP_HOSTS: api.host } });
  try {
    console.log(machine());
    for (const path of ["kilobyte", "full", "tries"]) await save(rig, api, path);
    await measureSteps(rig, "kilobyte", "Outputs of 1 kB");
    const full = await measureSteps(rig, "full", "A context near 1 MiB");
    const long = await measureSteps(rig, "tries", "A history of 5,000 events");
    if (full) await measureReads(rig, full);
    if (long) await measureReads(rig, long);
  } finally {
    closeConnections();
    await rig.close();
    api.close();
  }
  process.exitCode = isMet ? 0 : 1;
}

await main();
