/** A run's log as the engine writes it, told what happens and when. */
import { indexWorkflow } from "#model/workflow-index.ts";
import { advance } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import type { RunState } from "#engine/state.ts";
import type { AiResponse, AttemptOutcome } from "#model/attempt.ts";
import type { RunEvent } from "#model/event.ts";
import type { Step } from "#model/workflow.ts";
import { spansOf } from "#telemetry/spans.ts";
import type { RunTrace } from "#telemetry/trace-context.ts";
import { definition } from "../support/definitions.ts";

export const RUN_ID = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const T0 = Date.parse("2026-01-01T00:00:00.000Z");

/** ISO time so many seconds after the start. */
export const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
/** The same in milliseconds since 1970. */
export const ms = (seconds: number) => T0 + seconds * 1000;

export function response(over: Partial<AiResponse> = {}): AiResponse {
  return {
    provider: "openai",
    model: "gpt-5-mini-2026-01-01",
    template_id: "content_v1",
    template_version: 3,
    tokens_prompt: 91,
    tokens_output: 22,
    latency_ms: 700,
    retry_count: 0,
    cost_usd: 0.0021,
    schema_valid: true,
    ...over,
  };
}

export class PlayedRun {
  readonly log: RunEvent[] = [];
  /** `seq` after each command: where the run object would have sent what ended. */
  readonly stops: number[] = [];
  readonly #workflow;
  #state: RunState | null = null;

  constructor(steps: Step[]) {
    this.#workflow = indexWorkflow(definition(steps));
    this.tell({
      kind: "start",
      at: at(0),
      run_id: RUN_ID,
      facts: {
        workflow_version: 7,
        created_by: { id: "dev" },
        provider: "openai",
        mock: false,
        templates: { content_v1: 3 },
        tags: [],
      },
    });
  }

  tell(command: Command): this {
    const result = advance(this.#workflow, this.#state, command);
    if (!result.ok) throw new Error(result.refusal.reason);
    this.#state = result.state;
    this.log.push(...result.events);
    this.stops.push(result.state.seq);
    return this;
  }

  outcome(seconds: number, stepId: string, attempt: number, outcome: AttemptOutcome): this {
    return this.tell({ kind: "outcome", at: at(seconds), step_id: stepId, attempt, outcome });
  }

  waits(seconds: number, stepId: string): this {
    return this.outcome(seconds, stepId, 1, { kind: "waiting" });
  }

  retry(seconds: number): this {
    const step = this.#state?.current_step ?? "";
    const { attempt = 0, retry_at: retryAt = "" } = this.#state?.steps[step] ?? {};
    const timer = { kind: "retry", step_id: step, attempt, at: retryAt } as const;
    return this.tell({ kind: "timer", at: at(seconds), timer });
  }

  /** `statuses`: HTTP statuses of completed api_calls. */
  spans(options: { trace?: RunTrace; afterSeq?: number; upTo?: number; statuses?: object } = {}) {
    const { trace = { traceId: "t".repeat(32), parentSpanId: null }, afterSeq = 0 } = options;
    const { upTo = this.log.length, statuses = {} } = options;
    return spansOf(
      {
        runId: RUN_ID,
        trace,
        steps: this.#workflow.steps,
        statusOf: (stepId) => Reflect.get(statuses, stepId) as number | undefined,
      },
      this.log.slice(0, upTo),
      afterSeq,
    );
  }
}
