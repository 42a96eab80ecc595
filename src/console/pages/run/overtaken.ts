/**
 * What to say when an answer came too late, by what the run's log says happened. "Somebody else"
 * is said only of somebody else: it may have been the same person in another window, or the clock.
 */
import type { Problem } from "#model/problem.ts";
import type { RunNow } from "../../client/use-run.ts";

export interface Words {
  title: string;
  text: string;
}

const NOW = "Your answer was not taken. This is how the run stands now.";

/** `now`: the run as it was read again. `waitNumber`: what was answered. `own`: the reader's address. */
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
      text: "The first decision counts, and this one was not taken.",
    };
  }
  const answered = history.events.findLast(
    ({ type, data }) => type === "run.resumed" && data["wait_number"] === waitNumber,
  );
  if (answered) {
    const isOwn = own !== null && answered.data["by"] === own;
    const title = isOwn ? "You have answered already" : "Somebody else answered first";
    return { title, text: `${detail} ${NOW}` };
  }
  if (run.status === "canceled") return { title: "The run was canceled", text: NOW };
  const isExpired = history.events.some(
    ({ type, data }) => type === "step.failed" && data["code"] === "wait_expired",
  );
  if (isExpired) return { title: "The time to answer is over", text: `${detail} ${NOW}` };
  return { title: "The run has moved on", text: `${detail} ${NOW}` };
}
