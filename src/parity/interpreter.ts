/**
 * The reference interpreter: the semantics of a workflow a second time, as plainly as they can be
 * said. It exists to be compared with: no log, no timers, no storage, one loop from step to step.
 *
 * It shares `model/` with the engine and nothing else; models, HTTP and the clock are passed in. A
 * retry follows at once, regardless of its delay. Forms are answered from the inputs, approvals decided.
 */
import { type JsonObject, type JsonValue, jsonByteLength } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { Step, WorkflowDefinition } from "#model/workflow.ts";
import { generateStep } from "./ai-step.ts";
import { answersTo, startInputsOf } from "./answering.ts";
import { apiCallStep } from "./api-call-step.ts";
import { isMasked, readAnswers } from "./fields.ts";
import { findPath, type Memory, openMemory } from "./memory.ts";
import { approvalStep, conditionalStep, formStep } from "./pure-steps.ts";
import type { InterpretOptions, ReferencePorts, ReferenceRun } from "./reference.ts";
import { showRun } from "./show-run.ts";
import { failed, type StepEnd } from "./step-end.ts";

/** Runs a workflow to its end, or to a form that the inputs do not answer. */
export async function interpret(
  definition: WorkflowDefinition,
  options: InterpretOptions,
  ports: ReferencePorts,
): Promise<ReferenceRun> {
  const runId = `ref_${crypto.randomUUID().replaceAll("-", "")}`;
  const memory = begin(definition, options);
  if (typeof memory === "string") return refused(runId, definition, options, memory);
  const perform = (step: Step): Promise<StepEnd> | StepEnd => {
    switch (step.type) {
      case "form":
        return formStep(step, memory, options.inputs);
      case "conditional":
        return conditionalStep(step, memory);
      case "approval":
        return approvalStep(step, options.approvals?.[step.id] ?? true, ports.now());
      case "ai_generate":
        return generateStep(step, memory, options, ports);
      case "api_call":
        return apiCallStep(step, memory, { runId, secrets: options.secrets ?? [] }, ports);
    }
  };

  let next: string | null = definition.start_step;
  while (next !== null) {
    const id: string = next;
    const step = definition.steps.find((one) => one.id === id);
    if (step === undefined || memory.taken.some(({ step_id }) => step_id === id)) {
      const message = `The way leads to "${id}", which cannot be taken.`;
      const error = { code: "internal", message, step_id: null };
      return showRun(definition, memory, { id: runId, status: "failed", error });
    }
    const end = limited(await perform(step), memory, step);
    if (end.kind === "waiting") {
      memory.taken.push({ step_id: id, type: step.type, status: "waiting", attempt: 1 });
      return showRun(definition, memory, { id: runId, status: "waiting", current_step: id });
    }
    record(memory, step, end);
    if (end.kind === "failed" && step.on_error === undefined) {
      const error = { code: end.code, message: end.message, step_id: id };
      return showRun(definition, memory, { id: runId, status: "failed", error });
    }
    next = end.kind === "failed" ? (step.on_error ?? null) : end.next;
  }
  return showRun(definition, memory, {
    id: runId,
    status: "completed",
    output: outputs(definition, memory),
  });
}

type RefusalCode = "invalid_inputs" | "masked_value";

/** What a run knows when it starts, or why its inputs are refused. */
function begin(definition: WorkflowDefinition, options: InterpretOptions): Memory | RefusalCode {
  const declared = definition.inputs ?? [];
  const given = startInputsOf(definition, options.inputs);
  if (Object.values(given).some((value) => isMasked(value))) return "masked_value";
  if (definition.inputs !== undefined) {
    const isKnown = Object.keys(given).every((key) => declared.some((field) => field.key === key));
    if (!isKnown || readAnswers(declared, answersTo(declared, given)) === null) {
      return "invalid_inputs";
    }
  }
  const defaults = declared.flatMap(({ key, default: usual }) =>
    usual === undefined ? [] : [[key, usual] as const],
  );
  const known = {
    static: definition.static,
    profile: options.profile ?? {},
    startInputs: { ...Object.fromEntries(defaults), ...given },
    aliases: options.aliases ?? {},
  };
  return openMemory(known, declared);
}

function refused(
  id: string,
  definition: WorkflowDefinition,
  { profile = {}, inputs }: InterpretOptions,
  code: RefusalCode,
): ReferenceRun {
  const memory = openMemory(
    { static: definition.static, profile, startInputs: inputs, aliases: {} },
    [],
  );
  const error = { code, message: "The inputs are not valid.", step_id: null };
  return showRun(definition, memory, { id, status: "refused", error });
}

/** An output that is too large, or makes the context too large, is a failure; of a form, no answer. */
function limited(end: StepEnd, memory: Memory, step: Step): StepEnd {
  if (end.kind !== "done") return end;
  const bytes = jsonByteLength(end.output);
  if (bytes <= LIMITS.stepOutputBytes && hasRoom(memory, bytes)) return end;
  return step.type === "form"
    ? { kind: "waiting" }
    : failed("output_too_large", "The output is too large.", end.attempt);
}

/** Whether that many more bytes fit into the context. */
function hasRoom(memory: Memory, bytes: number): boolean {
  const known = [memory.startInputs, memory.profile, memory.static, ...keptOf(memory)];
  const context = known.reduce<number>((sum, value) => sum + jsonByteLength(value), bytes);
  return context <= LIMITS.contextBytes;
}

/** What the steps gave, and what is kept of the answers that made them fail. */
function keptOf(memory: Memory): JsonValue[] {
  return memory.taken.flatMap(({ output, error }): JsonValue[] => {
    if (output !== undefined) return [output];
    if (error?.http_status === undefined) return [];
    const { code: _, message: _words, ...answer } = error;
    return [answer];
  });
}

function record(memory: Memory, step: Step, end: Exclude<StepEnd, { kind: "waiting" }>): void {
  const place = { step_id: step.id, type: step.type, attempt: end.attempt };
  if (end.kind === "failed") {
    const { code, message, answer } = end;
    const isKept = answer !== undefined && hasRoom(memory, jsonByteLength({ ...answer }));
    const error = { code, message, ...(isKept ? answer : {}) };
    memory.steps[step.id] = { error };
    memory.taken.push({ ...place, status: "failed", error });
    return;
  }
  memory.steps[step.id] = { output: end.output };
  memory.taken.push({ ...place, status: "completed", output: end.output });
  if (step.type !== "form") return;
  Object.assign(memory.inputs, end.output);
  const keys = step.config.fields.map(({ key }) => key);
  for (const key of keys) memory.asked.add(key);
  memory.askedOf.set(end.output, new Set(keys));
}

function outputs(definition: WorkflowDefinition, memory: Memory): JsonObject | null {
  if (definition.output === undefined) return null;
  const named = Object.entries(definition.output).map(([name, path]): [string, JsonValue] => [
    name,
    findPath(memory, path) ?? null,
  ]);
  return Object.fromEntries(named);
}
