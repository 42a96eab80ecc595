/**
 * What the caller may do with the wait that they see, so that a page never offers what would be
 * refused. Uses the engine's own rule: a second implementation could only differ from it.
 */
import { hasDecided, refuseDecider } from "#engine/approve.ts";
import type { Refusal } from "#engine/command.ts";
import type { Caller } from "#model/caller.ts";
import { approvalsLeft } from "#model/decision-words.ts";
import type { Run } from "#model/run.ts";
import type { Wait } from "#model/wait.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { refusalProblem } from "../refusals.ts";
import type { TokenRights } from "#model/run-rpc.ts";

type DecisionRights = Pick<
  Extract<Wait, { type: "approval" }>,
  "can_decide" | "decided" | "refused_as" | "refused_because"
>;

/** The run with what its reader may do; a run that is not waiting is unchanged. */
export function withRights(run: LoadedRun, view: Run, { form, viewer }: TokenRights): Run {
  const { wait } = view;
  if (!wait || !viewer) return view;
  if (wait.type === "form") return { ...view, wait: { ...wait, can_answer: form } };
  return { ...view, wait: { ...wait, ...decisionRights(run, viewer) } };
}

/** Why this caller may not decide the current approval; null: they may, or there is none. */
export function refusalOf(run: LoadedRun, caller: Caller): Refusal | null {
  const { wait } = run.state;
  const step = wait && run.workflow.steps.get(wait.step_id);
  return wait && step?.type === "approval" ? refuseDecider(run.state, wait, step, caller) : null;
}

/** How many approvals that wait still needs; null when it is not an approval, or has ended. */
export function approvalsNeeded(run: LoadedRun, waitNumber: number): number | null {
  const { wait } = run.state;
  const step = wait && run.workflow.steps.get(wait.step_id);
  if (wait?.number !== waitNumber || step?.type !== "approval") return null;
  return approvalsLeft(step.config.quorum, wait.decisions);
}

function decisionRights(
  run: LoadedRun,
  { caller, decides }: NonNullable<TokenRights["viewer"]>,
): DecisionRights {
  const { wait } = run.state;
  if (!wait) return {};
  const decided = hasDecided(wait, caller);
  const refusal = refusalOf(run, caller);
  if (!decides) {
    return {
      can_decide: false,
      decided,
      refused_as: "insufficient_scope",
      refused_because: "You cannot decide: your credentials lack the scope approvals:decide.",
    };
  }
  if (refusal === null) return { can_decide: true, decided };
  const { code, detail } = refusalProblem(refusal);
  const isKnown =
    code === "already_decided" || code === "not_an_approver" || code === "self_approval";
  const refused_as = isKnown ? { refused_as: code } : {};
  return { can_decide: false, decided, ...refused_as, refused_because: detail };
}
