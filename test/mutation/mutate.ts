/**
 * `npm run mutate`: plants faults in the modules whose mistakes cost most, one at a time, and runs
 * the tests beside them. A fault that no test notices has survived; docs/mutation.md has the score
 * and says of each survivor why it may.
 *
 *     npm run mutate                              every folder, a sample of each
 *     npm run mutate -- engine --sample 400       one folder, more of it
 *     npm run mutate -- security --seed 7         another sample
 *     npm run mutate -- --again                   what survived the last time
 */
import { execFile } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ROOT } from "../config/folders.ts";
import { REPORTS } from "../support/layers.ts";
import { type Fault, faultsIn } from "./faults.ts";
import { faultSchema } from "./plant.ts";
import { sample } from "./sample.ts";

interface Area {
  /** A folder of src/; its tests are in the folder of the same name. */
  folder: string;
  layer: "unit" | "workerd";
  /** Faults that are planted unless `--sample` says otherwise. */
  sample: number;
  /** An endless loop is a fault that was noticed, but nothing else says so. */
  timeoutMs: number;
}

const AREAS: readonly Area[] = [
  { folder: "engine", layer: "unit", sample: 60, timeoutMs: 60_000 },
  { folder: "security", layer: "unit", sample: 60, timeoutMs: 60_000 },
  { folder: "validation", layer: "unit", sample: 60, timeoutMs: 60_000 },
  // A start of workerd takes ten seconds.
  { folder: "run", layer: "workerd", sample: 12, timeoutMs: 900_000 },
];

interface Score {
  folder: string;
  all: number;
  planted: number;
  survivors: Fault[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    again: { type: "boolean", default: false },
  },
});

const REPORT = `${REPORTS}/mutation.json`;
const reportSchema = z.object({
  scores: z.array(z.object({ folder: z.string(), survivors: z.array(faultSchema) })),
});

const seed = Number(values.seed);
const areas = AREAS.filter(
  ({ folder }) => positionals.length === 0 || positionals.includes(folder),
);
const scores: Score[] = [];
for (const area of areas) scores.push(await mutate(area));
report(scores);

async function mutate(area: Area): Promise<Score> {
  const all = globSync(`src/${area.folder}/**/*.ts`, { cwd: ROOT })
    .toSorted()
    .flatMap((file) => faultsIn(file, readFileSync(`${ROOT}${file}`, "utf8")));
  const planted = values.again
    ? survivorsOf(area.folder)
    : sample(all, Number(values.sample ?? area.sample), seed);
  if (!(await passes(area, null))) {
    throw new Error(`the tests of ${area.folder} fail without a fault`);
  }
  const survivors: Fault[] = [];
  for (const [index, fault] of planted.entries()) {
    const survived = await passes(area, fault);
    if (survived) survivors.push(fault);
    const sign = survived ? "survived" : "killed";
    console.log(`${index + 1}/${planted.length} ${sign.padEnd(8)} ${sentence(fault)}`);
  }
  return { folder: area.folder, all: all.length, planted: planted.length, survivors };
}

/** Those of the last run whose text has not changed since. */
function survivorsOf(folder: string): Fault[] {
  const { scores: last } = reportSchema.parse(JSON.parse(readFileSync(REPORT, "utf8")));
  const { survivors = [] } = last.find((score) => score.folder === folder) ?? {};
  return survivors.filter(({ file, start, end, original }) => {
    return readFileSync(`${ROOT}${file}`, "utf8").slice(start, end) === original;
  });
}

/**
 * Whether the tests that import the module pass; all tests of the folder when there is no fault,
 * and in workerd, where looking for those that import it takes longer than running them.
 */
function passes({ folder, layer, timeoutMs }: Area, fault: Fault | null): Promise<boolean> {
  const command =
    fault === null || layer === "workerd" ? ["run"] : ["related", fault.file, "--run"];
  const config = `test/mutation/${layer}.config.ts`;
  const args = [...command, "--config", config, "--silent"];
  const environment = fault === null ? {} : { PLANTED_FAULT: JSON.stringify(fault) };
  return new Promise((resolve) => {
    execFile(
      `${ROOT}node_modules/.bin/vitest`,
      args,
      {
        cwd: ROOT,
        timeout: timeoutMs,
        maxBuffer: 2 ** 26,
        // Fewer random runs than in `npm test`: what a property needs thousands to find is rare.
        env: { ...process.env, ENGINE_RUNS: "300", PLANTED_IN: folder, ...environment },
      },
      (error) => resolve(error === null),
    );
  });
}

function report(all: readonly Score[]): void {
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(REPORT, JSON.stringify({ seed, scores: all }, null, 2));
  for (const { survivors } of all) for (const fault of survivors) console.log(sentence(fault));
  console.log(`\n| folder | faults | planted | killed | score |\n| --- | --- | --- | --- | --- |`);
  for (const { folder, all: count, planted, survivors } of all) {
    const killed = planted - survivors.length;
    const score = planted === 0 ? 0 : Math.round((killed / planted) * 1000) / 10;
    console.log(`| \`${folder}/\` | ${count} | ${planted} | ${killed} | ${score} % |`);
  }
}

function sentence({ file, line, original, replacement }: Fault): string {
  const short = (text: string) => text.replaceAll(/\s+/g, " ").slice(0, 70);
  return `${file}:${line} ${short(original)} → ${short(replacement)}`;
}
