/**
 * `npm test`: every check there is, or only the layers that are named (`npm test -- unit service`),
 * with one line at the end that adds them up. CI reads that line.
 *
 * Two layers run side by side, since most of them wait for a process of their own about half of
 * the time. The output of a layer is printed whole when it ends, so that two never mix.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { finished } from "node:stream/promises";
import { buildPublic } from "#cli/build.ts";
import { ROOT } from "../config/folders.ts";
import { type Count, LAYERS, type Layer, REPORTS } from "./layers.ts";

/** A third one starves the other two on two cores: tests then fail by their time limits. */
const LANES = 2;
/** What workerd prints when an object is cut off on purpose. */
const NOISE = /^(uncaught exception|stack:|workerd\/)/;

interface Ended {
  layer: Layer;
  count: Count;
  seconds: number;
}

const running = new Set<ChildProcess>();
// Without this, the layers that run would outlive an interrupted run.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const { pid } of running) if (pid !== undefined) process.kill(-pid, signal);
    process.exit(1);
  });
}

const layers = chosen(process.argv.slice(2));
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const startedAt = Date.now();
// Two layers that build the pages at once would each take the files of the other away.
await buildPublic();
const ended = [
  ...(await runAll(
    layers.filter(({ isAlone }) => !isAlone),
    LANES,
  )),
  ...(await runAll(
    layers.filter(({ isAlone }) => isAlone),
    1,
  )),
];
report(ended, secondsSince(startedAt));

function chosen(names: readonly string[]): Layer[] {
  const unknown = names.filter((name) => !LAYERS.some((layer) => layer.name === name));
  if (unknown.length > 0) {
    const known = LAYERS.map(({ name }) => name).join(", ");
    throw new Error(`no layer is called ${unknown.join(", ")}; there are ${known}`);
  }
  return LAYERS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** The longest first: started last, it would run on alone while the other lane is empty. */
async function runAll(all: readonly Layer[], lanes: number): Promise<Ended[]> {
  const queue = all.toSorted((a, b) => b.seconds - a.seconds);
  const done: Ended[] = [];
  const lane = async () => {
    for (let layer = queue.shift(); layer; layer = queue.shift()) done.push(await run(layer));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

async function run(layer: Layer): Promise<Ended> {
  console.log(`▸ ${layer.name}`);
  const layerStartedAt = Date.now();
  const code = await execute(layer);
  const seconds = secondsSince(layerStartedAt);
  const lines = readFileSync(logOf(layer), "utf8").split("\n");
  console.log(`\n── ${layer.name} (${seconds} s)`);
  console.log(lines.filter((line) => !NOISE.test(line)).join("\n"));
  const isRun = !lines.some((line) => layer.notRun?.test(line));
  const count = isRun ? counted(layer, code) : { passed: 0, failed: 0, skipped: 0 };
  return { layer, count, seconds };
}

/** Both streams go to one file in the order in which they were written. */
async function execute(layer: Layer): Promise<number> {
  const [program = "", ...args] = layer.command;
  const log = createWriteStream(logOf(layer));
  const child = spawn(program, args, {
    cwd: ROOT,
    // A group of its own: a signal then reaches the services that the layer started, too.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${ROOT}node_modules/.bin:${process.env["PATH"]}` },
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  const code = await new Promise<number>((resolve) =>
    child.once("close", (status) => resolve(status ?? 1)),
  );
  running.delete(child);
  log.end();
  await finished(log);
  return code;
}

function logOf({ name }: Layer): string {
  return `${REPORTS}/${name}.log`;
}

function counted(layer: Layer, code: number): Count {
  if (!layer.count) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  try {
    const count = layer.count();
    // A runner that failed without a failed test broke down outside of them.
    return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
  } catch {
    // No report: the runner did not get that far.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function report(all: readonly Ended[], seconds: number): void {
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const order = new Map(LAYERS.map((layer, index) => [layer, index]));
  console.log();
  for (const one of all.toSorted((a, b) => (order.get(a.layer) ?? 0) - (order.get(b.layer) ?? 0))) {
    total.passed += one.count.passed;
    total.failed += one.count.failed;
    total.skipped += one.count.skipped;
    console.log(`${one.layer.name.padEnd(12)}${sentence(one.count)} (${one.seconds} s)`);
  }
  console.log(`${"in all".padEnd(12)}${seconds} s, two layers at a time\n`);
  for (const { layer, count } of all) if (count.failed > 0) reportFailures(layer, count);
  console.log(sentence(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

/** At the end, where they are found without a search through the output of all layers. */
function reportFailures(layer: Layer, { failures = [] }: Count): void {
  for (const failure of failures) console.log(`✗ ${layer.name}: ${failure}\n`);
  if (failures.length > 0) return;
  const lastLines = readFileSync(logOf(layer), "utf8").split("\n").slice(-40);
  console.log(`✗ ${layer.name}, whose output ends with:\n${lastLines.join("\n")}\n`);
}

function sentence({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function secondsSince(time: number): number {
  return Math.round((Date.now() - time) / 100) / 10;
}
