/**
 * How decisions end an approval. Owns the counting; who may decide is checked earlier.
 *
 * 1. Decisions count in order: the first that ends the approval is the last that counts, so later
 *    ones never change a result.
 * 2. Each decider counts once, with the first decision.
 * 3. A key represents no particular person: its approval counts as one more, its rejection counts
 *    for one listed person who has not decided.
 */
import type { z } from "zod";
import { lowerAscii } from "./address.ts";
import type { decisionSchema } from "./wait.ts";
import type { ApprovalStep } from "./workflow.ts";

/**
 * Persisted shape: part of the log and of the step's output. `by` is an e-mail address in lower case
 * by ASCII rules, or `key:<id>`.
 */
export type Decision = z.infer<typeof decisionSchema>;

export type ApprovalTally = "open" | "approved" | "rejected";

/**
 * The result of the decisions so far, oldest first: approved with `quorum` approvals, rejected as
 * soon as approvals and listed people who have not decided together fall below it. Otherwise it is
 * open. Decisions of people who are not listed do not count.
 */
export function tallyApproval(
  config: Pick<ApprovalStep["config"], "approvers" | "quorum">,
  decisions: readonly Decision[],
): ApprovalTally {
  const undecided = new Set(config.approvers.map(lowerAscii));
  const deciders = new Set<string>();
  let approvals = 0;
  let keyRejections = 0;
  for (const { by, approved } of decisions) {
    const isKey = by.startsWith("key:");
    if (deciders.has(by) || (!isKey && !undecided.has(by))) continue;
    deciders.add(by);
    undecided.delete(by);
    if (approved) approvals += 1;
    else if (isKey) keyRejections += 1;
    if (approvals >= config.quorum) return "approved";
    const stillPossible = Math.max(0, undecided.size - keyRejections);
    if (approvals + stillPossible < config.quorum) return "rejected";
  }
  return "open";
}
