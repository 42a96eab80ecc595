/**
 * Who may decide an approval, and what a decision leads to. Pure.
 *
 * 1. Deciders are people with an e-mail, holders of links, and keys. A JWT that does not identify a
 *    person could belong to anyone, so it cannot decide.
 * 2. Addresses are always compared, principals only between JWTs: one person may have two
 *    addresses, or a token without any, and is one decider all the same.
 */
import { isSameAddress } from "#model/address.ts";
import { type Decision, tallyApproval } from "#model/approval.ts";
import { type Caller, deciderName, jwtPrincipal } from "#model/caller.ts";
import type { ApprovalStep } from "#model/workflow.ts";
import type { Command, Refusal } from "./command.ts";
import { type Draft, emit } from "./draft.ts";
import { completeStep, failStep, goTo } from "./flow.ts";
import type { RunState, WaitState } from "./state.ts";

type Decide = Extract<Command, { kind: "decide" }>;

/** Why this caller may not make this decision now, or null. */
export function refuseDecision(
  state: RunState,
  wait: WaitState,
  step: ApprovalStep,
  command: Decide,
): Refusal | null {
  if (command.step_id !== wait.step_id) {
    return { reason: "wrong_step", waiting_step: wait.step_id };
  }
  const refusal = refuseDecider(state, wait, step, command.by);
  if (refusal) return refusal;
  const commented = (command.comment ?? "").trim() !== "";
  if (!command.approved && step.config.require_comment_on_reject && !commented) {
    return { reason: "comment_required" };
  }
  return null;
}

/**
 * Why this caller may not decide this wait at all; null: they may. Pages and tokens ask this first,
 * so that they never offer a decision that would be refused.
 */
export function refuseDecider(
  state: RunState,
  wait: WaitState,
  step: ApprovalStep,
  caller: Caller,
): Refusal | null {
  const { email } = caller;
  // Recorded, the decision of a link without an address would count for no one, and never again.
  const isKey = caller.via === undefined && jwtPrincipal(caller) === null;
  if (email === undefined && !isKey) return { reason: "not_an_approver" };
  if (hasDecided(wait, caller)) return { reason: "already_decided", by: deciderName(caller) };
  if (email === undefined) return null;
  if (!step.config.approvers.some((approver) => isSameAddress(approver, email))) {
    return { reason: "not_an_approver", email };
  }
  const isOwn = !step.config.allow_self_approval && isStarter(state, caller);
  return isOwn ? { reason: "self_approval" } : null;
}

/** Whether a decision of this wait is the caller's: the same name, or the same person. */
export function hasDecided(wait: WaitState, caller: Caller): boolean {
  const by = deciderName(caller);
  if (wait.decisions.some((decision) => isSameAddress(decision.by, by))) return true;
  const principal = jwtPrincipal(caller);
  if (principal === null) return false;
  if (wait.principals?.includes(principal) === true) return true;
  // Before version 0.4 a JWT without an e-mail decided by this name.
  return wait.decisions.some((decision) => decision.by === `key:${principal}`);
}

function isStarter(state: RunState, caller: Caller): boolean {
  const { created_by: starter, created_with: kind } = state;
  if (isSameAddress(starter.email, caller.email)) return true;
  const principal = jwtPrincipal(caller);
  const started = jwtPrincipal(kind === undefined ? starter : { ...starter, kind });
  return principal !== null && principal === started;
}

/** Who resumed, in the form of `run.resumed`. */
export function resumer(caller: Caller): { by: string; via?: "resume_token" } {
  const by = deciderName(caller);
  return caller.via === undefined ? { by } : { by, via: caller.via };
}

/** Records the decision; ends the step when the tally is decided, else keeps waiting. */
export function applyDecision(
  draft: Draft,
  wait: WaitState,
  step: ApprovalStep,
  command: Decide,
): void {
  const place = { step_id: step.id };
  const decisions = [...wait.decisions, recordDecision(draft, wait, step, command)];
  const output = { decisions: decisions.map((made) => ({ ...made })) };
  switch (tallyApproval(step.config, decisions)) {
    case "open":
      emit(
        draft,
        {
          type: "run.waiting",
          data: {
            wait_number: wait.number,
            type: "approval",
            ...(wait.expires_at === undefined ? {} : { expires_at: wait.expires_at }),
          },
        },
        place,
      );
      break;
    case "approved":
      completeStep(draft, step, { approved: true, ...output }, step.next);
      break;
    case "rejected":
      if (step.config.on_reject === undefined) {
        failStep(draft, step, {
          code: "approval_rejected",
          message: `Rejected by ${deciderName(command.by)}.`,
        });
      } else {
        completeStep(draft, step, { approved: false, ...output }, step.config.on_reject);
      }
      break;
  }
}

/** A wait that expired: `on_expire`, else it fails like any step. It never approves. */
export function expireWait(draft: Draft, wait: WaitState): void {
  const step = draft.workflow.steps.get(wait.step_id);
  if (step?.type !== "form" && step?.type !== "approval") return;
  const failure = {
    code: "wait_expired" as const,
    message: `There was no answer by ${wait.expires_at}.`,
  };
  const target = step.config.on_expire;
  if (target === undefined) {
    failStep(draft, step, failure);
    return;
  }
  emit(
    draft,
    { type: "step.failed", data: { ...failure, next: target } },
    { step_id: step.id, attempt: 1 },
  );
  goTo(draft, target);
}

function recordDecision(
  draft: Draft,
  wait: WaitState,
  step: ApprovalStep,
  { by: caller, approved, comment, at }: Decide,
): Decision {
  const by = deciderName(caller);
  const decision = { by, approved, ...(comment === undefined ? {} : { comment }), at };
  const principal = jwtPrincipal(caller);
  const data = {
    wait_number: wait.number,
    ...resumer(caller),
    decision,
    ...(principal === null ? {} : { principal }),
  };
  emit(draft, { type: "run.resumed", data }, { step_id: step.id });
  return decision;
}
