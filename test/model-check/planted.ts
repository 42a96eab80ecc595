/**
 * Faults of the engine that the check has to find, each put in while the module is loaded. They show
 * that the check is able to fail; without them, its silence says nothing.
 */
import { runnerImport } from "vite";
import { ROOT } from "../config/folders.ts";
import { faultAt, plantedFault } from "../mutation/plant.ts";
import type { Checked, Plan } from "./check.ts";

interface Planted {
  name: string;
  file: string;
  original: string;
  replacement: string;
}

export const PLANTED: readonly Planted[] = [
  {
    name: "the result of an earlier attempt is accepted",
    file: "src/engine/advance.ts",
    original: "step.attempt === attempt &&",
    replacement: "step.attempt >= attempt &&",
  },
  {
    name: "a second decision begins its wait again, without the first",
    file: "src/engine/fold.ts",
    original: "state.wait?.number !== number",
    replacement: "state.waits === number",
  },
  {
    name: "a late result is recorded as often as it comes",
    file: "src/engine/attempt.ts",
    original: "state.steps[stepId]?.late_attempts?.includes(attempt)",
    replacement: "state.steps[stepId] === undefined",
  },
  {
    name: "a model is corrected once more than it should be",
    file: "src/engine/attempt.ts",
    original: "violations >= LIMITS.schemaRetries",
    replacement: "violations > LIMITS.schemaRetries",
  },
];

/** The check over an engine with this fault. */
export async function checkPlanted(
  { file, original, replacement }: Planted,
  plan: Plan,
): Promise<Checked> {
  const { module } = await runnerImport<{ checkModel: (plan: Plan) => Checked }>(
    `${ROOT}test/model-check/check.ts`,
    {
      root: ROOT,
      configFile: false,
      logLevel: "error",
      plugins: [plantedFault(faultAt(file, original, replacement))],
    },
  );
  return module.checkModel(plan);
}
