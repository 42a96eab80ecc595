/**
 * `npm run model-check`: the engine beside a plain model of a run, over random workflows and random
 * things that happen. Ends with 1 when they differ, when a law of the engine is broken, when a
 * transition was never taken, or when a planted fault is not found.
 *
 *     npm run model-check                                    100,000 sequences
 *     npm run model-check -- --sequences 5000 --seed 7
 *     npm run model-check -- --seed 7 --path 12:3:0          a counter-example again
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { checkModel } from "./check.ts";
import { checkPlanted, PLANTED } from "./planted.ts";
import { type Coverage, TRANSITIONS } from "./transitions.ts";

const { values } = parseArgs({
  options: {
    sequences: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    path: { type: "string" },
  },
});
const sequences = Number(values.sequences);
const seed = Number(values.seed);

const startedAt = performance.now();
const isReplay = values.path !== undefined;
const { coverage, counterexample } = checkModel({
  sequences: isReplay ? 1 : sequences,
  seed,
  ...(values.path === undefined ? {} : { path: values.path }),
});
if (counterexample) {
  const { message, shrinks, path } = counterexample;
  console.log(`The engine and the model differ (shrunk ${shrinks} times): ${message}`);
  console.log(`\nAgain: npm run model-check -- --seed ${counterexample.seed} --path ${path}`);
  process.exitCode = 1;
} else if (!isReplay) {
  report(coverage, (performance.now() - startedAt) / 1000);
  await selfTest();
}

function report({ counts, missing, ...all }: Coverage, seconds: number): void {
  const rows = TRANSITIONS.map((name) => `${String(counts.get(name) ?? 0).padStart(9)}  ${name}`);
  console.log(rows.join("\n"));
  const taken = TRANSITIONS.length - missing.length;
  const machine = `${cpus().length} cores, seed ${seed}`;
  console.log(
    `\n${all.sequences} sequences, ${all.commands} commands, 0 differences, 0 broken laws; ${taken} of ${TRANSITIONS.length} transitions (${seconds.toFixed(0)} s, ${machine})`,
  );
  for (const name of missing) console.log(`never taken: ${name}`);
  if (missing.length > 0) process.exitCode = 1;
}

async function selfTest(): Promise<void> {
  for (const planted of PLANTED) {
    const { coverage: seen, counterexample: found } = await checkPlanted(planted, {
      sequences: 5_000,
      seed,
    });
    const result = found ? `found (${seen.sequences} sequences, shrinking included)` : "NOT FOUND";
    console.log(`planted: ${planted.name}: ${result}`);
    if (!found) process.exitCode = 1;
  }
}
