/**
 * What an executor is: it performs one attempt of one step and says how it went. It knows nothing
 * of the log, of storage or of what comes next; whether to retry is the engine's decision.
 */
import type { MockSettings } from "#model/mock-request.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import type { RunContext } from "#model/context.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { Template } from "#model/template.ts";
import type { Step } from "#model/workflow.ts";
import type { Work } from "#model/work.ts";
import type { ProviderRegistry } from "#ai/provider.ts";
import type { ExternalCall } from "#security/egress.ts";

/** One attempt of one step. */
export interface Attempt<S extends Step = Step> {
  runId: string;
  step: S;
  /** 1 for the first. */
  attempt: number;
  /** Schema violations of earlier attempts, as told to the model. */
  feedback: readonly string[];
  /** The answer that they are about; absent: none was kept. */
  previousAnswer?: string;
  /** Which of [provider, …fallback] is asked; 0 is the step's own. */
  candidate: number;
  context: RunContext;
  /** What the run was started with, without the answers of its forms. */
  startInputs: JsonObject;
}

/** Takes out what people gave and marked as sensitive. */
export interface AnswerMask {
  /** By value. */
  text(text: string): string;
  /** By key and by value. */
  output(value: JsonValue): JsonValue;
}

/** What the outside world looks like to an executor. */
export interface Ports {
  /** Aborted when the attempt's time is over, or some time after the run was canceled. */
  signal: AbortSignal;
  /** Whether the run has ended meanwhile: then nothing leaves any more. Absent: it has not. */
  isCanceled?(): boolean;
  providers: ProviderRegistry;
  /** Provider of the steps that do not name one. */
  defaultProvider: string;
  /** The mock that the run asked for: it answers every step. null: none was asked for. */
  mock: MockSettings | null;
  /** How the mock behaves where a step is answered by it and the run has not asked for it. */
  namedMock: MockSettings;
  /** Templates as they were when the run started, by id. */
  templates: Readonly<Record<string, Template>>;
  callExternal: ExternalCall;
  /**
   * Values of these secrets; names without a value are absent. Throws when they cannot be read
   * before the signal.
   */
  readSecrets(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  /** For messages of failures, which are cut: a value that is cut could no longer be masked. */
  answerMask(): AnswerMask;
  /** W3C: names the span of a call to what is called; null: nothing to name. */
  traceparentOf(stepId: string, attempt: number): string | null;
}

/**
 * Answers at once from what the run knows; runs inside the transaction. Draws on the budget of the
 * turn, and throws `TooCostly` when that does not last.
 */
export type PureExecutor<S extends Step> = (attempt: Attempt<S>, work: Work) => AttemptOutcome;

/** Reaches outside; runs between two transactions. Failures are outcomes, a throw is a defect. */
export type EffectExecutor<S extends Step> = (
  attempt: Attempt<S>,
  ports: Ports,
) => Promise<AttemptOutcome>;
