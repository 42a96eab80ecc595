/**
 * `npm run simulate`: schedules by seed over the code of the run object. Prints what was done, and
 * each seed that broke a law, with what can be left out of it; ends with 1 when there is one.
 *
 *     npm run simulate -- --seeds 20000 --seed 1
 *     npm run simulate -- --seed 4711 --verbose              one seed again, with its schedule
 *     npm run simulate -- --seed 4711 --without run:r1,d1    parts of its plan left out
 *     npm run simulate -- --mutant stale-attempt-accepted    until the slip is found
 *     npm run simulate -- --mutants                          all of them, one after the other
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareLoading } from "./hooks.ts";
import { MUTANTS } from "./mutants.ts";
import { installGlobals, print, realNow } from "./platform/globals.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
    without: { type: "string", default: "" },
    mutant: { type: "string" },
    mutants: { type: "boolean", default: false },
    hashes: { type: "boolean", default: false },
  },
});

/** Broken seeds that are shown; the others are counted. */
const SHOWN = 5;

if (values.mutants) process.exitCode = eachMutant();
else await simulateAll();

function eachMutant(): number {
  let missed = 0;
  for (const { name } of MUTANTS) {
    const args = [fileURLToPath(import.meta.url), "--mutant", name, "--seed", values.seed];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const text = stdout.trimEnd() || stderr;
    print(text);
    if (!text.includes("found after")) missed += 1;
  }
  print(`\n${MUTANTS.length - missed} of ${MUTANTS.length} mutants found`);
  return missed === 0 ? 0 : 1;
}

async function simulateAll(): Promise<void> {
  const mutant = MUTANTS.find(({ name }) => name === values.mutant) ?? null;
  if (values.mutant !== undefined && !mutant) throw new Error(`no mutant ${values.mutant}`);
  prepareLoading(mutant);
  installGlobals();
  const { simulate } = await import("./simulate.ts");
  const { shrink, without } = await import("./shrink.ts");
  const { Report } = await import("./report.ts");
  const report = new Report(realNow());
  const first = Number(values.seed);
  const isOne = values.seeds === "" && mutant === null;
  const count = isOne ? 1 : Number(values.seeds || (mutant ? "3000" : "1"));
  const parts = values.without.split(",").filter((part) => part !== "");
  for (let seed = first; seed < first + count; seed += 1) {
    const trace = values.verbose ? print : null;
    const outcome = await simulate(seed, { change: without(parts), trace });
    report.add(outcome);
    if (values.hashes) print(`${seed} ${outcome.hash}`);
    if (outcome.broken.length === 0) continue;
    if (mutant) {
      print(`${mutant.name}: found after ${seed - first + 1} seeds\n  ${outcome.broken[0]}`);
      return;
    }
    if (report.brokenSeeds > SHOWN) continue;
    const smallest = isOne ? { parts, outcome } : await shrink(outcome);
    print(report.sentence(smallest.outcome, smallest.parts));
  }
  if (mutant) print(`${mutant.name}: not found in ${count} seeds`);
  else print(report.summary(realNow(), first));
  process.exitCode = report.brokenSeeds === 0 && !mutant ? 0 : 1;
}
