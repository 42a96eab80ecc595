/** Who may decide an approval, and what a decision leads to. Pure. */
import { type Decision, tallyApproval } from "../model/approval.ts";
import { type Caller, deciderName } from "../model/caller.ts";
import type { ApprovalStep } from "../model/workflow.ts";
import type { Command, Refusal } from "./command.ts";
import { type Draft, emit } from "./draft.ts";
import { completeStep, failStep, goTo } from "./flow.ts";
import type { RunState, WaitState } from "./state.ts";

type Decide = Extract<Command, { kind: "decide" }>;

/** The reason why this caller may not decide this way now, or null. */
export function refuseDecision(
  state: RunState,
  wait: WaitState,
  step: ApprovalStep,
  command: Decide,
): Refusal | null {
  const by = deciderName(command.by);
  const email = command.by.email;
  if (command.step_id !== wait.step_id) {
    return { reason: "wrong_step", waiting_step: wait.step_id };
  }
  if (wait.decisions.some((decision) => decision.by === by)) {
    return { reason: "already_decided", by };
  }
  if (email !== undefined) {
    if (!step.config.approvers.includes(email)) return { reason: "not_an_approver", by };
    if (!step.config.allow_self_approval && state.created_by.email === email) {
      return { reason: "self_approval", by };
    }
  }
  const commented = (command.comment ?? "").trim() !== "";
  if (!command.approved && step.config.require_comment_on_reject && !commented) {
    return { reason: "comment_required" };
  }
  return null;
}

/** Who resumed, as `run.resumed` says it. */
export function resumer(caller: Caller): { by: string; via?: "resume_token" } {
  const by = deciderName(caller);
  return caller.via === undefined ? { by } : { by, via: caller.via };
}

/** Records the decision; settles the step when the tally does, else waits on. */
export function applyDecision(
  draft: Draft,
  wait: WaitState,
  step: ApprovalStep,
  command: Decide,
): void {
  const by = deciderName(command.by);
  const decision: Decision = {
    by,
    approved: command.approved,
    ...(command.comment === undefined ? {} : { comment: command.comment }),
    at: command.at,
  };
  const place = { step_id: step.id };
  emit(draft, "run.resumed", { wait_number: wait.number, ...resumer(command.by), decision }, place);
  const decisions = [...wait.decisions, decision];
  const output = { decisions: decisions.map((made) => ({ ...made })) };
  switch (tallyApproval(step.config, decisions)) {
    case "open":
      emit(
        draft,
        "run.waiting",
        {
          wait_number: wait.number,
          type: "approval",
          ...(wait.expires_at === undefined ? {} : { expires_at: wait.expires_at }),
        },
        place,
      );
      break;
    case "approved":
      completeStep(draft, step, { approved: true, ...output }, step.next);
      break;
    case "rejected":
      if (step.config.on_reject === undefined) {
        failStep(draft, step, { code: "approval_rejected", message: `Rejected by ${by}.` });
      } else {
        completeStep(draft, step, { approved: false, ...output }, step.config.on_reject);
      }
      break;
  }
}

/** A wait that ran out: `on_expire`, else the ways of every failure. It never approves. */
export function expireWait(draft: Draft, wait: WaitState): void {
  const step = draft.workflow.steps.get(wait.step_id);
  if (step?.type !== "form" && step?.type !== "approval") return;
  const failure = {
    code: "wait_expired" as const,
    message: `Nobody answered by ${wait.expires_at}.`,
  };
  const target = step.config.on_expire;
  if (target === undefined) {
    failStep(draft, step, failure);
    return;
  }
  emit(draft, "step.failed", { ...failure, next: target }, { step_id: step.id, attempt: 1 });
  goTo(draft, target);
}
