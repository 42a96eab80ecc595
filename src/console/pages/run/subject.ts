import type { History } from "#model/run.ts";
import { subjectOf } from "#model/subject.ts";

/**
 * What the panel of an approval shows: the subject, or without one the answers of the last form,
 * which the console shows nowhere else beside the decision.
 */
export function shownSubject({ steps, events }: Pick<History, "steps" | "events">): unknown {
  const byId = new Map(steps.map((step) => [step.step_id, step]));
  const completed = events.flatMap((event) => {
    const step = event.type === "step.completed" ? byId.get(event.step_id ?? "") : undefined;
    return step ? [step] : [];
  });
  const subject = subjectOf(completed, ({ output }) => output);
  return subject ? subject.value : completed.findLast(({ type }) => type === "form")?.output;
}
