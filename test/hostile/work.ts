/**
 * `npm run work`: what hostile inputs cost beside ordinary ones of the same size, and how the cost
 * grows when the input doubles. Ends with 1 when one is above its gate twice: another process, or
 * the collector of garbage, may have had its turn at the first. `npm run work -- mock YAML` measures
 * those whose entry or name contains one of the words.
 */
import { cpus } from "node:os";
import { INPUTS } from "./inputs.ts";
import { type Cost, excess, machineScale, measure } from "./measure.ts";

const words = process.argv.slice(2);
const chosen = INPUTS.filter(
  ({ entry, name }) =>
    words.length === 0 || words.some((word) => `${entry}: ${name}`.includes(word)),
);
const scale = machineScale();
const [cpu] = cpus();
console.log(
  `${chosen.length} hostile inputs, ${new Date().toISOString().slice(0, 10)}, ${cpu?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.version}; figures are ms of CPU, least of 3, divided by ${scale.toFixed(2)} (this machine beside that of the budget)`,
);
console.log("\n| entry | input | KB | ordinary | hostile | × | growth | |");
console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |");
let again = 0;
let failures = 0;
for (const input of chosen) {
  let cost = measure(input, scale);
  if (excess(cost) !== null) {
    again += 1;
    cost = measure(input, scale, 6);
  }
  console.log(rowOf(cost));
  if (excess(cost) !== null) failures += 1;
}
const measuredAgain = again === 0 ? "" : `; ${again} measured a second time`;
console.log(`\n${chosen.length - failures} of ${chosen.length} within their gates${measuredAgain}`);
process.exitCode = failures === 0 ? 0 : 1;

function rowOf(cost: Cost): string {
  const { input, bytes, ms, ordinaryMs, growth } = cost;
  const times = ms / Math.max(ordinaryMs, 0.001);
  const cells = [
    input.entry,
    input.name,
    String(Math.round(bytes / 1024)),
    ordinaryMs.toFixed(1),
    ms.toFixed(1),
    times.toFixed(1),
    growth?.toFixed(2) ?? "–",
    excess(cost) ?? "",
  ];
  return `| ${cells.join(" | ")} |`;
}
