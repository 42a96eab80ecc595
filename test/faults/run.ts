/**
 * `npm run faults`: kills the runtime under load, restarts it, and audits what it acknowledged.
 *
 *   npm run faults -- --kills 200 --seed 7   a trial; ends with 1 when anything was found
 *   npm run faults -- --self-test            plants four faults, one at a time: each has to be found
 */
import { parseArgs } from "node:util";
import { PLANTED_FAULTS } from "./harness/planted-faults.ts";
import { reportLines, shortfalls } from "./harness/report.ts";
import { runTrial } from "./harness/trial.ts";

/** A kill, its restart, and its share of the audits, on 2 cores. */
const SECONDS_A_KILL = 4;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    "self-test": { type: "boolean", default: false },
    fault: { type: "string" },
  },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) throw new Error(`--kills ${values.kills} is no number`);
process.exitCode = values["self-test"] ? await selfTest() : await trial();

async function trial(): Promise<number> {
  const planted = PLANTED_FAULTS.filter(({ name }) => name === values.fault);
  if (values.fault !== undefined && planted.length === 0) {
    throw new Error(`no fault is called ${values.fault}`);
  }
  const minutes = Math.ceil((kills * SECONDS_A_KILL) / 60);
  console.log(`seed ${values.seed}: ${kills} kills, about ${minutes} min`);
  const report = await runTrial({
    seed: values.seed,
    kills,
    planted: planted.flatMap(({ edits }) => edits),
    log: (line) => console.log(line),
  });
  const short = shortfalls(report);
  console.log([...reportLines(report), ...short.map((what) => `✗ ${what}`)].join("\n"));
  return report.found.length + short.length === 0 ? 0 : 1;
}

/** Each of the planted faults has to be found. */
async function selfTest(): Promise<number> {
  let missed = 0;
  for (const { name, edits } of PLANTED_FAULTS) {
    const report = await runTrial({
      seed: values.seed,
      kills,
      planted: edits,
      stopsEarly: true,
      log: () => undefined,
    });
    const [first] = report.found;
    if (!first) missed += 1;
    const said = first ? `found: ${first.kind}, ${first.what}` : "NOT FOUND";
    console.log(
      `${name}: ${said} (${report.kills} kills, ${report.seconds} s, ${report.found.length} findings)`,
    );
  }
  return missed === 0 ? 0 : 1;
}
