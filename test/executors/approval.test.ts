import { Work } from "#model/work.ts";
import { expect, it } from "vitest";
import type { ApprovalStep } from "#model/workflow.ts";
import { executeApproval } from "#executors/approval.ts";

it("an approval waits", () => {
  const step: ApprovalStep = {
    id: "approval",
    name: "Approve",
    type: "approval",
    next: null,
    config: {
      approvers: ["ann@example.com"],
      quorum: 1,
      require_comment_on_reject: false,
      allow_self_approval: false,
    },
  };
  const outcome = executeApproval(
    {
      runId: "run_1",
      step,
      attempt: 1,
      feedback: [],
      candidate: 0,
      startInputs: {},
      context: { static: {}, profile: {}, runtime: { inputs: {}, steps: {} } },
    },
    Work.ofTurn(),
  );
  expect(outcome).toEqual({ kind: "waiting" });
});
