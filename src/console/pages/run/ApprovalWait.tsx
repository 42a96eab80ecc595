/** The approval that a run waits for, with its subject. */
import type { History } from "#model/run.ts";
import type { Step } from "#model/workflow.ts";
import { type Failure, failureText } from "../../client/answer.ts";
import type { Decision } from "../../client/api.ts";
import type { ApprovalWait as Wait } from "../../components/api-types.ts";
import { ApprovalPanel } from "../../components/ApprovalPanel.tsx";
import { shownSubject } from "./subject.ts";

interface ApprovalWaitProps {
  wait: Wait;
  /** Undefined if the caller may not read the workflow. */
  step: Step | undefined;
  history: History;
  failure: Failure | null;
  isBusy: boolean;
  onDecide: (decision: Decision) => void;
}

export function ApprovalWait(props: ApprovalWaitProps) {
  const { wait, step, history, failure, isBusy, onDecide } = props;
  const mustComment = step?.type === "approval" && step.config.require_comment_on_reject;
  return (
    <ApprovalPanel
      wait={wait}
      subject={shownSubject(history)}
      problem={failure ? failureText(failure) : undefined}
      requireCommentOnReject={mustComment}
      isSubmitting={isBusy}
      onDecide={onDecide}
    />
  );
}
