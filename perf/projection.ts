/**
 * `npm run perf:projection`: how runs reach D1. Batches when a hundred runs settle within a second,
 * at once and evenly; then the whole main job (start, answer, model, approve) at 16 clients: jobs a
 * second, batches a job, and how long after its end D1 shows a run. Fails beyond the target of P12.
 * Usage: `npm run perf:projection [jobs] [rounds]`.
 */
import { Agent, request as httpRequest } from "node:http";
import { cpus } from "node:os";
import { openRig, type Rig } from "./rig.ts";

const JOBS = Number(process.argv[2] ?? 400);
const CLIENTS = 16;
const ROUNDS = Number(process.argv[3] ?? 3);
const BURST = 100;
const MOST_BATCHES = 10;

const agent = new Agent({ keepAlive: true, maxSockets: BURST });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Started {
  id: string;
}

function send<Answer>(rig: Rig, path: string, body: object, status: number): Promise<Answer> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${rig.key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    };
    const call = httpRequest(
      new URL(path, rig.url),
      { method: "POST", agent, headers },
      (answer) => {
        let received = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (received += chunk));
        answer.on("end", () => {
          if (answer.statusCode === status) resolve(JSON.parse(received) as Answer);
          else reject(new Error(`${path}: ${answer.statusCode} ${received}`));
        });
      },
    );
    call.once("error", reject);
    call.end(text);
  });
}

const start = (rig: Rig) =>
  send<Started>(rig, "/v1/executions", { workflow_id: "content_draft_flow" }, 202);

async function job(rig: Rig): Promise<void> {
  const { id } = await start(rig);
  const answer = (body: object) => send(rig, `/v1/executions/${id}/resume`, body, 200);
  await answer({ inputs: { topic: "Launch", audience: "SMB" } });
  await answer({ approvals: [{ step_id: "approval", approved: true }] });
}

/** Counters, once D1 has every run: a release without batches counts one for each projection. */
async function settled(rig: Rig, runs: number): Promise<{ batches: number; projections: number }> {
  const database = await rig.database();
  for (;;) {
    const row = await database
      .prepare(
        `SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM perf_seen) AS seen,
          (SELECT value FROM metrics WHERE name = 'counters') AS counters`,
      )
      .first<{ runs: number; seen: number; counters: string }>();
    await pause(300);
    const later = await database.prepare("SELECT count(*) AS seen FROM perf_seen").first<{
      seen: number;
    }>();
    if (!row || row.runs < runs || row.seen !== later?.seen) continue;
    const counters = JSON.parse(row.counters) as Record<string, number>;
    const projections = counters["projections"] ?? 0;
    return { projections, batches: counters["projection_batches"] ?? projections };
  }
}

/** When D1 took which state of a run, by D1's own clock. */
async function watch(rig: Rig): Promise<void> {
  const database = await rig.database();
  const trigger = (name: string, when: string) =>
    `CREATE TRIGGER ${name} AFTER ${when} ON runs BEGIN
       INSERT INTO perf_seen SELECT new.id, new.seq, new.updated_at, new.status,
         (julianday('now') - julianday(new.updated_at)) * 86400000; END`;
  await database
    .prepare("CREATE TABLE perf_seen (id TEXT, seq INTEGER, at TEXT, status TEXT, lag_ms REAL)")
    .run();
  await database.prepare(trigger("perf_inserted", "INSERT")).run();
  await database.prepare(trigger("perf_updated", "UPDATE")).run();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function lags(rig: Rig): Promise<number[]> {
  const database = await rig.database();
  const { results } = await database
    .prepare("SELECT lag_ms FROM perf_seen")
    .all<{ lag_ms: number }>();
  await database.prepare("DELETE FROM perf_seen").run();
  return results.map(({ lag_ms }) => lag_ms);
}

/** Batches of a hundred starts with so many ms from one to the next. */
async function burst(rig: Rig, gapMs: number, known: number): Promise<number> {
  const before = await settled(rig, known);
  const calls: Promise<Started>[] = [];
  for (let run = 0; run < BURST; run += 1) {
    calls.push(start(rig));
    if (gapMs > 0) await pause(gapMs);
  }
  await Promise.all(calls);
  return (await settled(rig, known + BURST)).batches - before.batches;
}

async function measureJobs(rig: Rig, known: number): Promise<void> {
  const before = await settled(rig, known);
  await lags(rig);
  let left = JOBS;
  const startedAt = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await job(rig);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await settled(rig, known + JOBS);
  const seen = await lags(rig);
  const a = (count: number) => (count / JOBS).toFixed(2);
  console.log(
    `${CLIENTS} clients, ${JOBS} jobs: ${(JOBS / seconds).toFixed(1)} jobs/s; a job: ` +
      `${a(after.projections - before.projections)} projections, ${a(after.batches - before.batches)} batches; ` +
      `lag p50 ${percentile(seen, 0.5).toFixed(0)} ms, p95 ${percentile(seen, 0.95).toFixed(0)} ms`,
  );
}

async function main(): Promise<void> {
  const rig = await openRig();
  const batches: number[] = [];
  try {
    await watch(rig);
    console.log(`${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`);
    for (let warm = 0; warm < 20; warm += 1) await job(rig);
    let known = 20;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const atOnce = await burst(rig, 0, known);
      const evenly = await burst(rig, 10, known + BURST);
      batches.push(atOnce, evenly);
      console.log(`round ${round}: ${BURST} runs, batches at once ${atOnce}, evenly ${evenly}`);
      known += 2 * BURST;
      await measureJobs(rig, known);
      known += JOBS;
    }
  } finally {
    agent.destroy();
    await rig.close();
  }
  const most = Math.max(...batches);
  console.log(
    `P12 D1 batches when ${BURST} runs settle within a second: at most ${most} (target ≤ 10)`,
  );
  if (most > MOST_BATCHES) process.exitCode = 1;
}

await main();
