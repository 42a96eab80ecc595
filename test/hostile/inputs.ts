/** All hostile inputs, over all entry points. */
import { MASK_INPUTS } from "./inputs/masks.ts";
import { RUN_INPUTS } from "./inputs/runs.ts";
import { VALUE_INPUTS } from "./inputs/values.ts";
import { WORKFLOW_INPUTS } from "./inputs/workflows.ts";
import type { HostileInput } from "./measure.ts";

export const INPUTS: readonly HostileInput[] = [
  ...WORKFLOW_INPUTS,
  ...VALUE_INPUTS,
  ...RUN_INPUTS,
  ...MASK_INPUTS,
];
