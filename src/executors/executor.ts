/**
 * What an executor is: it performs one attempt of one step and says how it went. It knows nothing
 * of the log, of storage or of what comes next; whether to try again is the engine's decision.
 */
import type { RunContext } from "../model/context.ts";
import type { Failure } from "../model/failure.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Template } from "../model/template.ts";
import type { Step } from "../model/workflow.ts";
import type { ProviderRegistry } from "../ai/provider.ts";
import type { ExternalCall } from "../security/egress.ts";

/** How the mock provider is told to behave in this run. */
export interface MockSettings {
  mode: string;
  /** Mode by step id; wins over `mode`. */
  steps: Record<string, string>;
  seed: number;
}

/** One attempt of one step. */
export interface Attempt<S extends Step = Step> {
  runId: string;
  step: S;
  /** 1 for the first. */
  attempt: number;
  /** Schema violations of earlier attempts, as told to the model. */
  feedback: readonly string[];
  /** Attempts of this step that failed in transport, so far. */
  transportFailures: number;
  /** Which of [provider, …fallback] is asked; 0 is the step's own. */
  candidate: number;
  context: RunContext;
}

/** What the outside world looks like to an executor. */
export interface Ports {
  /** Aborted when the attempt's time is over or the run is canceled. */
  signal: AbortSignal;
  providers: ProviderRegistry;
  /** Provider of steps that name none. */
  defaultProvider: string;
  mock: MockSettings | null;
  /** Templates as they were when the run started, by id. */
  templates: Readonly<Record<string, Template>>;
  callExternal: ExternalCall;
}

/** `data` of an `ai.response` event. */
export interface AiResponseData extends JsonObject {
  provider: string;
  model: string;
  template_id: string;
  template_version: number;
  tokens_prompt: number;
  tokens_output: number;
  latency_ms: number;
  retry_count: number;
  cost_usd: number | null;
  schema_valid: boolean;
}

export type Outcome =
  | {
      kind: "completed";
      output: JsonValue;
      /** The branch taken, for steps that decide; absent: the step's `next`. */
      next?: string | null;
      response?: AiResponseData;
    }
  | { kind: "waiting" }
  | {
      kind: "failed";
      failure: Failure;
      /**
       * terminal: never again. transport: counts against the step's `retry`. schema: counts
       * against the schema budget, and `feedback` is told to the model.
       */
      class: "terminal" | "transport" | "schema";
      /** The server asked to wait this long. */
      retryAfterMs?: number;
      feedback?: string[];
      response?: AiResponseData;
    };

/** Answers at once from what the run knows; runs inside the transaction. */
export type PureExecutor<S extends Step> = (attempt: Attempt<S>) => Outcome;

/** Reaches outside; runs between two transactions. Failures are outcomes, a throw is a defect. */
export type EffectExecutor<S extends Step> = (
  attempt: Attempt<S>,
  ports: Ports,
) => Promise<Outcome>;
