import type { History } from "#model/run.ts";

/**
 * What is to be approved: the output of the last step that produced something. Rules and earlier
 * approvals are skipped.
 */
export function subjectOf({ steps, events }: Pick<History, "steps" | "events">): unknown {
  const made = new Map(
    steps
      .filter(({ type }) => type !== "conditional" && type !== "approval")
      .map(({ step_id, output }) => [step_id, output]),
  );
  const last = events.findLast(
    ({ type, step_id }) => type === "step.completed" && made.has(step_id ?? ""),
  );
  return made.get(last?.step_id ?? "");
}
