/**
 * `npm run perf:cost [jobs]`: what a main job costs the runtime: CPU time and calls of fsync a job, jobs a
 * second, and the time that one client waits. Background work is counted: each part ends when D1 has
 * all runs. `--beside FOLDER` measures the bundle of another commit in turns with this one (the
 * output folder of `wrangler deploy --dry-run` there).
 */
import { parseArgs } from "node:util";
import { CLIENTS, closeConnections } from "./http-client.ts";
import { mainJob } from "./main-job.ts";
import { openRig, type Rig } from "./rig.ts";
import { type Counted, countSyncs, cpuMs, type Syncs } from "./runtime-process.ts";
import { machine, measureRate, median, pause } from "./statistics.ts";

const ROUNDS = 3;
const GAP_MS = 14;
const TARGET_SYNCS = 10;

const { values, positionals } = parseArgs({
  options: { beside: { type: "string" } },
  allowPositionals: true,
});
const JOBS = Number(positionals[0] ?? 100);

interface Side {
  name: string;
  rig: Rig;
  jobs: number;
  p50: number[];
  parts: Record<"start" | "answer" | "decide", number[]>;
  rate: number[];
  cpu: number[];
}

async function openSide(name: string, bundle?: string): Promise<Side> {
  const rig = await openRig(bundle === undefined ? {} : { bundle });
  const parts = { start: [], answer: [], decide: [] };
  return { name, rig, jobs: 0, p50: [], parts, rate: [], cpu: [] };
}

/** Until D1 has every run as completed: work in the background counts. */
async function untilProjected({ rig, jobs }: Side): Promise<void> {
  const database = await rig.database();
  const query = "SELECT count(*) AS n FROM runs WHERE status = 'completed'";
  for (;;) {
    const row = await database.prepare(query).first<{ n: number }>();
    if ((row?.n ?? 0) >= jobs) return;
    await pause(20);
  }
}

async function latency(side: Side): Promise<void> {
  const times = [];
  for (let job = 0; job < JOBS; job++) {
    times.push(await mainJob(side.rig, () => pause(GAP_MS)));
    await pause(GAP_MS);
  }
  side.jobs += JOBS;
  await untilProjected(side);
  side.p50.push(median(times.map(({ whole }) => whole)));
  for (const part of ["start", "answer", "decide"] as const) {
    side.parts[part].push(median(times.map((one) => one[part])));
  }
}

async function rate(side: Side): Promise<void> {
  const jobs = JOBS * 4;
  const cpuBefore = cpuMs(side.rig.pid);
  const startedAt = performance.now();
  await measureRate(() => mainJob(side.rig), jobs);
  side.jobs += jobs;
  await untilProjected(side);
  side.rate.push(jobs / ((performance.now() - startedAt) / 1000));
  side.cpu.push((cpuMs(side.rig.pid) - cpuBefore) / jobs);
}

/** In an own part: the tracer slows the runtime down. */
function syncs(side: Side, atOnce: boolean): Promise<Counted> {
  return countSyncs([side.rig.pid], async () => {
    if (atOnce) await measureRate(() => mainJob(side.rig), JOBS);
    else for (let job = 0; job < JOBS; job++) await mainJob(side.rig, () => pause(GAP_MS * 4));
    side.jobs += JOBS;
    await untilProjected(side);
    await pause(500);
  });
}

function report({ name, p50, parts, rate: rates, cpu }: Side): void {
  const ms = (all: readonly number[]) => median(all).toFixed(1);
  console.log(`\n${name}`);
  console.log(
    `  one client, p50        ${ms(p50)} ms (start ${ms(parts.start)}, answer ${ms(parts.answer)}, decide ${ms(parts.decide)})`,
  );
  console.log(`  ${CLIENTS} clients             ${median(rates).toFixed(0)} jobs/s`);
  console.log(`  P12 CPU of the runtime ${median(cpu).toFixed(1)} ms a job`);
}

function reportSyncs(clients: number, counted: Counted): void {
  const title = `  P12 fsyncs, ${clients} client${clients === 1 ? " " : "s"}`.padEnd(25);
  if (!counted.ok) {
    console.log(`${title}not counted: ${counted.reason}`);
    return;
  }
  const each = (count: number) => (count / JOBS).toFixed(1);
  const all = Object.values(counted.syncs).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(counted.syncs satisfies Syncs)
    .map(([owner, count]) => `${owner} ${each(count)}`)
    .join(", ");
  console.log(`${title}${each(all)} a job (target ≤ ${TARGET_SYNCS}): ${parts}`);
}

async function main(): Promise<void> {
  const sides = [await openSide("this commit")];
  if (values.beside !== undefined) sides.push(await openSide("beside it", values.beside));
  try {
    for (const side of sides) {
      await measureRate(() => mainJob(side.rig), 50);
      side.jobs += 50;
      await untilProjected(side);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of sides) await latency(side);
      for (const side of sides) await rate(side);
    }
    console.log(
      `${ROUNDS} rounds of ${JOBS} jobs with one client (${GAP_MS} ms between calls) and ${JOBS * 4} with ${CLIENTS}, ${machine()}`,
    );
    for (const side of sides) {
      report(side);
      reportSyncs(1, await syncs(side, false));
      reportSyncs(CLIENTS, await syncs(side, true));
    }
  } finally {
    closeConnections();
    for (const { rig } of sides) await rig.close();
  }
}

await main();
