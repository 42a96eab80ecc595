/** The short forms of `npm run faults`: 20 kills, and one planted fault that has to be found. */
import { expect, test } from "vitest";
import { PLANTED_FAULTS } from "./harness/planted-faults.ts";
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

test("a stale attempt that is accepted is found", async () => {
  const fault = PLANTED_FAULTS.find(({ name }) => name === "stale attempt accepted");
  const planted = fault?.edits ?? [];
  const report = await runTrial({ seed: "ci", kills: 4, planted, stopsEarly: true, log });
  expect(report.found).toContainEqual(expect.objectContaining({ kind: "illegal log" }));
}, 300_000);
