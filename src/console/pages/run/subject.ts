import type { History } from "#model/run.ts";

/**
 * What is to be approved: what the last step gave that made something. A rule and an earlier
 * approval only lead the way.
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
