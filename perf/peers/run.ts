/**
 * `npm run perf:peers [jobs] [--only NAME …]`: the main job and three others beside the peers, on this
 * machine, in one run: three rounds, interleaved; one that is not measured rests. Prints what each
 * figure of the scoreboard is, and fails when one of them misses its target. The peers are installed
 * apart (`npm ci --prefix perf/peers`); one that cannot run here is named and not measured.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { CLIENTS, closeConnections } from "../http-client.ts";
import { countSyncs, cpuMs } from "../runtime-process.ts";
import { machine, measureRate, median, pause } from "../statistics.ts";
import { type Job, JOBS, openSides, type Side } from "./sides.ts";

const ROUNDS = 3;
const GAP_MS = 14;

const { values, positionals } = parseArgs({
  options: { only: { type: "string", multiple: true } },
  allowPositionals: true,
});
const SAMPLES = Number(positionals[0] ?? 60);

interface Figures {
  /** ms of one job by one client, without its gaps. */
  p50: number[];
  rate: Partial<Record<Job, number[]>>;
  /** CPU of its processes, ms a main job. */
  cpu: number[];
  /** Calls of fsync a main job; absent: not counted, with the reason. */
  syncs: number | string;
}

async function measure(side: Side, figures: Figures): Promise<void> {
  side.goOn();
  figures.p50.push(await oneClient(side));
  for (const job of JOBS) {
    const run = side.run[job];
    if (!run) continue;
    const count = SAMPLES * 4;
    const cpuBefore = cpuOf(side);
    const startedAt = performance.now();
    await measureRate(() => run(async () => {}), count);
    await side.settled();
    (figures.rate[job] ??= []).push(count / ((performance.now() - startedAt) / 1000));
    if (job === "main") figures.cpu.push((cpuOf(side) - cpuBefore) / count);
  }
  side.rest();
}

async function oneClient(side: Side): Promise<number> {
  const times: number[] = [];
  for (let job = 0; job < SAMPLES; job++) {
    let gaps = 0;
    const gap = async () => {
      const from = performance.now();
      await pause(GAP_MS);
      gaps += performance.now() - from;
    };
    const from = performance.now();
    await side.run.main?.(gap);
    times.push(performance.now() - from - gaps);
    await pause(GAP_MS);
  }
  return median(times);
}

function cpuOf(side: Side): number {
  return side.pids().reduce((sum, pid) => sum + cpuMs(pid), 0);
}

/** After the rounds: a tracer slows down what it looks at. */
async function syncsOf(side: Side): Promise<number | string> {
  const count = SAMPLES;
  side.goOn();
  const counted = await countSyncs(side.pids(), async () => {
    await measureRate(() => side.run.main?.(async () => {}) ?? Promise.resolve(), count);
    await side.settled();
    await pause(500);
  });
  side.rest();
  if (!counted.ok) return counted.reason;
  return Object.values(counted.syncs).reduce((sum, each) => sum + each, 0) / count;
}

interface Target {
  row: string;
  what: string;
  of: (ours: Figures, theirs: Figures) => number;
  beside: string;
  atLeast?: number;
  atMost?: number;
}

const rateOf = (job: Job) => (ours: Figures, theirs: Figures) =>
  median(ratios(ours.rate[job], theirs.rate[job]));

const ratios = (ours: readonly number[] = [], theirs: readonly number[] = []) =>
  ours.map((one, round) => one / (theirs[round] ?? Number.NaN));

