/** The engine's refusals as problems: one exhaustive table. */
import type { Refusal } from "#engine/command.ts";
import type { ProblemSeed } from "#model/problem.ts";

export function refusalProblem(refusal: Refusal): ProblemSeed {
  switch (refusal.reason) {
    case "not_waiting":
      return {
        code: "run_not_waiting",
        detail: `The run is ${refusal.status}; only a waiting run can be resumed.`,
      };
    case "expired":
      return {
        code: "run_not_waiting",
        detail: `The wait expired at ${refusal.expires_at}.`,
      };
    case "wrong_wait_type":
      return {
        code: "wrong_wait_type",
        detail:
          refusal.waiting_for === "form"
            ? "The run waits for a form: send `inputs`."
            : "The run waits for an approval: send `approvals`.",
      };
    case "wrong_step":
      return {
        code: "wrong_step",
        detail: `The run waits at the step "${refusal.waiting_step}".`,
      };
    case "stale_wait":
      return {
        code: "stale_wait",
        detail: `The run is at wait ${refusal.wait_number}; the answer is for another.`,
      };
    case "already_decided":
      return { code: "already_decided", detail: alreadyDecided(refusal.by) };
    case "not_an_approver":
      return { code: "not_an_approver", detail: notAnApprover(refusal.email) };
    case "self_approval":
      return {
        code: "self_approval",
        detail: "You started this run, so you may not decide it.",
      };
    case "comment_required":
      return { code: "comment_required", detail: "This step requires a comment with a rejection." };
    case "already_ended":
      return { code: "run_already_ended", detail: `The run is already ${refusal.status}.` };
  }
}

/** The message for a decider who has decided; `by` as in `Decision`. */
export function alreadyDecided(by: string): string {
  return by.startsWith("key:") ? "This key has decided already." : "You have decided already.";
}

function notAnApprover(email: string | undefined): string {
  if (email !== undefined) return `You are not among the approvers, as ${email}.`;
  return "Your token has no verified e-mail address. Approvals can be decided by people with one, by holders of resume links, and by API keys.";
}

/** What a method of the run object returns instead of its value. */
export interface Refused {
  ok: false;
  problem: ProblemSeed;
}

export function refuse(problem: ProblemSeed): Refused {
  return { ok: false, problem };
}

/** A key that was used with another body. */
export function keyReused(): Refused {
  const detail = "The idempotency key was used with another body.";
  return refuse({ code: "idempotency_key_reused", detail });
}

export function runNotFound(): Refused {
  return refuse({ code: "run_not_found", detail: "There is no run with this id." });
}

/** The run was restored from a backup and not released yet. */
export function runHeld(): Refused {
  const detail = "The run was restored from a backup, and waits until the restore is released.";
  return refuse({ code: "run_held", detail });
}
