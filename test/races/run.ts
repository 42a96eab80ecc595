/**
 * `npm run races`: things that happen to one run at the same time, against the built Worker on its
 * direct socket, at full size: R4, R7 and R8 of docs/reliability.md, and workflows that change while
 * runs are under way. Prints figures, and ends with 1 when one of them is broken.
 *
 *     npm run races
 *     npm run races -- --scale 0.1 --seed 7
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { runRaces } from "./races.ts";

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "10" },
  },
});
const scale = Number(values.scale);
const sized = (count: number) => Math.max(1, Math.round(count * scale));
const seed = Number(values.seed);

await runRaces(
  {
    starts: sized(10_000),
    keys: sized(50),
    cancels: sized(1_000),
    waits: sized(1_000),
    changes: sized(100),
    seed,
    withinMs: Number(values.minutes) * 60_000,
  },
  ({ name, rounds, figures, broken }, seconds) => {
    const counts = Object.entries(figures).toSorted(([a], [b]) => (a < b ? -1 : 1));
    console.log(`\n${name}: ${rounds} rounds, ${broken.length} broken (${seconds.toFixed(0)} s)`);
    for (const [what, count] of counts) console.log(`${String(count).padStart(9)}  ${what}`);
    for (const text of broken.slice(0, 10)) console.log(`  ✗ ${text}`);
    if (broken.length > 0) process.exitCode = 1;
  },
);
console.log(`\n${cpus().length} cores, seed ${seed}, ${new Date().toISOString().slice(0, 10)}`);
