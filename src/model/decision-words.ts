/** What people read about a decision, in the same words on every page and in the terminal. */
import type { Wait } from "./wait.ts";

type ApprovalWait = Extract<Wait, { type: "approval" }>;

/** Why the reader may not decide; null: they may, as far as is known. */
export function refusedWords({
  can_decide: canDecide,
  refused_as: reason,
}: Pick<ApprovalWait, "can_decide" | "refused_as">): string | null {
  if (canDecide !== false) return null;
  switch (reason) {
    case "already_decided":
      return "You have decided already.";
    case "not_an_approver":
      return "You are not among the approvers.";
    case "self_approval":
      return "You started this run, so you may not decide it.";
    case "insufficient_scope":
      return "Your key lacks the scope approvals:decide, so it may not decide.";
    case undefined:
      return "You may not decide this.";
  }
}

/** How many approvals a wait still needs. */
export function approvalsLeft(quorum: number, decisions: readonly { approved: boolean }[]): number {
  return Math.max(0, quorum - decisions.filter(({ approved }) => approved).length);
}

export function neededWords(needed: number): string {
  return needed === 1 ? "1 more approval is needed." : `${needed} more approvals are needed.`;
}
