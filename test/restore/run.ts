/**
 * `npm run restore-check -- [--runs N] [--self-test]`: prints what came back, or, as the self-test,
 * whether each injected fault is found. Ends with 1 when something differs, or one is missed.
 */
import { parseArgs } from "node:util";
import { checkRestore } from "./check.ts";
import { INJECTED } from "./injected.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, "self-test": { type: "boolean" } },
});

if (values["self-test"] === true) await selfTest();
else await check(Number(values.runs));

async function check(runs: number): Promise<void> {
  const report = await checkRestore({ runs });
  const { backupMs, restoreMs, bytes, faults } = report;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `${report.runs} runs: backup ${seconds(backupMs)}, ${(bytes / 1e6).toFixed(1)} MB; restore ${seconds(restoreMs)}`,
  );
  for (const fault of faults) console.log(`✗ ${fault}`);
  console.log(`R10: ${faults.length} differences (0)`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

async function selfTest(): Promise<void> {
  for (const injected of INJECTED) {
    const { faults } = await checkRestore({ runs: 14, injected });
    console.log(`${injected}: ${faults.length === 0 ? "MISSED" : "found"}`);
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length === 0) process.exitCode = 1;
  }
}
