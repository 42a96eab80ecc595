/** The short form of `npm run faults`. That it can fail is shown by `npm run faults -- --self-test`. */
import { expect, test } from "vitest";
import { reportLines, shortfalls } from "./harness/report.ts";
import { runTrial } from "./harness/trial.ts";

const log = (line: string) => console.log(line);

test("20 kills under load lose nothing, repeat nothing, and leave no run stuck", async () => {
  const report = await runTrial({ seed: "ci", kills: 20, log });
  console.log(reportLines(report).join("\n"));
  expect(report.found).toEqual([]);
  expect(shortfalls(report)).toEqual([]);
  // What the kills are for has happened.
  const { repeats, unknown, late } = report;
  expect(
    Math.min(repeats, unknown, late),
    JSON.stringify({ repeats, unknown, late }),
  ).toBeGreaterThan(0);
}, 300_000);
