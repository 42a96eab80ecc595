/**
 * The context of a loaded run, updated as steps end: rebuilding it for each step would cost the
 * square of the run's length. Outputs are read from their rows on first access, and are frozen.
 */
import type { IndexedWorkflow } from "#model/workflow-index.ts";
import type { RunState, StepState } from "#engine/state.ts";
import type { RunContext, StepContext } from "#model/context.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { keysChanged } from "#model/keys.ts";
import type { StartRecord } from "#model/start-record.ts";

export interface LiveContext {
  readonly context: RunContext;
  /** Applies what a transaction changed: steps that ended, with their outputs. */
  update(state: RunState, stepIds: Iterable<string>, outputs: Record<string, JsonValue>): void;
}

export function openContext(
  workflow: IndexedWorkflow,
  start: StartRecord,
  state: RunState | null,
  readOutput: (stepId: string) => JsonValue | undefined,
): LiveContext {
  const inputs: JsonObject = { ...start.inputs };
  const asked = new Set(workflow.definition.inputs?.map((field) => field.key));
  const steps: Record<string, StepContext> = {};
  const askedIn = new Map<object, ReadonlySet<string>>([[inputs, asked]]);
  const context: RunContext = {
    static: freezeDeep(workflow.definition.static),
    profile: freezeDeep(start.profile),
    runtime: { inputs, steps },
    asked,
    askedIn,
  };

  function add(stepId: string, step: StepState, known: JsonValue | undefined): void {
    keysChanged(steps);
    if (step.status === "failed" && step.error) {
      const { code, message } = step.error;
      steps[stepId] = lazyError({ code, message }, () => known ?? readOutput(stepId));
      return;
    }
    if (step.status !== "completed") return;
    steps[stepId] = lazyOutput(() => known ?? readOutput(stepId));
    if (step.type === "form") {
      const form = workflow.steps.get(stepId);
      const keys = form?.type === "form" ? form.config.fields.map(({ key }) => key) : [];
      for (const key of keys) asked.add(key);
      const answers = steps[stepId]?.output;
      if (!isJsonObject(answers)) return;
      Object.assign(inputs, answers);
      keysChanged(inputs);
      askedIn.set(answers, new Set(keys));
    }
  }

  const ended = Object.entries(state?.steps ?? {}).sort(([, a], [, b]) => a.changed - b.changed);
  for (const [stepId, step] of ended) add(stepId, step, undefined);

  return {
    context,
    update(next, stepIds, outputs) {
      for (const stepId of stepIds) {
        const step = next.steps[stepId];
        if (step) add(stepId, step, outputs[stepId]);
      }
    },
  };
}

function lazyOutput(read: () => JsonValue | undefined): StepContext {
  let value: JsonValue | undefined;
  let isRead = false;
  return {
    get output(): JsonValue {
      if (!isRead) {
        value = freezeDeep(read() ?? null);
        isRead = true;
      }
      return value ?? null;
    },
  };
}

/** The answer of an API is stored in the row of the output; most failures have none. */
function lazyError(failure: JsonObject, read: () => JsonValue | undefined): StepContext {
  let value: JsonObject | null = null;
  return {
    get error(): JsonObject {
      if (value === null) {
        const answer = read();
        value = freezeDeep({ ...failure, ...(isJsonObject(answer) ? answer : {}) });
      }
      return value;
    },
  };
}

function freezeDeep<T extends JsonValue>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freezeDeep(child);
  }
  return value;
}
