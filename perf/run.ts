/**
 * `npm run perf`: start and resume beside the floor of the platform, in one run. Ratios are what
 * counts; times are printed for orientation. Usage: `npm run perf [samples]`.
 */
import { cpus } from "node:os";
import { Agent, request as httpRequest } from "node:http";
import { openRig, type Rig } from "./rig.ts";

const SAMPLES = Number(process.argv[2] ?? 200);
const GAP_MS = 14;
const CLIENTS = 16;
const ROUNDS = 3;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

interface Answer {
  status: number;
  body: string;
}

function send(url: URL, method: string, key?: string, body?: object): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      url,
      {
        method,
        agent,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (answer += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: answer }));
      },
    );
    call.once("error", reject);
    call.end(text);
  });
}

async function timed(work: () => Promise<Answer>, expected: number): Promise<[number, Answer]> {
  const startedAt = performance.now();
  const answer = await work();
  const ms = performance.now() - startedAt;
  if (answer.status !== expected) throw new Error(`${answer.status}: ${answer.body}`);
  return [ms, answer];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function median(values: number[]): number {
  return percentile(values, 0.5);
}

let names = 0;
const newName = () => `floor-${(names += 1)}`;

const START = { workflow_id: "content_draft_flow" };
const ANSWERS = { inputs: { topic: "Launch", audience: "SMB" } };

const start = (rig: Rig) => () => send(new URL("/v1/executions", rig.url), "POST", rig.key, START);
const floor = (rig: Rig, name: string) => () => send(new URL(`/${name}`, rig.floorUrl), "GET");

interface Latencies {
  start: number[];
  resume: number[];
  newObject: number[];
  existingObject: number[];
}

/** One client, interleaved, with a gap between calls. */
async function measureLatency(rig: Rig): Promise<Latencies> {
  const seen: Latencies = { start: [], resume: [], newObject: [], existingObject: [] };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const name = newName();
    const [newMs] = await timed(floor(rig, name), 200);
    await pause(GAP_MS);
    const [startMs, started] = await timed(start(rig), 202);
    await pause(GAP_MS * 4);
    const [existingMs] = await timed(floor(rig, name), 200);
    await pause(GAP_MS);
    const { id } = JSON.parse(started.body) as { id: string };
    const resumeUrl = new URL(`/v1/executions/${id}/resume`, rig.url);
    const [resumeMs] = await timed(() => send(resumeUrl, "POST", rig.key, ANSWERS), 200);
    await pause(GAP_MS);
    seen.newObject.push(newMs);
    seen.start.push(startMs);
    seen.existingObject.push(existingMs);
    seen.resume.push(resumeMs);
  }
  return seen;
}

/** Calls a second at 16 clients. */
async function measureRate(work: () => Promise<unknown>, calls: number): Promise<number> {
  let left = calls;
  const startedAt = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return calls / ((performance.now() - startedAt) / 1000);
}

/** Until D1 has all runs: work in the background counts. */
async function untilProjected(rig: Rig, runs: number): Promise<void> {
  const database = await rig.database();
  for (;;) {
    const row = await database.prepare("SELECT count(*) AS n FROM runs").first<{ n: number }>();
    if ((row?.n ?? 0) >= runs) return;
    await pause(20);
  }
}

async function main(): Promise<void> {
  const rig = await openRig();
  try {
    await measureLatencyOnce(rig, 20);
    const rounds: Latencies[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measureLatency(rig));
    report(rounds);
    await reportRates(rig);
  } finally {
    agent.destroy();
    await rig.close();
  }
}

/** Warms both sides up. */
async function measureLatencyOnce(rig: Rig, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    await timed(floor(rig, newName()), 200);
    await timed(start(rig), 202);
  }
}

function report(rounds: Latencies[]): void {
  console.log(
    `${ROUNDS} rounds of ${SAMPLES} samples, one client, ${GAP_MS} ms between calls, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  const of = (kind: keyof Latencies, share: number) =>
    median(rounds.map((round) => percentile(round[kind], share)));
  for (const kind of ["newObject", "start", "existingObject", "resume"] as const) {
    const p50 = of(kind, 0.5).toFixed(2);
    console.log(`${kind.padEnd(16)} p50 ${p50} ms   p95 ${of(kind, 0.95).toFixed(2)} ms`);
  }
  const ratio = (kind: keyof Latencies, base: keyof Latencies) =>
    median(rounds.map((round) => median(round[kind]) / median(round[base]))).toFixed(2);
  console.log(
    `\nP1 start / (new object + 1 insert)       ${ratio("start", "newObject")}  (target ≤ 1.6)`,
  );
  console.log(
    `P2 resume / (insert, existing object)    ${ratio("resume", "existingObject")}  (target ≤ 2.5)`,
  );
}

async function reportRates(rig: Rig): Promise<void> {
  const calls = Math.max(SAMPLES * 4, 200);
  const ratios: number[] = [];
  const database = await rig.database();
  for (let round = 0; round < ROUNDS; round++) {
    const floorRate = await measureRate(async () => timed(floor(rig, newName()), 200), calls);
    const known = await database.prepare("SELECT count(*) AS n FROM runs").first<{ n: number }>();
    const startRate = await measureRate(async () => timed(start(rig), 202), calls);
    const startedAt = performance.now();
    await untilProjected(rig, (known?.n ?? 0) + calls);
    const tailS = (performance.now() - startedAt) / 1000;
    const whole = calls / (calls / startRate + tailS);
    ratios.push(whole / floorRate);
    console.log(
      `round ${round + 1}: floor ${floorRate.toFixed(0)}/s, starts ${startRate.toFixed(0)}/s, with their background work ${whole.toFixed(0)}/s`,
    );
  }
  console.log(
    `P1 start rate / floor at ${CLIENTS} clients          ${median(ratios).toFixed(2)}  (target ≥ 0.5)`,
  );
}

await main();
