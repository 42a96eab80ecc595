/** The short form of `npm run model-check`, and faults that it has to find. */
import { describe, expect, test } from "vitest";
import { checkModel } from "./check.ts";
import { checkPlanted, PLANTED } from "./planted.ts";

const SEQUENCES = 5_000;
const SEED = 20_261_129;

describe("the engine beside the plain model", () => {
  test(`does the same after each command of ${SEQUENCES} sequences, and takes every transition`, () => {
    const { coverage, counterexample } = checkModel({ sequences: SEQUENCES, seed: SEED });
    expect(counterexample).toBeNull();
    expect(coverage.sequences).toBe(SEQUENCES);
    expect(coverage.missing).toEqual([]);
  });

  test.each(PLANTED)("is seen to differ when $name, and that repeats", async (planted) => {
    const { counterexample } = await checkPlanted(planted, { sequences: 3_000, seed: SEED });
    expect(counterexample).not.toBeNull();
    const { seed = 0, path = "", message } = counterexample ?? {};
    const again = await checkPlanted(planted, { sequences: 1, seed, path });
    expect(again.coverage.sequences).toBe(1);
    expect(again.counterexample?.message).toBe(message);
    // Without the fault the same sequence is fine.
    expect(checkModel({ sequences: 1, seed, path }).counterexample).toBeNull();
  });
});
