/**
 * A run a second time, as plainly as it can be said: one object that is written to, no fold, no
 * drafts, no snapshot. It shares no code with the engine, only the types of what a run says. What it
 * does not know is the wording of the failures that the engine itself makes, and where in its range
 * a jittered delay falls: the caller says what was seen.
 *
 * Steps and their attempts are here, outcomes in `plain-outcomes.ts`, people and waits in
 * `plain-waits.ts`.
 */
import type { AiResponse, LateResult } from "#model/attempt.ts";
import type { AttemptName, Happened, RunEvent, RunFacts } from "#model/event.ts";
import type { Failure } from "#model/failure.ts";
import type { JsonValue } from "#model/json.ts";
import type { Decision } from "#model/approval.ts";
import type { Step, WorkflowDefinition } from "#model/workflow.ts";
import type { Coverage } from "./transitions.ts";

/** In place of a text that the engine words. */
export const WORDED = "…";

export interface PlainStep {
  type: Step["type"];
  status: "running" | "waiting" | "completed" | "failed" | "canceled";
  attempt: number;
  startedAt: string;
  endedAt?: string;
  error?: { code: string; message: string };
  failures: number;
  violations: number;
  candidate: number;
  feedback: string[];
  said?: string;
  retryAt?: string;
  late: number[];
  responses: AiResponse[];
  /** The number of the last event about it. */
  changed: number;
}

export interface PlainWait {
  number: number;
  stepId: string;
  type: "form" | "approval";
  since: string;
  expiresAt?: string;
  decisions: Decision[];
  principals: string[];
}

/** The delay that was seen, which has to be within these bounds. */
export type SeeDelay = (leastMs: number, mostMs: number) => number;

export class PlainRun {
  readonly definition: WorkflowDefinition;
  readonly coverage: Coverage;
  readonly seeDelay: SeeDelay;
  readonly id: string;
  readonly facts: RunFacts;
  /** Of the command that is carried out. */
  at = "";
  createdAt = "";
  updatedAt = "";
  endedAt: string | null = null;
  status: "running" | "waiting" | "completed" | "failed" | "canceled" = "running";
  current: string | null = null;
  readonly steps = new Map<string, PlainStep>();
  readonly outputs = new Map<string, JsonValue>();
  waits = 0;
  wait: PlainWait | null = null;
  error: { code: string; message: string; step_id: string | null } | null = null;
  underWay: AttemptName[] = [];
  readonly responses: AiResponse[] = [];
  readonly log: RunEvent[] = [];

  constructor(
    definition: WorkflowDefinition,
    { id, facts, at }: { id: string; facts: RunFacts; at: string },
    coverage: Coverage,
    seeDelay: SeeDelay,
  ) {
    this.definition = definition;
    this.id = id;
    this.facts = facts;
    this.coverage = coverage;
    this.seeDelay = seeDelay;
    this.at = at;
    this.createdAt = at;
    coverage.took("start: a run begins");
    this.say({ type: "run.created", data: { workflow_id: definition.id, ...facts } });
    this.say({ type: "run.started", data: {} });
    this.enter(definition.start_step);
  }

  get hasEnded(): boolean {
    return this.endedAt !== null;
  }

  /** The attempt that is being made. */
  get live(): AttemptName | null {
    const step = this.current === null ? undefined : this.steps.get(this.current);
    if (this.status !== "running" || this.current === null || step?.status !== "running") {
      return null;
    }
    return step.retryAt === undefined ? { step_id: this.current, attempt: step.attempt } : null;
  }

  stepOf(id: string): Step | undefined {
    return this.definition.steps.find((step) => step.id === id);
  }

  /** Writes an event; `about`: it is about a step, and counts as a change of it. */
  say(happened: Happened, place: { step_id?: string; attempt?: number } = {}, about = true): void {
    const seq = this.log.length + 1;
    const event: RunEvent = { seq, at: this.at, run_id: this.id, ...place, ...happened };
    this.log.push(event);
    if (happened.type !== "step.late") this.updatedAt = this.at;
    const step = about && place.step_id !== undefined && this.steps.get(place.step_id);
    if (step) step.changed = seq;
  }

  enter(target: string | null): void {
    if (target === null) {
      this.say({ type: "run.completed", data: {} });
      this.end("completed");
      return;
    }
    const step = this.stepOf(target);
    if (!step) {
      this.coverage.took("step: leads to a step that does not exist");
      this.fail({ code: "internal", message: WORDED }, null);
    } else if (this.steps.has(target)) {
      this.coverage.took("step: leads to a step that has begun before");
      this.fail({ code: "internal", message: WORDED }, target);
    } else {
      this.coverage.took(`step: ${step.type} begins`);
      this.steps.set(target, {
        type: step.type,
        status: "running",
        attempt: 1,
        startedAt: this.at,
        failures: 0,
        violations: 0,
        candidate: 0,
        feedback: [],
        late: [],
        responses: [],
        changed: 0,
      });
      this.attempt(step, 1);
    }
  }

