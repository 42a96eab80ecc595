/**
 * What a provider of model answers is: it turns one request into one text and says what that
 * took. It does not judge the text, does not try again and does not count budgets.
 */
import type { FailureCode } from "../model/failure.ts";
import type { JsonObject } from "../model/json.ts";
import type { TokenCounts } from "./prices.ts";

/** One call. Everything a provider may need to know; adapters use what they support. */
export interface GenerateRequest {
  model?: string;
  system?: string;
  prompt: string;
  /** What the answer, read as JSON, must fit. */
  schema: JsonObject | boolean;
  temperature?: number;
  maxOutputTokens?: number;
  /** What was wrong with earlier answers, one sentence each; empty at first. */
  feedback: readonly string[];
  templateId: string;
  /** The values given to the template, by name. */
  variables: JsonObject;
  /** 1 for the first attempt of the step. */
  attempt: number;
  /** How the mock behaves; null when nothing was said about it. */
  mock: MockChoice | null;
}

/** The mock's mode for one call; modes are listed in `mock.ts`. */
interface MockChoice {
  mode: string;
  seed: number;
}

/** What is known of a call whether it succeeded or not. Token counts are absent when unknown. */
interface CallFacts extends TokenCounts {
  /** Why the model stopped, in the provider's words. */
  finishReason?: string;
  /** What of the request the provider was not told, or told in another way. */
  lowering?: string[];
}

/** `text` is the model's answer as it came, JSON expected. */
export type GenerateResult =
  | (CallFacts & {
      ok: true;
      text: string;
      model: string;
      /** The provider stopped at its limit of tokens: the text may be only the beginning. */
      isCutOff?: boolean;
    })
  | (CallFacts & {
      ok: false;
      code: FailureCode;
      message: string;
      /** Whether the same call may succeed later. */
      retryable: boolean;
      /** The provider asked to wait this long. */
      retryAfterMs?: number;
      /** The model that was asked, where the request named none. */
      model?: string;
    });

export interface Provider {
  readonly name: string;
  /** True: answers in the process, without the network. */
  readonly inProcess: boolean;
  /** Expected failures are results; a throw is a defect. Ends soon after `signal` aborts. */
  generate(request: GenerateRequest, signal: AbortSignal): Promise<GenerateResult>;
}

/** The providers that are configured, by name. */
export type ProviderRegistry = Readonly<Record<string, Provider>>;
