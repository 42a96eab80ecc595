/**
 * Requests as commands of the engine, and the checks before the engine sees them. Pure except for
 * the clock.
 */
import type { AttemptOutcome } from "#model/attempt.ts";
import { refuseResume } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import { parseJsonText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import { TooCostly, Work } from "#model/work.ts";
import type { JsonObject } from "#model/json.ts";
import type { ProblemSeed } from "#model/problem.ts";
import type { FormField } from "#model/workflow.ts";
import { answersProblem, checkAnswers } from "#validation/answers.ts";
import type { LoadedRun } from "./loaded-run.ts";
import { refusalProblem } from "./refusals.ts";
import { checkToken } from "./views/resume-tokens.ts";
import type { CancelRequest, ResumeRequest } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";

/** ISO time, never earlier than what the log has. */
export function now(run: LoadedRun): string {
  const at = new Date().toISOString();
  return at < run.state.updated_at ? run.state.updated_at : at;
}

export function startCommand(record: StartRecord): Command {
  const templates = parseJsonText(record.templates);
  const { kind, ...caller } = record.caller;
  return {
    kind: "start",
    at: new Date().toISOString(),
    run_id: record.runId,
    facts: {
      workflow_version: record.workflowVersion,
      created_by: caller,
      ...(kind === undefined ? {} : { created_with: kind }),
      provider: record.provider,
      mock: record.isOnMock ?? record.mock !== null,
      mock_asked: record.mock !== null,
      templates: Object.fromEntries(templates.map(({ id, version }) => [id, version])),
      tags: record.tags,
      ...(record.idempotencyKey === undefined ? {} : { idempotency_key: record.idempotencyKey }),
    },
  };
}

/** The command of a resume, or the problem with it. A problem changes nothing. */
export function resumeCommand(
  run: LoadedRun,
  { answer, caller, token, waitNumber }: ResumeRequest,
): { ok: true; command: Command } | { ok: false; problem: ProblemSeed } {
  const type = answer.kind === "inputs" ? "form" : "approval";
  const at = now(run);
  const holder = token ? checkToken(run, token, at) : null;
  if (holder && !holder.ok) return holder;
  const refusal = refuseResume(run.state, waitNumber, type, at);
  if (refusal) return { ok: false, problem: refusalProblem(refusal) };
  const common = {
    at,
    by: holder?.caller ?? caller,
    ...(waitNumber === undefined ? {} : { wait_number: waitNumber }),
  };
  if (answer.kind === "approval") {
    const { kind: _, ...decision } = answer;
    return { ok: true, command: { kind: "decide", ...common, ...decision } };
  }
  const checked = check(run, answer.inputs);
  if (checked instanceof TooCostly) {
    return { ok: false, problem: { code: "too_costly", detail: checked.message } };
  }
  if (!checked.ok) return { ok: false, problem: answersProblem(checked.errors) };
  if (!run.fits(run.sizeOf(checked.answers))) {
    const detail = `With these answers, the context would exceed ${LIMITS.contextBytes} bytes.`;
    return { ok: false, problem: { code: "context_too_large", detail } };
  }
  return { ok: true, command: { kind: "answer", ...common, output: checked.answers } };
}

/** A budget that runs out is a problem of this request here: errors do not survive RPC. */
function check(run: LoadedRun, answers: JsonObject) {
  try {
    return checkAnswers(formFields(run), answers, run.context.runtime.inputs, Work.ofRequest());
  } catch (error) {
    if (error instanceof TooCostly) return error;
    throw error;
  }
}

export function cancelCommand(
  run: LoadedRun,
  { caller, reason }: CancelRequest,
  isBegun: boolean,
): Command {
  return {
    kind: "cancel",
    at: now(run),
    by: caller,
    isBegun,
    ...(reason === undefined ? {} : { reason }),
  };
}

function formFields(run: LoadedRun): FormField[] {
  const stepId = run.state.wait?.step_id ?? "";
  const step = run.workflow.steps.get(stepId);
  if (step?.type !== "form") throw new Error(`"${stepId}" is not a form`);
  return step.config.fields;
}

/** The outcome of an attempt that was interrupted and may not be repeated. */
export function outcomeUnknown(): AttemptOutcome {
  return {
    kind: "failed",
    class: "terminal",
    failure: {
      code: "outcome_unknown",
      message: "The call was interrupted; whether it was processed is not known.",
    },
  };
}
