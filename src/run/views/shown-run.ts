/** A run as one reading shows it: with a mask that draws on the budget of that reading. */
import type { Work } from "#model/work.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Mask } from "./mask.ts";

export interface ShownRun extends Pick<
  LoadedRun,
  "start" | "workflow" | "state" | "context" | "isArchived"
> {
  readonly mask: Mask;
}

export function shownWithin(run: LoadedRun, work: Work): ShownRun {
  const { start, workflow, state, context, isArchived, masking } = run;
  return { start, workflow, state, context, isArchived, mask: masking.within(work) };
}
