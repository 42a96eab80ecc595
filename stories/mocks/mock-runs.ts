/**
 * Runs that live in memory: the states recorded from the service, and the moves between them. Owns
 * which move leads where and what is refused; `handlers.ts` speaks HTTP for it.
 *
 * A run shows what was recorded, regardless of what it was answered with. What is refused is decided by the
 * service's own checks.
 */
import { RECORDING } from "../../features/fixtures/fixtures.ts";
import type { Snapshot, StateName } from "../../features/fixtures/recording.ts";
import type { Refusal } from "#engine/command.ts";
import type { JsonObject } from "#model/json.ts";
import type { ProblemSeed } from "#model/problem.ts";
import type { FormField } from "#model/workflow.ts";
import { refusalProblem } from "#run/refusals.ts";
import {
  answersProblem,
  checkAnswers,
  completeFromInputs,
  maskedInputs,
} from "#validation/answers.ts";

export type Answer =
  | { kind: "inputs"; inputs: JsonObject }
  | { kind: "approval"; step_id: string; approved: boolean };

export type Result = { ok: true; snapshot: Snapshot } | { ok: false; problem: ProblemSeed };

type Move = "answer" | "approve" | "reject" | "cancel";

const NEXT: Record<StateName, Partial<Record<Move, StateName>>> = {
  form: { answer: "approval", cancel: "canceled" },
  prefilled: { answer: "approval", cancel: "canceled" },
  approval: { approve: "completed", reject: "rejected", cancel: "canceled_at_approval" },
  answered: { approve: "answered_completed", reject: "rejected", cancel: "canceled_at_approval" },
  completed: {},
  answered_completed: {},
  rejected: {},
  canceled: { cancel: "canceled" },
  canceled_at_approval: { cancel: "canceled_at_approval" },
};

type WorkflowId = keyof typeof RECORDING.runs;

interface MockRun {
  id: string;
  workflowId: WorkflowId;
  state: StateName;
  /** The form's fields as the start inputs left them. */
  given: JsonObject;
  key: string | null;
}

export class MockRuns {
  readonly #runs = new Map<string, MockRun>();
  readonly #watchers = new Map<string, Set<() => void>>();

  start(workflowId: string, inputs: JsonObject, key: string | null = null): Result {
    if (!isRecorded(workflowId)) {
      const detail = `There is no workflow "${workflowId}".`;
      return { ok: false, problem: { code: "workflow_not_found", detail } };
    }
    const masked = maskedInputs(inputs);
    if (masked.length > 0) return { ok: false, problem: answersProblem(masked, "input") };
    const id = `run_${letters(this.#runs.size).padStart(26, "a")}`;
    const given = completeFromInputs(formFields(workflowId), inputs);
    const state = startState(given);
    this.#runs.set(id, {
      id,
      workflowId,
      state,
      given: given.kind === "wait" ? given.prefill : inputs,
      key,
    });
    return this.read(id);
  }

  read(id: string): Result {
    const run = this.#runs.get(id);
    return run ? { ok: true, snapshot: snapshotOf(run) } : notFound();
  }

  /** Newest first. */
  list(): Snapshot["run"][] {
    return Array.from(this.#runs.values(), (run) => snapshotOf(run).run).toReversed();
  }

  resume(id: string, answer: Answer, waitNumber: number | undefined): Result {
    const run = this.#runs.get(id);
    if (!run) return notFound();
    const refusal = refuse(snapshotOf(run).run, answer, waitNumber);
    if (refusal) return { ok: false, problem: refusalProblem(refusal) };
    if (answer.kind === "approval") return this.#move(run, answer.approved ? "approve" : "reject");
    const checked = checkAnswers(formFields(run.workflowId), answer.inputs, run.given);
    if (checked.ok) return this.#move(run, "answer");
    return { ok: false, problem: answersProblem(checked.errors) };
  }

  cancel(id: string): Result {
    const run = this.#runs.get(id);
    return run ? this.#move(run, "cancel") : notFound();
  }

  /** Calls back after each change of the run, until the function that it returns is called. */
  watch(id: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(changed));
    return () => void watchers.delete(changed);
  }

  #move(run: MockRun, move: Move): Result {
    const next = NEXT[run.state][move];
    if (next === undefined) {
      const { status } = snapshotOf(run).run;
      return { ok: false, problem: refusalProblem({ reason: "already_ended", status }) };
    }
    run.state = next;
    for (const changed of this.#watchers.get(run.id) ?? []) changed();
    return { ok: true, snapshot: snapshotOf(run) };
  }
}

function isRecorded(workflowId: string): workflowId is WorkflowId {
  return Object.hasOwn(RECORDING.runs, workflowId);
}

function formFields(workflowId: WorkflowId): FormField[] {
  const { wait } = RECORDING.runs[workflowId].form.run;
  return wait?.type === "form" ? wait.fields : [];
}

function startState(given: ReturnType<typeof completeFromInputs>): StateName {
  if (given.kind === "complete") return "answered";
  return Object.keys(given.prefill).length === 0 ? "form" : "prefilled";
}

function snapshotOf({ id, workflowId, state, given, key }: MockRun): Snapshot {
  const recorded = RECORDING.runs[workflowId][state];
  const text = JSON.stringify(recorded).replaceAll(recorded.run.id, id);
  const snapshot = JSON.parse(text) as Snapshot;
  if (key !== null) snapshot.run.idempotency_key = key;
  const { wait } = snapshot.run;
  if (state !== "prefilled" || wait?.type !== "form") return snapshot;
  const filled = completeFromInputs(formFields(workflowId), given);
  const { errors: _, ...asked } = wait;
  const errors = filled.kind === "wait" ? filled.errors : [];
  const filledWait = { ...asked, prefill: given, ...(errors.length === 0 ? {} : { errors }) };
  const runtime = { ...snapshot.context.runtime, inputs: given };
  return {
    ...snapshot,
    run: { ...snapshot.run, wait: filledWait },
    context: { ...snapshot.context, runtime },
  };
}

/** In the order in which the engine looks. */
function refuse(
  { status, wait }: Snapshot["run"],
  answer: Answer,
  waitNumber: number | undefined,
): Refusal | null {
  if (!wait) return { reason: "not_waiting", status };
  if (waitNumber !== undefined && waitNumber !== wait.number) {
    return { reason: "stale_wait", wait_number: wait.number };
  }
  const type = answer.kind === "inputs" ? "form" : "approval";
  if (type !== wait.type) return { reason: "wrong_wait_type", waiting_for: wait.type };
  if (answer.kind === "approval" && answer.step_id !== wait.step_id) {
    return { reason: "wrong_step", waiting_step: wait.step_id };
  }
  return null;
}

function notFound(): Result {
  const detail = "There is no run with this id.";
  return { ok: false, problem: { code: "run_not_found", detail } };
}

/** A number in the letters a to z. */
function letters(number: number): string {
  const rest = Math.floor(number / 26);
  const letter = String.fromCodePoint(97 + (number % 26));
  return rest === 0 ? letter : `${letters(rest)}${letter}`;
}
