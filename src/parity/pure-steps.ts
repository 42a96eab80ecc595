/** Steps without calls to the outside: form, conditional, approval. */
import type { JsonObject } from "#model/json.ts";
import type { ApprovalStep, ConditionalStep, FormStep } from "#model/workflow.ts";
import { answersTo } from "./answering.ts";
import { evaluate } from "./expression/evaluate.ts";
import { readAnswers, readStartAnswers } from "./fields.ts";
import { findName, type Memory, unanswered } from "./memory.ts";
import { done, failed, type StepEnd } from "./step-end.ts";

/** Answered by the start, else by the inputs that are kept for the forms, else it waits. */
export function formStep(step: FormStep, memory: Memory, inputs: JsonObject): StepEnd {
  const { fields } = step.config;
  const known = memory.inputs;
  const answers =
    readStartAnswers(fields, memory.startInputs, known) ??
    readAnswers(fields, answersTo(fields, inputs), known);
  return answers === null ? { kind: "waiting" } : done(answers, step.next);
}

export function conditionalStep(step: ConditionalStep, memory: Memory): StepEnd {
  const { config } = step;
  const evaluation = evaluate(config.when, {
    find: (name) => findName(memory, name),
    isUnanswered: (place, key) => unanswered(memory, place, key) === null,
  });
  if (!evaluation.ok) return failed("expression_error", evaluation.message);
  const { isTrue: result, trace } = evaluation;
  const entries = trace.map(({ path, value }): JsonObject => ({ path, value }));
  return done({ result, trace: entries }, result ? config.then : config.else);
}

/**
 * Decided by as many people as it takes. One rejection after the other, the quorum is out of reach
 * when too few of those listed are left.
 */
export function approvalStep(step: ApprovalStep, approved: boolean, nowMs: number): StepEnd {
  const { approvers, quorum, on_reject: onReject } = step.config;
  const count = approved ? quorum : Math.max(1, approvers.length - quorum + 1);
  const at = new Date(nowMs).toISOString();
  const decisions = approvers.slice(0, count).map((by): JsonObject => ({
    by,
    approved,
    ...(approved ? {} : { comment: "Rejected by the reference." }),
    at,
  }));
  const output = { approved, decisions };
  if (approved) return done(output, step.next);
  if (onReject !== undefined) return done(output, onReject);
  return failed("approval_rejected", `Rejected by ${approvers[count - 1] ?? ""}.`);
}