  attempt(step: Step, attempt: number): void {
    const begun = this.begun(step.id);
    this.current = step.id;
    begun.attempt = attempt;
    delete begun.retryAt;
    const place = { step_id: step.id, attempt };
    this.say({ type: "step.started", data: { type: step.type } }, place);
    if (step.type !== "ai_generate") return;
    const { template_id, model: own, fallback = [] } = step.config;
    const other = begun.candidate === 0 ? null : fallback[begun.candidate - 1];
    const named = other ? other.provider : (step.config.provider ?? this.facts.provider);
    const isMock = this.facts.mock_asked ?? this.facts.mock;
    const model = other ? other.model : own;
    const data = {
      provider: isMock ? "mock" : named,
      ...(model === undefined ? {} : { model }),
      template_id,
      template_version: this.facts.templates[template_id] ?? 0,
      retry_count: attempt - 1,
    };
    this.say({ type: "ai.request", data }, place);
  }

  begun(id: string): PlainStep {
    const step = this.steps.get(id);
    if (!step) throw new Error(`the model has no step ${id}`);
    return step;
  }

  complete(step: Step, output: JsonValue, next: string | null): void {
    const begun = this.begun(step.id);
    this.outputs.set(step.id, output);
    this.endStep(begun, "completed");
    this.say(
      { type: "step.completed", data: { next } },
      { step_id: step.id, attempt: begun.attempt },
    );
    this.coverage.took(
      next === null
        ? "step: completes, and the run with it"
        : "step: completes, and the next begins",
    );
    this.enter(next);
  }

  /** `target`: where the failure leads; undefined: the run fails with it. */
  failStep(step: Step, failure: Failure, target: string | undefined, excerpt?: string): void {
    const begun = this.begun(step.id);
    const { code, message } = failure;
    begun.error = { code, message };
    this.endStep(begun, "failed");
    const said = excerpt === undefined ? {} : { excerpt };
    const place = { step_id: step.id, attempt: begun.attempt };
    this.say({ type: "step.failed", data: { ...failure, next: target ?? null, ...said } }, place);
    if (target === undefined) {
      this.coverage.took("step: fails, and the run with it");
      this.fail(failure, step.id);
    } else {
      this.coverage.took("step: fails, and on_error goes on");
      this.enter(target);
    }
  }

  endStep(begun: PlainStep, status: "completed" | "failed" | "canceled"): void {
    begun.status = status;
    begun.endedAt = this.at;
    delete begun.retryAt;
    delete begun.said;
    this.wait = null;
    this.status = "running";
  }

  fail(failure: Failure & { under_way?: AttemptName[] }, stepId: string | null): void {
    const { code, message, under_way = [] } = failure;
    this.error = { code, message, step_id: stepId };
    this.say(
      { type: "run.failed", data: failure },
      stepId === null ? {} : { step_id: stepId },
      false,
    );
    this.end("failed");
    this.underWay = under_way;
  }

  end(status: "completed" | "failed" | "canceled"): void {
    this.status = status;
    this.endedAt = this.at;
    this.current = null;
    this.wait = null;
  }

  isAwaited(stepId: string, attempt: number): boolean {
    return this.underWay.some((name) => name.step_id === stepId && name.attempt === attempt);
  }

  /** Word of an attempt that was under way when the run ended. */
  late(stepId: string, attempt: number, result: LateResult): void {
    if (!this.isAwaited(stepId, attempt)) {
      this.coverage.took("late: of nothing that is awaited");
      return;
    }
    this.coverage.took("late: of what was under way at the end");
    this.recordLate(stepId, attempt, result);
  }

  recordLate(stepId: string, attempt: number, result: LateResult): boolean {
    const begun = this.begun(stepId);
    if (begun.late.includes(attempt)) return false;
    begun.late.push(attempt);
    const wasAwaited = this.isAwaited(stepId, attempt);
    this.underWay = this.underWay.filter(
      (name) => name.step_id !== stepId || name.attempt !== attempt,
    );
    if (result.response) this.count(begun, result.response);
    const response = result.response ? { response: result.response } : {};
    const left = wasAwaited ? { under_way: [...this.underWay] } : {};
    const data = { ...plainLate(result), ...response, ...left };
    this.say({ type: "step.late", data }, { step_id: stepId, attempt });
    return true;
  }

  count(begun: PlainStep, response: AiResponse): void {
    begun.responses.push(response);
    this.responses.push(response);
  }

  /** A run waits, or goes on waiting. */
  sayWaiting({ number, type, expiresAt, stepId }: PlainWait): void {
    this.status = "waiting";
    this.begun(stepId).status = "waiting";
    const expiry = expiresAt === undefined ? {} : { expires_at: expiresAt };
    this.say(
      { type: "run.waiting", data: { wait_number: number, type, ...expiry } },
      { step_id: stepId },
    );
  }

  later(ms: number): string {
    return new Date(Date.parse(this.at) + ms).toISOString();
  }
}

function plainLate(result: LateResult) {
  switch (result.outcome) {
    case "completed":
      return { outcome: result.outcome, output: result.output };
    case "failed":
      return { outcome: result.outcome, ...result.failure };
    case "canceled":
      return { outcome: result.outcome, code: result.outcome };
    case "outcome_unknown":
      return { outcome: result.outcome, code: result.outcome };
  }
}
