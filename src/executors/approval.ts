/** The approval: always waits. Decisions are counted by `tallyApproval`, not here. */
import type { ApprovalStep } from "#model/workflow.ts";
import type { PureExecutor } from "./executor.ts";

export const executeApproval: PureExecutor<ApprovalStep> = () => ({ kind: "waiting" });
