/** The approval that a run waits for, beside what it is about. */
import type { JsonValue } from "../../../model/json.ts";
import type { History } from "../../../model/run.ts";
import type { Step } from "../../../model/workflow.ts";
import { type Failure, failureText } from "../../client/answer.ts";
import type { Decision } from "../../client/api.ts";
import type { ApprovalWait as Wait } from "../../components/api-types.ts";
import { ApprovalPanel } from "../../components/ApprovalPanel.tsx";

interface ApprovalWaitProps {
  wait: Wait;
  /** Undefined where the workflow may not be read. */
  step: Step | undefined;
  history: History;
  failure: Failure | null;
  isBusy: boolean;
  onDecide: (decision: Decision) => void;
}

export function ApprovalWait(props: ApprovalWaitProps) {
  const { wait, step, history, failure, isBusy, onDecide } = props;
  const subject = subjectOf(history);
  const mustComment = step?.type === "approval" && step.config.require_comment_on_reject;
  return (
    <div className="wo-card">
      <ApprovalPanel
        wait={wait}
        {...(subject === undefined ? {} : { subject })}
        {...(failure ? { problem: failureText(failure) } : {})}
        requireCommentOnReject={mustComment}
        isSubmitting={isBusy}
        onDecide={onDecide}
      />
    </div>
  );
}

/**
 * What is to be approved: what the last step gave that made something. A rule and an earlier
 * approval only lead the way.
 */
export function subjectOf({
  steps,
  events,
}: Pick<History, "steps" | "events">): JsonValue | undefined {
  const made = new Map(
    steps
      .filter(({ type }) => type !== "conditional" && type !== "approval")
      .map(({ step_id, output }) => [step_id, output]),
  );
  const last = events.findLast(
    ({ type, step_id }) => type === "step.completed" && made.has(step_id ?? ""),
  );
  return made.get(last?.step_id ?? "") as JsonValue | undefined;
}
