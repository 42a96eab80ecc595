/**
 * A run as the API and the projection show it: made from the state, the definition and the rows,
 * masked. Pure; the same functions serve the API and D1, so the two cannot differ.
 */
import type { StepState, WaitState } from "#engine/state.ts";
import { lookupPath } from "#model/context.ts";
import type { RunEvent, ShownEvent } from "#model/event.ts";
import { type JsonObject, type JsonValue, ownProperty } from "#model/json.ts";
import { showUsage } from "#model/usage.ts";
import { holdsMask } from "#model/mask-text.ts";
import type { FormField, StepType } from "#model/workflow.ts";
import type { Context, History, Run, RunStep } from "#model/run.ts";
import type { Wait } from "#model/wait.ts";
import { completeFromInputs } from "#validation/answers.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Mask } from "./mask.ts";
import type { ShownRun } from "./shown-run.ts";

export function viewRun(run: ShownRun): Run {
  const { state } = run;
  const output = runOutput(run);
  return {
    ...viewProgress(run),
    ...(state.error
      ? { error: { ...state.error, message: run.mask.text(state.error.message) } }
      : {}),
    ...(state.wait ? { wait: viewWait(run, state.wait) } : {}),
    ...(output ? { output } : {}),
    ...(state.usage.ai_calls === 0 ? {} : { usage: showUsage(state.usage) }),
    ...(state.idempotency_key === undefined ? {} : { idempotency_key: state.idempotency_key }),
    ...(state.tags.length === 0 ? {} : { tags: state.tags }),
    ...(state.mock ? { mock: true } : {}),
  };
}

/**
 * The progress of the run, for the holder of a resume token: a token allows one answer, not reading
 * what others answered or what the run produced.
 */
export function viewProgress(run: Pick<LoadedRun, "state" | "isArchived">): Run {
  const { state } = run;
  return {
    id: state.run_id,
    workflow_id: state.workflow_id,
    workflow_version: state.workflow_version,
    status: state.status,
    current_step: state.current_step,
    started_at: state.created_at,
    updated_at: state.updated_at,
    ...(state.ended_at === undefined ? {} : { ended_at: state.ended_at }),
    ...archivedMark(run),
  };
}

function archivedMark({ isArchived }: Pick<LoadedRun, "isArchived">): { archived?: true } {
  return isArchived ? { archived: true } : {};
}

function viewWait(run: ShownRun, wait: WaitState): Wait {
  const step = run.workflow.steps.get(wait.step_id);
  const place = { number: wait.number, step_id: wait.step_id };
  const expiry = wait.expires_at === undefined ? {} : { expires_at: wait.expires_at };
  if (step?.type === "approval") {
    const { approvers, quorum } = step.config;
    const decisions = wait.decisions.map((decision) => ({ ...decision }));
    return { ...place, type: "approval", approvers, quorum, decisions, ...expiry };
  }
  if (step?.type !== "form") throw new Error(`the step "${wait.step_id}" takes no answer`);
  const { fields } = step.config;
  const { inputs } = run.context.runtime;
  const given = completeFromInputs(fields, run.start.inputs, inputs);
  const errors = given.kind === "wait" ? given.errors : [];
  const { prefill, withheld } = showKnown(fields, inputs, run.mask);
  return {
    ...place,
    type: "form",
    fields,
    ...(Object.keys(prefill).length === 0 ? {} : { prefill }),
    ...(withheld.length === 0 ? {} : { answered_before: withheld }),
    ...(errors.length === 0 ? {} : { errors }),
    ...expiry,
  };
}

/**
 * Values that are already known for the fields of a form, from the start or from an earlier form.
 * One that is sensitive, or contains a sensitive value, is only named: its mask in a field would be
 * submitted as the answer.
 */
function showKnown(
  fields: readonly FormField[],
  inputs: JsonObject,
  mask: Mask,
): { prefill: JsonObject; withheld: string[] } {
  const known = fields.flatMap((field) => {
    const value = ownProperty(inputs, field.key);
    return value === undefined ? [] : [{ field, value }];
  });
  // null needs no mask: that there is no answer is shown everywhere.
  const isShown = ({ field: { key, sensitive }, value }: (typeof known)[number]) =>
    value === null || (sensitive !== true && !holdsMask(mask.object({ [key]: value })));
  const shown = known.filter(isShown).map(({ field, value }) => [field.key, value] as const);
  return {
    prefill: Object.fromEntries(shown),
    withheld: known.filter((one) => !isShown(one)).map(({ field }) => field.key),
  };
}

