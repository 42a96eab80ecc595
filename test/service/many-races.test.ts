/** The short form of `npm run races`: every race of it, some rounds each. */
import { expect, test } from "vitest";
import type { RaceResult } from "../races/lanes.ts";
import { runRaces } from "../races/races.ts";

test("one key makes one run, a cancel is a fence, one of ten callers wins, and a run keeps its version", async () => {
  const results: RaceResult[] = [];
  const plan = { starts: 200, keys: 1, cancels: 18, waits: 9, changes: 2, seed: 20_261_129 };
  await runRaces({ ...plan, withinMs: 60_000 }, (result) => void results.push(result));
  expect(results.flatMap(({ broken }) => broken)).toEqual([]);
  expect(results.map(({ name, rounds }) => [name, rounds])).toEqual([
    ["R4", 200],
    ["R4, new keys", 100],
    ["R7", 18],
    ["R8", 9],
    ["changed", 2],
  ]);
}, 240_000);