const FLARE = "Cloudflare Workflows";
const TARGETS: readonly Target[] = [
  {
    row: "P3",
    what: "three effects in the process, runs/s",
    of: rateOf("effects"),
    beside: FLARE,
    atLeast: 2,
  },
  {
    row: "P3",
    what: "three effects over HTTP, runs/s",
    of: rateOf("http"),
    beside: FLARE,
    atLeast: 2.5,
  },
  { row: "P4", what: "ten pure steps, runs/s", of: rateOf("pure"), beside: FLARE, atLeast: 5 },
  { row: "P4", what: "ten pure steps, runs/s", of: rateOf("pure"), beside: "DBOS", atLeast: 1.2 },
  {
    row: "P4",
    what: "ten pure steps, runs/s",
    of: rateOf("pure"),
    beside: "Restate",
    atLeast: 1.2,
  },
  { row: "P10", what: "main job, jobs/s", of: rateOf("main"), beside: FLARE, atLeast: 2 },
  { row: "P10", what: "main job, jobs/s", of: rateOf("main"), beside: "DBOS", atLeast: 1.2 },
  {
    row: "P11",
    what: "main job, one client, p50",
    of: (a, b) => median(ratios(a.p50, b.p50)),
    beside: FLARE,
    atMost: 0.6,
  },
  {
    row: "P11",
    what: "main job, one client, p50",
    of: (a, b) => median(ratios(a.p50, b.p50)),
    beside: "DBOS",
    atMost: 0.7,
  },
  {
    row: "P12",
    what: "CPU of the runtime a main job",
    of: (a, b) => median(ratios(a.cpu, b.cpu)),
    beside: FLARE,
    atMost: 0.4,
  },
];

function report(all: ReadonlyMap<Side, Figures>): boolean {
  console.log(
    `${ROUNDS} interleaved rounds: ${SAMPLES} main jobs with one client (${GAP_MS} ms between calls), ${SAMPLES * 4} of each job with ${CLIENTS} clients; medians; ${machine()}\n`,
  );
  for (const [{ name, store }, { p50, rate, cpu, syncs }] of all) {
    const rates = JOBS.flatMap((job) => {
      const seen = rate[job];
      return seen ? [`${job} ${median(seen).toFixed(0)}/s`] : [];
    });
    const synced =
      typeof syncs === "number"
        ? `${syncs.toFixed(1)} fsyncs a job`
        : `fsyncs not counted: ${syncs}`;
    console.log(`${name} (${store})`);
    console.log(
      `  one client, p50 ${median(p50).toFixed(1)} ms; ${rates.join(", ")}; CPU ${median(cpu).toFixed(1)} ms a job; ${synced}`,
    );
  }
  const named = new Map([...all].map(([{ name }, figures]) => [name, figures]));
  const ours = named.get("this service");
  let isMet = true;
  console.log("");
  for (const { row, what, of, beside, atLeast, atMost } of TARGETS) {
    const theirs = named.get(beside);
    if (!ours || !theirs) continue;
    const figure = of(ours, theirs);
    const isGood = atLeast === undefined ? figure <= (atMost ?? 0) : figure >= atLeast;
    isMet &&= isGood;
    const target = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
    console.log(
      `${row.padEnd(4)} ${what}, beside ${beside}: ${figure.toFixed(2)} × (target ${target}) ${isGood ? "met" : "missed"}`,
    );
  }
  return isMet;
}

async function main(): Promise<void> {
  if (!existsSync(new URL("node_modules", import.meta.url)))
    throw new Error("the peers are not installed: run `npm ci --prefix perf/peers` once");
  const { all, missing, close } = await openSides(values.only ?? []);
  const figures = new Map<Side, Figures>(
    all.map((side) => [side, { p50: [], rate: {}, cpu: [], syncs: "not yet" }]),
  );
  try {
    for (const side of all) {
      side.goOn();
      await measureRate(() => side.run.main?.(async () => {}) ?? Promise.resolve(), 40);
      await side.settled();
      side.rest();
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [side, one] of figures) await measure(side, one);
    }
    for (const [side, one] of figures) one.syncs = await syncsOf(side);
    const isMet = report(figures);
    for (const one of missing) console.log(`${one.name} was not run: ${one.missing} is missing`);
    process.exitCode = isMet ? 0 : 1;
  } finally {
    closeConnections();
    await close();
  }
}

await main();
