/**
 * What the reference interpreter takes and returns. Types only.
 *
 * The world outside (models, HTTP, the clock) is passed in; nothing in this folder reaches it.
 */
import type { FailedAnswer, FailureCode } from "#model/failure.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { Template } from "#model/template.ts";
import type { StepType } from "#model/workflow.ts";

export interface InterpretOptions {
  /** What the run is started with, and what its forms are answered from: see `splitInputs`. */
  inputs: JsonObject;
  profile?: JsonObject;
  templates: Readonly<Record<string, Template>>;
  /** Further root names that stand for the whole context, as `ctx` did in format 0.1. */
  aliases?: Readonly<Record<string, "context">>;
  /** The mock that the run asked for: it answers every step. null: none was asked for. */
  mock: MockOptions | null;
  /** How the mock behaves for steps that choose it as their provider. */
  namedMock?: MockOptions;
  /** Who answers steps that name no provider; absent: that is not known here. */
  provider?: string;
  /** Names of the secrets that have a value. The values do not matter here. */
  secrets?: readonly string[];
  /** Decisions by step id; an approval that is not named is approved. */
  approvals?: Readonly<Record<string, boolean>>;
}

interface MockOptions {
  mode: string;
  /** Mode by step id; wins over `mode`. */
  steps: Readonly<Record<string, string>>;
  seed: number;
}

/** One call to a model. */
export interface GenerateCall {
  step_id: string;
  /** 1 for the first attempt of the step. */
  attempt: number;
  /** null: the provider of the service. */
  provider: string | null;
  model?: string;
  system?: string;
  prompt: string;
  schema: JsonObject | boolean;
  temperature?: number;
  max_output_tokens?: number;
  /** What was wrong with the answer before, one sentence each. */
  feedback: readonly string[];
  /** The answer that they are about. */
  previous?: string;
  template_id: string;
  variables: JsonObject;
  timeout_s: number;
  mock: { mode: string; seed: number } | null;
}

/** `text` is the model's answer as it came, JSON expected. */
export type GenerateAnswer =
  | { ok: true; text: string }
  /** unusable: the provider, its key or its model; it need not be asked again. */
  | { ok: false; code: FailureCode; message: string; retryable: boolean; unusable?: boolean };

/** One HTTP request of an api_call, filled in. */
export interface HttpCall {
  step_id: string;
  attempt: number;
  method: string;
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/**
 * none: no answer came, so the effect of the request is unknown. refused: the step fails with this;
 * `answer`: what is kept of the answer that could not be taken.
 */
export type HttpAnswer =
  | {
      kind: "response";
      status: number;
      headers: Readonly<Record<string, string>>;
      body: string;
      /** What reading the body gave, where its text was not kept: `body`, and what is said of it. */
      read?: JsonObject;
      /** What a failure says in words, which are not compared. */
      message?: string;
    }
  | { kind: "none"; reason: "network_error" | "timeout"; message: string }
  | { kind: "refused"; code: FailureCode; message: string; answer?: FailedAnswer };

export interface ReferencePorts {
  generate(call: GenerateCall): Promise<GenerateAnswer>;
  call(call: HttpCall): Promise<HttpAnswer>;
  /** Epoch ms; dates the decisions. Nothing waits for it. */
  now(): number;
}

interface ReferenceFailure extends Partial<FailedAnswer> {
  code: FailureCode;
  message: string;
}

export interface ReferenceStep {
  step_id: string;
  type: StepType;
  status: "completed" | "failed" | "waiting";
  /** The last one; 1 for the first. */
  attempt: number;
  output?: JsonValue;
  error?: ReferenceFailure;
}

/** A run as it is shown: `sensitive` answers masked. refused: a start that would be 422. */
export interface ReferenceRun {
  /** `ref_…` */
  id: string;
  status: "completed" | "failed" | "waiting" | "refused";
  current_step: string | null;
  context: {
    static: JsonObject;
    profile: JsonObject;
    runtime: { inputs: JsonObject; steps: JsonObject };
  };
  /** In the order in which they were taken. */
  steps: ReferenceStep[];
  output?: JsonObject;
  error?: { code: string; message: string; step_id: string | null };
}
