/** Messages about a decision, the same on every page and in the terminal. */
import type { Wait } from "./wait.ts";

type ApprovalWait = Extract<Wait, { type: "approval" }>;

/** Why the reader may not decide; null: they may, as far as is known. */
export function refusedWords({
  can_decide: canDecide,
  refused_because: reason,
}: Pick<ApprovalWait, "can_decide" | "refused_because">): string | null {
  return canDecide === false ? (reason ?? "You cannot decide this.") : null;
}

/** How many approvals a wait still needs. */
export function approvalsLeft(quorum: number, decisions: readonly { approved: boolean }[]): number {
  return Math.max(0, quorum - decisions.filter(({ approved }) => approved).length);
}

export function neededWords(needed: number): string {
  return needed === 1 ? "1 more approval is needed." : `${needed} more approvals are needed.`;
}
