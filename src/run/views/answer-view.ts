/**
 * What the holder of a resume token sees: the wait, and for an approval what is to be approved.
 * Masked like all views, without tokens, and without the rest of the run.
 */
import type { AnswerView } from "#model/answer-view.ts";
import type { Caller } from "#model/caller.ts";
import type { JsonValue } from "#model/json.ts";
import { subjectOf } from "#model/subject.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";
import { Work } from "#model/work.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Mask } from "./mask.ts";
import { refusalProblem } from "../refusals.ts";
import { viewRun } from "./run-view.ts";
import { shownWithin } from "./shown-run.ts";
import { refusalOf } from "./wait-rights.ts";

/** `holder`: who the token belongs to. The run must be waiting for this answer. */
export function viewAnswer(run: LoadedRun, holder: Caller): AnswerView {
  const approver = holder.email ?? null;
  const shown = shownWithin(run, Work.ofRequest());
  const { wait } = viewRun(shown);
  const step = wait && run.workflow.steps.get(wait.step_id);
  if (!wait || !step) throw new Error("the run is not waiting");
  const place = { workflow: run.workflow.definition.name, step: step.name };
  if (wait.type === "form") return { ...place, kind: "form", wait };
  if (step.type !== "approval" || approver === null) throw new Error("the wait has no decider");
  const { mask } = shown;
  const refusal = refusalOf(run, holder);
  return {
    ...place,
    kind: "approval",
    wait,
    approver,
    isCommentRequired: step.config.require_comment_on_reject,
    ...(refusal ? { refused: refusalProblem(refusal).detail } : {}),
    subject: shownSubject(run, mask),
    given: givenOf(run, mask),
  };
}

function shownSubject(run: LoadedRun, mask: Mask): { step: string; value: JsonValue } | null {
  const completed = run.workflow.definition.steps
    .flatMap((step) => {
      const state = run.state.steps[step.id];
      return state?.status === "completed" ? [{ step, type: step.type, at: state.changed }] : [];
    })
    .toSorted((left, right) => left.at - right.at);
  const subject = subjectOf(completed, ({ step }) =>
    mask.output(run.context.runtime.steps[step.id]?.output ?? null),
  );
  return subject && { step: subject.step.step.name, value: subject.value ?? null };
}

function givenOf(run: LoadedRun, mask: Mask): { label: string; value: JsonValue }[] {
  const fields = fieldsOf(run.workflow.definition);
  const inputs = mask.object(run.context.runtime.inputs);
  return Object.entries(inputs).map(([key, value]) => {
    const field = fields.get(key);
    return { label: field?.label ?? key, value: inWords(value, field) };
  });
}

/** The last field of a key wins, as its answer does. */
function fieldsOf(definition: WorkflowDefinition): ReadonlyMap<string, FormField> {
  const fields: FormField[] = [...(definition.inputs ?? [])];
  for (const step of definition.steps) {
    if (step.type === "form") fields.push(...step.config.fields);
  }
  return new Map(fields.map((field) => [field.key, field]));
}

/** The label of the chosen option, which is what the person saw. */
function inWords(value: JsonValue, field: FormField | undefined): JsonValue {
  const options = field?.options;
  if (!options) return value;
  if (Array.isArray(value)) return value.map((item) => inWords(item, field));
  return options.find((option) => option.value === value)?.label ?? value;
}
