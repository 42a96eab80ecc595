/**
 * `npm run soak [-- --minutes 60]`: main jobs at 70 % of the rate that was measured first, with 50
 * event streams open. Memory, open files, p95 of the calls and the runs that D1 does not have yet are
 * sampled; each must be as level in the last third as in the middle third. Without `--minutes` it is
 * the short form of two minutes, at half the rate: what it is measured with runs on the same cores.
 */
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CLIENTS, closeConnections, timed } from "./http-client.ts";
import { idOf, mainJob, start } from "./main-job.ts";
import { openRig, type Rig } from "./rig.ts";
import { machine, measureRate, median, pause, percentile } from "./statistics.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "2" } } });
const MINUTES = Number(values.minutes);
const IS_SHORT = MINUTES <= 2;
const SHARE = IS_SHORT ? 0.5 : 0.7;
const STREAMS = 50;
/** Of one principal and run at most 20 streams are open. */
const STREAMS_A_RUN = 10;
const SAMPLES = 60;
const CALIBRATION_JOBS = 400;

/**
 * How much more the last third may have than the middle third. A leak of one kB a call shows in the
 * hour, one of 100 kB in the short form.
 */
const MOST = { memory: 1.15, files: 1.15, p95: IS_SHORT ? 4 : 2, lag: 2 };
/** A smaller rise is no finding: jobs that are under way at this moment, a pause of the machine. */
const LEAST = { memory: 0, files: 50, p95: 20, lag: CLIENTS * 2 };

type Figure = keyof typeof MOST;
type Sample = Record<Figure, number>;

interface Load {
  ended: number;
  failed: number;
  /** ms of each call since the last sample. */
  calls: number[];
}

/** Jobs at a set rate: a slow answer does not slow down those who come after it. */
async function load(rig: Rig, jobsPerS: number, until: number, seen: Load): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const from = performance.now();
  for (let job = 0; Date.now() < until; job++) {
    await pause(Math.max(0, from + (job / jobsPerS) * 1000 - performance.now()));
    // Beyond it the clients would be what is measured.
    while (underWay.size >= CLIENTS * 4) await Promise.race(underWay);
    const work = oneJob(rig, seen).finally(() => underWay.delete(work));
    underWay.add(work);
  }
  await Promise.all(underWay);
}

async function oneJob(rig: Rig, seen: Load): Promise<void> {
  try {
    const { start: first, answer, decide } = await mainJob(rig);
    seen.ended += 1;
    seen.calls.push(first, answer, decide);
  } catch (error) {
    seen.failed += 1;
    console.log(`a job failed: ${String(error)}`);
  }
}

/** Streams of runs that wait: each is read to its end, which comes when it is given up. */
async function openStreams(rig: Rig): Promise<() => Promise<number>> {
  const stop = new AbortController();
  const readers: Promise<"broken" | "open">[] = [];
  for (let run = 0; run < STREAMS / STREAMS_A_RUN; run++) {
    const [, started] = await timed(() => start(rig), 202);
    const url = new URL(`/v1/executions/${idOf(started.body)}/events`, rig.url);
    for (let each = 0; each < STREAMS_A_RUN; each++) readers.push(read(url, rig.key, stop.signal));
  }
  return async () => {
    const broken = readers.map((one) => Promise.race([one, pause(0).then(() => "open" as const)]));
    const count = (await Promise.all(broken)).filter((one) => one === "broken").length;
    stop.abort();
    await Promise.all(readers);
    return count;
  };
}

async function read(url: URL, key: string, signal: AbortSignal): Promise<"broken" | "open"> {
  try {
    const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
    const response = await fetch(url, { headers, signal });
    if (response.status !== 200) throw new Error(`${response.status} of a stream`);
    await response.body?.pipeTo(new WritableStream());
    return "broken";
  } catch (error) {
    if (signal.aborted) return "open";
    throw error;
  }
}

async function sample(rig: Rig, seen: Load, before: number): Promise<Sample> {
  const status = readFileSync(`/proc/${rig.pid}/status`, "utf8");
  const database = await rig.database();
  const query = "SELECT count(*) AS n FROM runs WHERE status = 'completed'";
  const ended = seen.ended;
  const row = await database.prepare(query).first<{ n: number }>();
  return {
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    files: readdirSync(`/proc/${rig.pid}/fd`).length,
    p95: percentile(seen.calls.splice(0), 0.95),
    lag: Math.max(0, before + ended - (row?.n ?? 0)),
  };
}

/** Whether the last third is level with the middle one. */
function isLevel(name: Figure, unit: string, samples: readonly Sample[]): boolean {
  const all = samples.map((one) => one[name]).filter((one) => !Number.isNaN(one));
  const third = Math.floor(all.length / 3);
  const middle = median(all.slice(third, third * 2));
  const last = median(all.slice(third * 2));
  const level = last <= Math.max(middle * MOST[name], middle + LEAST[name]);
  console.log(
    `${name.padEnd(7)} ${middle.toFixed(1)} → ${last.toFixed(1)} ${unit} (at most ${MOST[name]} ×) ${level ? "level" : "RISES"}`,
  );
  return level;
}

async function main(): Promise<void> {
  const rig = await openRig();
  try {
    await measureRate(() => mainJob(rig), 100);
    const rate = await measureRate(() => mainJob(rig), CALIBRATION_JOBS);
    const jobsPerS = rate * SHARE;
    const closeStreams = await openStreams(rig);
    console.log(
      `${MINUTES} minutes at ${jobsPerS.toFixed(1)} jobs/s (${SHARE * 100} % of ${rate.toFixed(1)}), ${STREAMS} streams open, ${machine()}`,
    );
    const seen: Load = { ended: 0, failed: 0, calls: [] };
    const until = Date.now() + MINUTES * 60_000;
    const loaded = load(rig, jobsPerS, until, seen);
    const samples: Sample[] = [];
    while (Date.now() < until - 1_000) {
      await pause((MINUTES * 60_000) / SAMPLES);
      samples.push(await sample(rig, seen, 100 + CALIBRATION_JOBS));
    }
    await loaded;
    const broken = await closeStreams();
    console.log(
      `${seen.ended} jobs, ${seen.failed} failed; ${broken} of ${STREAMS} streams broken`,
    );
    const level = [
      isLevel("memory", "MiB", samples),
      isLevel("files", "open", samples),
      isLevel("p95", "ms a call", samples),
      isLevel("lag", "runs not in D1 yet", samples),
    ];
    process.exitCode = level.every(Boolean) && seen.failed === 0 && broken === 0 ? 0 : 1;
  } finally {
    closeConnections();
    await rig.close();
  }
}

await main();
