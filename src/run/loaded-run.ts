/**
 * A run in memory: its state, its workflow and its context. Plans the result of a command, pure
 * steps included, and adopts a plan once it is committed. Owns no storage and no effects.
 */
import type { IndexedWorkflow } from "#model/workflow-index.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import { type Advance, advance, pendingEffect } from "#engine/advance.ts";
import type { Command, Refusal } from "#engine/command.ts";
import { isTerminal, type RunState } from "#engine/state.ts";
import type { Attempt } from "#executors/executor.ts";
import { type EffectStep, isPure } from "#executors/registry.ts";
import type { RunEvent } from "#model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue, jsonByteLength } from "#model/json.ts";
import { type JsonText, type SizedText, toSizedText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import type { Template } from "#model/template.ts";
import type { Step } from "#model/workflow.ts";
import { type LiveContext, openContext } from "./context.ts";
import { parsedDefinition, parsedTemplates } from "./definitions.ts";
import type { StartRecord } from "#model/start-record.ts";
import type { Commit, StoredRun } from "./commit.ts";
import { Turn } from "./turn.ts";
import { createMasking, type Masking } from "./views/mask.ts";

export interface Plan {
  state: RunState;
  commit: Commit;
}

export type Planned = { ok: true; plan: Plan } | { ok: false; refusal: Refusal };

export class LoadedRun {
  readonly start: StartRecord;
  readonly workflow: IndexedWorkflow;
  readonly templates: Readonly<Record<string, Template>>;
  /** Read from its archive. */
  readonly isArchived: boolean;
  readonly #live: LiveContext;
  #state: RunState | null;
  #contextBytes: number;
  #masking: Masking | null = null;
  /**
   * The texts of outputs until they are planned: one that was measured, here or by its executor, is
   * stored as that text. By identity, so that the engine needs to know nothing of it.
   */
  readonly #texts = new Map<JsonValue, SizedText>();

  /** The run as it is stored. */
  static from(store: StoredRun): LoadedRun {
    return new LoadedRun(store.readStart(), {
      isArchived: store.isArchived ?? false,
      state: store.readState(),
      outputBytes: store.outputBytes(),
      readOutput: (stepId) => store.readOutput(stepId),
    });
  }

  /** `stored` is null for a run that is about to start. */
  constructor(
    start: StartRecord,
    stored: {
      isArchived: boolean;
      state: RunState;
      outputBytes: number;
      readOutput: (stepId: string) => JsonValue | undefined;
    } | null,
  ) {
    this.start = start;
    this.isArchived = stored?.isArchived ?? false;
    const { workflow, staticBytes } = parsedDefinition(start.definition);
    this.workflow = workflow;
    this.templates = parsedTemplates(start.templates);
    this.#state = stored?.state ?? null;
    this.#contextBytes =
      (stored?.outputBytes ?? 0) +
      jsonByteLength(start.inputs) +
      jsonByteLength(start.profile) +
      staticBytes;
    this.#live = openContext(this.workflow, start, this.#state, (stepId) =>
      stored?.readOutput(stepId),
    );
  }

  get state(): RunState {
    if (!this.#state) throw new Error("the run has not started");
    return this.#state;
  }

  get context(): LiveContext["context"] {
    return this.#live.context;
  }

  /**
   * What is masked in all that is shown of the run. Made once for each change of the answers, since
   * it reads all of them.
   */
  get masking(): Masking {
    this.#masking ??= createMasking(this.workflow.definition, this.#givenAnswers());
    return this.#masking;
  }

  /** The start inputs and the answers of each form: values that were replaced since count too. */
  *#givenAnswers(): Generator<JsonObject> {
    yield this.start.inputs;
    for (const step of this.workflow.definition.steps) {
      if (step.type !== "form") continue;
      const answers = this.context.runtime.steps[step.id]?.output;
      if (isJsonObject(answers)) yield answers;
    }
  }

  /**
   * The result of the command, up to the next effect, wait or end, or to the end of the turn: then
   * a pure step is left pending, and `proceed` goes on with it. Nothing is stored yet. If a plan is
   * not committed, the object must be dropped: its context already includes the plan.
   */
  plan(command: Command): Planned {
    return this.#follow(advance(this.workflow, this.#state, command), command.at, new Turn());
  }

  /** The next turn of a run whose last one ended before a pure step. */
  proceed(at: string): Planned {
    const turn = new Turn();
    const result = this.#perform(this.state, at, turn);
    if (result === null) throw new Error("no step without an effect is pending");
    return this.#follow(result, at, turn);
  }

  /** Whether the last turn ended before a step without an outside effect. */
  get isMidTurn(): boolean {
    const effect = pendingEffect(this.state);
    const step = effect && this.workflow.steps.get(effect.step_id);
    return step ? isPure(step) : false;
  }

  #follow(first: Advance, at: string, turn: Turn): Planned {
    const events: RunEvent[] = [];
    const outputs: Record<string, JsonText<JsonValue>> = {};
    let result = first;
    for (;;) {
      if (!result.ok) return result;
      events.push(...result.events);
      for (const [stepId, output] of Object.entries(result.outputs)) {
        const { text, bytes } = this.#sized(output);
        outputs[stepId] = text;
        this.#contextBytes += bytes;
      }
      this.#update(result.state, result.events, result.outputs);
      const next = this.#perform(result.state, at, turn);
      if (next === null) break;
      result = next;
    }
    this.#texts.clear();
    const { state } = result;
    const settled = pendingEffect(state) === null;
    return {
      ok: true,
      plan: { state, commit: { events, outputs, snapshot: settled ? state : null } },
    };
  }

  /** Executes the pending step if it has no outside effect; null: it has, or the turn ends here. */
  #perform(state: RunState, at: string, turn: Turn): Advance | null {
    const effect = pendingEffect(state);
    const step = effect && this.workflow.steps.get(effect.step_id);
    if (!step || !isPure(step)) return null;
    const performed = turn.perform({ ...this.attemptOf(step, state), step });
    if (performed === null) return null;
    const outcome = this.limited(performed);
    const { step_id, attempt } = effect;
    return advance(this.workflow, state, { kind: "outcome", at, step_id, attempt, outcome });
  }

  /** Adopts a committed plan. */
  accept(plan: Plan): void {
    this.#state = plan.state;
  }

  /** The live attempt of a step, in the form that its executor takes. */
  attemptOf<S extends Step>(step: S, state: RunState = this.state): Attempt<S> {
    const known = state.steps[step.id];
    return {
      runId: state.run_id,
      step,
      attempt: known?.attempt ?? 1,
      feedback: known?.feedback ?? [],
      ...(known?.said === undefined ? {} : { previousAnswer: known.said }),
      candidate: known?.candidate ?? 0,
      context: this.#live.context,
      startInputs: this.start.inputs,
    };
  }

  /**
   * Turns an output that is too large, or too large for the context, into a failure. A failure
   * keeps its code and message, and loses the answer that does not fit.
   */
  limited(outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.kind === "failed" && outcome.answer) {
      const { answer, ...rest } = outcome;
      return this.fits(this.sizeOf(answer)) ? outcome : rest;
    }
    if (outcome.kind !== "completed") return outcome;
    if (outcome.sized) this.#texts.set(outcome.output, outcome.sized);
    const bytes = this.sizeOf(outcome.output);
    const tooLarge =
      bytes > LIMITS.stepOutputBytes
        ? `The output has ${bytes} bytes; at most ${LIMITS.stepOutputBytes} are allowed.`
        : this.fits(bytes)
          ? null
          : `The context of the run would exceed ${LIMITS.contextBytes} bytes.`;
    if (tooLarge === null) return outcome;
    return {
      kind: "failed",
      class: "terminal",
      failure: { code: "output_too_large", message: tooLarge },
      ...(outcome.response ? { response: outcome.response } : {}),
    };
  }

  /** Bytes of an output that is about to be planned. */
  sizeOf(output: JsonValue): number {
    return this.#sized(output).bytes;
  }

  #sized(output: JsonValue): SizedText {
    const known = this.#texts.get(output) ?? toSizedText(output);
    this.#texts.set(output, known);
    return known;
  }

  /** Whether that many more bytes of output fit into the context. */
  fits(bytes: number): boolean {
    return this.#contextBytes + bytes <= LIMITS.contextBytes;
  }

  /** The effectful step whose outcome the run waits for, or null. */
  get pendingStep(): EffectStep | null {
    const effect = pendingEffect(this.state);
    const step = effect && this.workflow.steps.get(effect.step_id);
    return step && !isPure(step) ? step : null;
  }

  get isSettled(): boolean {
    return this.state.status === "waiting" || isTerminal(this.state.status);
  }

  #update(state: RunState, events: RunEvent[], outputs: Record<string, JsonValue>): void {
    const ended = new Set<string>();
    for (const event of events) {
      if (event.type !== "step.completed" && event.type !== "step.failed") continue;
      if (event.step_id !== undefined) ended.add(event.step_id);
    }
    this.#live.update(state, ended, outputs);
    // What was just answered has to be masked too. Outputs of other steps change nothing.
    if ([...ended].some((id) => this.workflow.steps.get(id)?.type === "form")) this.#masking = null;
  }
}
