/** Moving from step to step: starting, completing, failing, ending. Pure; emits events only. */
import { candidatesOf } from "#model/candidates.ts";
import type { FailedAnswer, Failure } from "#model/failure.ts";
import type { EventData } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import type { AiGenerateStep, Step } from "#model/workflow.ts";
import { type Draft, emit } from "./draft.ts";
import type { RunState } from "./state.ts";

/** Starts the step named, or ends the run as completed when there is none. */
export function goTo(draft: Draft, target: string | null): void {
  if (target === null) {
    emit(draft, { type: "run.completed", data: {} });
    return;
  }
  const step = draft.workflow.steps.get(target);
  if (!step) {
    failRun(draft, { code: "internal", message: `The workflow has no step "${target}".` }, null);
    return;
  }
  // Validation refuses cycles; if one gets here all the same, no step may run twice (law 3).
  if (draft.state?.steps[target]) {
    failRun(draft, { code: "internal", message: `Step "${target}" was reached twice.` }, target);
    return;
  }
  startAttempt(draft, step, 1);
}

/** Logs an attempt's intent: `step.started`, and for AI steps the provider and model. */
export function startAttempt(draft: Draft, step: Step, attempt: number): void {
  const place = { step_id: step.id, attempt };
  const state = emit(draft, { type: "step.started", data: { type: step.type } }, place);
  if (step.type === "ai_generate") {
    emit(draft, { type: "ai.request", data: aiRequest(state, step, attempt) }, place);
  }
}

function aiRequest(state: RunState, step: AiGenerateStep, attempt: number) {
  const asked = candidates(step, state)[state.steps[step.id]?.candidate ?? 0];
  return {
    provider: asked?.provider ?? state.provider,
    ...(asked?.model === undefined ? {} : { model: asked.model }),
    template_id: step.config.template_id,
    template_version: state.templates[step.config.template_id] ?? 0,
    retry_count: attempt - 1,
  };
}

/** The candidates of a step in this run. */
export function candidates(
  step: AiGenerateStep,
  { provider, mock, mock_asked }: Pick<RunState, "provider" | "mock" | "mock_asked">,
) {
  return candidatesOf(step, { provider, isMock: mock_asked ?? mock });
}

export function completeStep(
  draft: Draft,
  step: Step,
  output: JsonValue,
  next: string | null,
): void {
  draft.outputs[step.id] = output;
  const attempt = draft.state?.steps[step.id]?.attempt ?? 1;
  emit(draft, { type: "step.completed", data: { next } }, { step_id: step.id, attempt });
  goTo(draft, next);
}

/** What is kept of a failure beside its code and message. */
interface Kept {
  /** The answer of the API. */
  answer?: FailedAnswer;
  /** The start of the model's answer. */
  excerpt?: string;
}

/**
 * A terminal failure: `on_error` catches it, else the run fails with it. `answer` is stored in the
 * row of the output: in the state it would make every snapshot of a long run larger.
 */
export function failStep(
  draft: Draft,
  step: Step,
  failure: Failure,
  { answer, excerpt }: Kept = {},
): void {
  if (answer) draft.outputs[step.id] = answer;
  const attempt = draft.state?.steps[step.id]?.attempt ?? 1;
  const next = step.on_error ?? null;
  const said = excerpt === undefined ? {} : { excerpt };
  emit(
    draft,
    { type: "step.failed", data: { ...failure, next, ...said } },
    { step_id: step.id, attempt },
  );
  if (next === null) failRun(draft, failure, step.id);
  else goTo(draft, next);
}

export function failRun(
  draft: Draft,
  failure: EventData<"run.failed">,
  stepId: string | null,
): void {
  emit(
    draft,
    { type: "run.failed", data: failure },
    stepId === null ? undefined : { step_id: stepId },
  );
}
