/**
 * The message when an answer came too late, derived from the run's log. "Someone else" is used only
 * for another person: it may have been the same person in another window, or the deadline.
 */
import type { ShownEvent } from "#model/event.ts";
import type { Problem } from "#model/problem.ts";
import type { RunNow } from "../../client/use-run.ts";

export interface Words {
  title: string;
  text: string;
}

const NOW = "Your answer was not accepted. This is the current state of the run.";

/** `now`: the reloaded run. `waitNumber`: the answered wait. `own`: the reader's address. */
export function overtakenWords(
  problem: Pick<Problem, "code" | "detail">,
  { run, history }: RunNow,
  waitNumber: number,
  own: string | null,
): Words {
  const { detail } = problem;
  if (problem.code === "already_decided") {
    return {
      title: "You have decided already",
      text: "Your first decision counts, and this one was not accepted.",
    };
  }
  const answered = history.events.findLast(
    (event): event is ShownEvent<"run.resumed"> =>
      event.type === "run.resumed" && event.data.wait_number === waitNumber,
  );
  if (answered) {
    const isOwn = own !== null && answered.data.by === own;
    const title = isOwn ? "You have answered already" : "Someone else answered first";
    return { title, text: `${detail} ${NOW}` };
  }
  if (run.status === "canceled") return { title: "The run was canceled", text: NOW };
  const isExpired = history.events.some(
    ({ type, data }) => type === "step.failed" && data.code === "wait_expired",
  );
  if (isExpired) return { title: "The time to answer has expired", text: `${detail} ${NOW}` };
  return { title: "The run has moved on", text: `${detail} ${NOW}` };
}
