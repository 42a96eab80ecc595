/**
 * What a provider of model answers is: it turns one request into one text and says what that
 * took. It does not judge the text, does not try again and does not count budgets.
 */
import type { Work } from "#model/work.ts";
import type { FailureCode } from "#model/failure.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { TokenCounts } from "./prices.ts";

/** One call. Everything a provider may need to know; adapters use what they support. */
export interface GenerateRequest {
  /** The budget of the request, for what the service makes itself; absent: one of its own. */
  work?: Work;
  model?: string;
  system?: string;
  prompt: string;
  /** What the answer, read as JSON, must fit. */
  schema: JsonObject | boolean;
  temperature?: number;
  maxOutputTokens?: number;
  /** What was wrong with the answer before, one sentence each; empty at first. */
  feedback: readonly string[];
  /** The answer before, as far as it was kept; absent where there was none. */
  previousAnswer?: string;
  templateId: string;
  /** The values given to the template, by name. */
  variables: JsonObject;
  /** 1 for the first attempt of the step. */
  attempt: number;
  /** How the mock behaves; null when nothing was said about it. */
  mock: MockChoice | null;
  /**
   * Takes out of a server's words, before they are cut or changed, what readers of them may not
   * see. Absent: nothing.
   */
  hide?: (text: string) => string;
}

/** The mock's mode for one call; modes are listed in `mock.ts`. */
interface MockChoice {
  mode: string;
  seed: number;
}

/** What is known of a call whether it succeeded or not. Token counts are absent when unknown. */
interface CallFacts extends TokenCounts {
  /** US dollars, where the server or a gateway said what the call cost. */
  costUsd?: number;
  /** Why the model stopped, as the provider reports it. */
  finishReason?: string;
  /** The parts of the request that the provider was not sent, or sent in another form. */
  lowering?: string[];
}

/** Where in the message of a model an answer stands. */
export interface AnswerText {
  source: "content" | "parts" | "tool_call" | "reasoning";
  text: string;
}

export type GenerateResult =
  | (CallFacts & {
      ok: true;
      /** The model's answer as it came, JSON expected; "" when it said nothing. */
      text: string;
      /** What to read, in order; absent: `text` as the content of the message. */
      texts?: readonly AnswerText[];
      model: string;
      /** The provider stopped at its limit of tokens: the text may be only the beginning. */
      isCutOff?: boolean;
      /** The server compared the answer with the schema and refused it, in these words. */
      refusedByServer?: string;
      /** Undoes what the lowering of the schema made the model write. */
      restore?: (value: JsonValue) => JsonValue;
    })
  | (CallFacts & {
      ok: false;
      code: FailureCode;
      message: string;
      /** Whether the same call may succeed later. */
      retryable: boolean;
      /**
       * The provider, its key or its model is of no use here: another one may answer, this one will
       * not, however often it is asked.
       */
      isUnusable?: boolean;
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