/** The values that the workflow's `output` names, once the run is completed. */
function runOutput(run: ShownRun): JsonObject | null {
  const mapping = run.workflow.definition.output;
  if (!mapping || run.state.status !== "completed") return null;
  const output: JsonObject = {};
  for (const [name, path] of Object.entries(mapping)) {
    output[name] = run.mask.at(path, lookupPath(run.context, path) ?? null);
  }
  return output;
}

/** Steps whose last change is later than `afterSeq`, in the order in which they started. */
export function viewSteps(run: ShownRun, afterSeq: number): (RunStep & { seq: number })[] {
  return Object.entries(run.state.steps)
    .filter(([, step]) => step.changed > afterSeq)
    .map(([stepId, step]) => ({ ...viewStep(run, stepId, step), seq: step.changed }));
}

function viewStep(run: ShownRun, stepId: string, step: StepState): RunStep {
  const output = run.context.runtime.steps[stepId]?.output;
  const shown = maskOutput(step.type, output ?? null, run.mask);
  return {
    id: `${run.state.run_id}:${stepId}`,
    run_id: run.state.run_id,
    step_id: stepId,
    type: step.type,
    status: step.status,
    attempt: step.attempt,
    started_at: step.started_at,
    ended_at: step.ended_at ?? null,
    ...(output === undefined ? {} : { output: shown }),
    error: viewStepError(run.context.runtime.steps[stepId]?.error, step, run.mask),
    ...(step.usage ? { usage: showUsage(step.usage) } : {}),
  };
}

/** Messages are masked by value; the answer of an API by key too, like an output. */
function viewStepError(
  known: JsonObject | undefined,
  { error }: StepState,
  mask: Mask,
): (JsonObject & { code: string; message: string }) | null {
  if (!error) return null;
  const { code, message } = error;
  return { ...mask.object(known ?? {}), code, message: mask.text(message) };
}

export function viewHistory(run: ShownRun, events: Iterable<RunEvent>): History {
  const steps = Object.entries(run.state.steps).map(([stepId, step]) =>
    viewStep(run, stepId, step),
  );
  return {
    run_id: run.state.run_id,
    steps,
    events: Array.from(events, (event) => maskEvent(event, run.mask)),
    ...archivedMark(run),
  };
}

/** Drops the model's last answer, which is for the next attempt; readers get its masked excerpt. */
export function maskEvent(event: RunEvent, mask: Mask): ShownEvent {
  switch (event.type) {
    case "step.late": {
      const { output, ...data } = event.data;
      const shown = mask.event({ ...event, data });
      // The result of a late call is masked like the output of a step: by key too.
      return output === undefined
        ? shown
        : { ...shown, data: { ...shown.data, output: mask.output(output) } };
    }
    case "step.retrying": {
      const { said: _, ...data } = event.data;
      return mask.event({ ...event, data });
    }
    default:
      return mask.event(event);
  }
}

export function viewContext(run: ShownRun): Context {
  const steps: JsonObject = {};
  for (const [stepId, step] of Object.entries(run.context.runtime.steps)) {
    steps[stepId] = viewStepContext(run, stepId, step);
  }
  const { runtime, ...fixed } = viewContextWithoutSteps(run);
  return { ...fixed, runtime: { ...runtime, steps }, ...archivedMark(run) };
}

/** As D1 stores it, where the steps have rows of their own. */
export function viewContextWithoutSteps({ context, mask }: ShownRun) {
  const { static: constants, profile, runtime } = context;
  // The profile says what the starter knew, which may be what a form asks for. Constants are public.
  return {
    static: constants,
    profile: mask.object(profile),
    runtime: { inputs: mask.object(runtime.inputs) },
  };
}

function viewStepContext(
  run: ShownRun,
  stepId: string,
  step: { output?: JsonValue; error?: JsonObject },
): JsonObject {
  const state = run.state.steps[stepId];
  if (state?.error) return { error: viewStepError(step.error, state, run.mask) };
  const type = run.workflow.steps.get(stepId)?.type;
  return { output: maskOutput(type, step.output ?? null, run.mask) };
}

function maskOutput(type: StepType | undefined, output: JsonValue, mask: Mask): JsonValue {
  return type === "conditional" ? mask.trace(output) : mask.output(output);
}
