/** The plain model of what people, clocks and operators do to a run: answers, decisions, timers, ends. */
import type { Decision } from "#model/approval.ts";
import type { Caller } from "#model/caller.ts";
import type { AttemptName } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import type { ApprovalStep } from "#model/workflow.ts";
import { type PlainRun, type PlainWait, WORDED } from "./plain-run.ts";

/** Why a command was refused, in the words of a problem. */
export type PlainRefusal = { reason: string } & Record<string, unknown>;

/** The name of a caller in the log. */
function nameOf({ email, via, id }: Caller): string {
  if (email !== undefined) return email;
  return via === undefined ? `key:${id}` : via;
}

/** The person behind a JWT. */
function personOf({ id, via, kind }: Caller): string | null {
  if (via !== undefined) return null;
  if (kind !== undefined) return kind === "jwt" ? id : null;
  return id.startsWith("user:") ? id : null;
}

const isSame = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

function refuseAnswerTo(
  run: PlainRun,
  type: "form" | "approval",
  number: number | undefined,
): PlainRefusal | null {
  const word = type === "form" ? "answer" : "decision";
  const { wait } = run;
  if (!wait) {
    run.coverage.took(`${word}: refused, not waiting`);
    return { reason: "not_waiting", status: run.status };
  }
  if (wait.expiresAt !== undefined && wait.expiresAt <= run.at) {
    run.coverage.took(`${word}: refused, expired`);
    return { reason: "expired", expires_at: wait.expiresAt };
  }
  if (number !== undefined && number !== wait.number) {
    run.coverage.took(`${word}: refused, stale wait`);
    return { reason: "stale_wait", wait_number: wait.number };
  }
  if (wait.type !== type) {
    run.coverage.took(`${word}: refused, another type of wait`);
    return { reason: "wrong_wait_type", waiting_for: wait.type };
  }
  return null;
}

export function answer(
  run: PlainRun,
  by: Caller,
  output: JsonValue,
  number: number | undefined,
): PlainRefusal | null {
  const refusal = refuseAnswerTo(run, "form", number);
  if (refusal || !run.wait) return refusal;
  run.coverage.took("answer: taken");
  if (by.via !== undefined) run.coverage.took("answer: by a link");
  const { stepId } = run.wait;
  const step = run.stepOf(stepId);
  if (!step) throw new Error(`the model waits at ${stepId}, which does not exist`);
  const data = { wait_number: run.wait.number, by: nameOf(by), ...viaOf(by) };
  run.say({ type: "run.resumed", data }, { step_id: stepId }, false);
  run.complete(step, output, step.next);
  return null;
}

function viaOf({ via }: Caller) {
  return via === undefined ? {} : { via };
}

export interface PlainDecision {
  by: Caller;
  stepId: string;
  approved: boolean;
  comment?: string;
  number?: number;
}

export function decide(run: PlainRun, decision: PlainDecision): PlainRefusal | null {
  const refusal = refuseAnswerTo(run, "approval", decision.number);
  if (refusal || !run.wait) return refusal;
  const step = run.stepOf(run.wait.stepId);
  if (step?.type !== "approval") throw new Error("the model waits for no approval");
  const refused = refuseDecision(run, run.wait, step, decision);
  if (refused) return refused;
  record(run, run.wait, decision);
  settle(run, run.wait, step);
  return null;
}

