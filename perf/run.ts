/**
 * `npm run perf`: start and resume beside the floor of the platform, in one run. Ratios are what
 * counts; times are printed for orientation. Usage: `npm run perf [samples]`.
 */
import { closeConnections, CLIENTS, send, timed } from "./http-client.ts";
import { answer, idOf, start } from "./main-job.ts";
import { openRig, type Rig } from "./rig.ts";
import { openDatabases } from "./runtime-process.ts";
import { machine, measureRate, median, pause, percentile } from "./statistics.ts";

const SAMPLES = Number(process.argv[2] ?? 200);
const GAP_MS = 14;
const ROUNDS = 3;
/** The runtime closes objects about ten seconds after the last call. */
const CLOSED_WITHIN_MS = 60_000;

let names = 0;
const newName = () => `floor-${(names += 1)}`;

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
    const [startMs, started] = await timed(() => start(rig), 202);
    await pause(GAP_MS * 4);
    const [existingMs] = await timed(floor(rig, name), 200);
    await pause(GAP_MS);
    const id = idOf(started.body);
    const [resumeMs] = await timed(() => answer(rig, id), 200);
    await pause(GAP_MS);
    seen.newObject.push(newMs);
    seen.start.push(startMs);
    seen.existingObject.push(existingMs);
    seen.resume.push(resumeMs);
  }
  return seen;
}

type Evicted = { ok: true; existing: number[]; resume: number[] } | { ok: false; reason: string };

/** Answers to runs whose objects the runtime has closed; that it has is seen in what it has open. */
async function measureEvicted(rig: Rig): Promise<Evicted> {
  const ids: string[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    ids.push(idOf((await timed(() => start(rig), 202))[1].body));
  }
  const since = performance.now();
  while (openDatabases(rig.pid, "RunObject") > 0) {
    if (performance.now() - since > CLOSED_WITHIN_MS) {
      return { ok: false, reason: "the runtime keeps objects open" };
    }
    await pause(500);
  }
  const name = newName();
  await timed(floor(rig, name), 200);
  const seen = { ok: true as const, existing: [] as number[], resume: [] as number[] };
  for (const id of ids) {
    await pause(GAP_MS);
    seen.existing.push((await timed(floor(rig, name), 200))[0]);
    await pause(GAP_MS);
    seen.resume.push((await timed(() => answer(rig, id), 200))[0]);
  }
  return seen;
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
    await warmUp(rig, 20);
    const rounds: Latencies[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measureLatency(rig));
    report(rounds);
    reportEvicted(await measureEvicted(rig));
    await reportRates(rig);
  } finally {
    closeConnections();
    await rig.close();
  }
}

async function warmUp(rig: Rig, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    await timed(floor(rig, newName()), 200);
    await timed(() => start(rig), 202);
  }
}

function report(rounds: Latencies[]): void {
  console.log(
    `${ROUNDS} rounds of ${SAMPLES} samples, one client, ${GAP_MS} ms between calls, ${machine()}\n`,
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

function reportEvicted(seen: Evicted): void {
  const title = "P2 resume, evicted / (insert, existing)  ";
  if (!seen.ok) {
    console.log(`${title}not measured: ${seen.reason}`);
    return;
  }
  const [resume, existing] = [median(seen.resume), median(seen.existing)];
  console.log(
    `${title}${(resume / existing).toFixed(2)}  (target ≤ 4; ${resume.toFixed(2)} ms beside ${existing.toFixed(2)} ms, ${seen.resume.length} samples)`,
  );
}

async function reportRates(rig: Rig): Promise<void> {
  const calls = Math.max(SAMPLES * 4, 200);
  const ratios: number[] = [];
  const database = await rig.database();
  for (let round = 0; round < ROUNDS; round++) {
    const floorRate = await measureRate(() => timed(floor(rig, newName()), 200), calls);
    const known = await database.prepare("SELECT count(*) AS n FROM runs").first<{ n: number }>();
    const startRate = await measureRate(() => timed(() => start(rig), 202), calls);
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