function refuseDecision(
  run: PlainRun,
  wait: PlainWait,
  step: ApprovalStep,
  { by, stepId, approved, comment = "" }: PlainDecision,
): PlainRefusal | null {
  const { coverage } = run;
  const { approvers, allow_self_approval: mayApproveOwn } = step.config;
  if (stepId !== wait.stepId) {
    coverage.took("decision: refused, another step");
    return { reason: "wrong_step", waiting_step: wait.stepId };
  }
  const person = personOf(by);
  if (by.email === undefined && (person !== null || by.via !== undefined)) {
    coverage.took("decision: refused, no person");
    return { reason: "not_an_approver" };
  }
  const isKnownName = wait.decisions.some((made) => isSame(made.by, nameOf(by)));
  const isKnownPerson = person !== null && wait.principals.includes(person);
  if (isKnownName || isKnownPerson) {
    coverage.took(
      isKnownName
        ? "decision: refused, decided before"
        : "decision: refused, the same person by another address",
    );
    return { reason: "already_decided", by: nameOf(by) };
  }
  const { email } = by;
  if (email !== undefined) {
    if (!approvers.some((approver) => isSame(approver, email))) {
      coverage.took("decision: refused, not an approver");
      return { reason: "not_an_approver", email };
    }
    if (!mayApproveOwn && hasStarted(run, by)) {
      coverage.took("decision: refused, one's own run");
      return { reason: "self_approval" };
    }
  }
  if (!approved && step.config.require_comment_on_reject && comment.trim() === "") {
    coverage.took("decision: refused, no comment");
    return { reason: "comment_required" };
  }
  return null;
}

function hasStarted(run: PlainRun, by: Caller): boolean {
  const { created_by: starter, created_with: kind } = run.facts;
  const isSameMail =
    starter.email !== undefined && by.email !== undefined && isSame(starter.email, by.email);
  const person = personOf(by);
  const startedBy = personOf(kind === undefined ? starter : { ...starter, kind });
  return isSameMail || (person !== null && person === startedBy);
}

function record(run: PlainRun, wait: PlainWait, { by, approved, comment }: PlainDecision): void {
  const said = comment === undefined ? {} : { comment };
  const decision: Decision = { by: nameOf(by), approved, ...said, at: run.at };
  const person = personOf(by);
  wait.decisions.push(decision);
  if (person !== null) {
    run.coverage.took("decision: of a JWT, whose principal is kept");
    wait.principals.push(person);
  }
  if (by.email === undefined) run.coverage.took("decision: of a key");
  const data = {
    wait_number: wait.number,
    by: nameOf(by),
    ...viaOf(by),
    decision,
    ...(person === null ? {} : { principal: person }),
  };
  run.say({ type: "run.resumed", data }, { step_id: wait.stepId }, false);
}

/** Approved by as many as are needed, rejected when that cannot be reached any more. */
function settle(run: PlainRun, wait: PlainWait, step: ApprovalStep): void {
  const { quorum, approvers, on_reject: onReject } = step.config;
  const names = wait.decisions.map((made) => made.by);
  const approvals = wait.decisions.filter((made) => made.approved).length;
  const open = approvers.filter((one) => !names.some((name) => isSame(name, one))).length;
  const rejectedByKeys = wait.decisions.filter(
    (made) => !made.approved && made.by.startsWith("key:"),
  ).length;
  const decisions = wait.decisions.map((made) => ({ ...made }));
  if (approvals >= quorum) {
    run.coverage.took("decision: approves");
    run.complete(step, { approved: true, decisions }, step.next);
  } else if (approvals + Math.max(0, open - rejectedByKeys) >= quorum) {
    run.coverage.took("decision: keeps waiting");
    run.sayWaiting(wait);
  } else if (onReject === undefined) {
    run.coverage.took("decision: rejects, and the step fails");
    run.failStep(step, { code: "approval_rejected", message: WORDED }, step.on_error);
  } else {
    run.coverage.took("decision: rejects, and on_reject goes on");
    run.complete(step, { approved: false, decisions }, onReject);
  }
}

export interface PlainTimer {
  kind: "retry" | "expire";
  step_id?: string;
  attempt?: number;
  wait_number?: number;
  at: string;
}

/** The timers that are set. */
export function timersOfModel(run: PlainRun): PlainTimer[] {
  if (run.hasEnded) return [];
  const timers: PlainTimer[] = [];
  const step = run.current === null ? undefined : run.steps.get(run.current);
  if (run.current !== null && step?.retryAt !== undefined) {
    timers.push({ kind: "retry", step_id: run.current, attempt: step.attempt, at: step.retryAt });
  }
  if (run.wait?.expiresAt !== undefined) {
    timers.push({ kind: "expire", wait_number: run.wait.number, at: run.wait.expiresAt });
  }
  return timers;
}

export function fire(run: PlainRun, timer: PlainTimer): void {
  const set = timersOfModel(run).find(
    ({ kind, step_id, attempt, wait_number }) =>
      kind === timer.kind &&
      step_id === timer.step_id &&
      attempt === timer.attempt &&
      wait_number === timer.wait_number,
  );
  if (!set) {
    run.coverage.took("timer: not set");
    return;
  }
  if (set.at > run.at) {
    run.coverage.took("timer: not due yet");
    return;
  }
  const step = run.stepOf(set.step_id ?? run.wait?.stepId ?? "");
  if (!step) throw new Error("the model has a timer of no step");
  if (set.kind === "retry") {
    run.coverage.took("timer: begins the next attempt");
    run.attempt(step, (set.attempt ?? 0) + 1);
    return;
  }
  const onExpire =
    step.type === "form" || step.type === "approval" ? step.config.on_expire : undefined;
  run.coverage.took(
    onExpire === undefined
      ? "timer: expires a wait, and the step fails"
      : "timer: expires a wait, and on_expire goes on",
  );
  run.failStep(step, { code: "wait_expired", message: WORDED }, onExpire ?? step.on_error);
}

export function cancel(
  run: PlainRun,
  { by, reason, isBegun = false }: { by: Caller; reason?: string; isBegun?: boolean },
): PlainRefusal | null {
  if (run.status === "canceled") {
    run.coverage.took("cancel: of a canceled run");
    return null;
  }
  if (run.hasEnded) {
    run.coverage.took("cancel: refused, already ended");
    return { reason: "already_ended", status: run.status };
  }
  const underWay = underWayNow(run, isBegun);
  const isRetry = run.live === null && run.wait === null;
  if (underWay.length > 0) run.coverage.took("cancel: while a call is under way");
  else if (run.wait) run.coverage.took("cancel: while a person is waited for");
  else run.coverage.took(isRetry ? "cancel: while a retry is due" : "cancel: while a step runs");
  const data = {
    by: nameOf(by),
    ...(reason === undefined ? {} : { reason }),
    ...(underWay.length === 0 ? {} : { under_way: underWay }),
  };
  run.say({ type: "run.canceled", data });
  if (run.current !== null) {
    const step = run.begun(run.current);
    run.endStep(step, "canceled");
    step.changed = run.log.length;
  }
  run.end("canceled");
  run.underWay = underWay;
  return null;
}

export function quarantine(run: PlainRun, seen: string, isBegun = false): void {
  if (run.hasEnded) {
    run.coverage.took("quarantine: of a run that has ended");
    return;
  }
  const underWay = underWayNow(run, isBegun);
  if (underWay.length > 0) run.coverage.took("quarantine: while a call is under way");
  else if (run.wait) run.coverage.took("quarantine: while a person is waited for");
  else run.coverage.took("quarantine: while a step runs");
  const failure = { code: "poisoned" as const, message: seen };
  const stepId = run.current;
  if (stepId !== null) {
    const step = run.begun(stepId);
    step.error = failure;
    run.endStep(step, "failed");
    const place = { step_id: stepId, attempt: step.attempt };
    run.say({ type: "step.failed", data: { ...failure, next: null } }, place);
  }
  run.fail({ ...failure, ...(underWay.length === 0 ? {} : { under_way: underWay }) }, stepId);
}

function underWayNow(run: PlainRun, isBegun: boolean): AttemptName[] {
  return isBegun && run.live ? [run.live] : [];
}
