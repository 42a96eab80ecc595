/**
 * The `openai` provider: Chat Completions of OpenAI or of any server that speaks the same
 * protocol. The AI SDK's provider package builds the request; the answer is read here. Owns one
 * call: lowering the schema, sending, and saying what came back. The package does not repeat calls,
 * and neither does this.
 */
import { OpenAIChatLanguageModel } from "@ai-sdk/openai/internal";
import type { LanguageModelV4CallOptions, SharedV4Warning } from "@ai-sdk/provider";
import { LIMITS } from "#model/limits.ts";
import { createTextMask } from "#security/masking/text-mask.ts";
import { REDACTED } from "#security/redact.ts";
import { isWithinDepth } from "#validation/json-schema/validate.ts";
import { type CompletionFacts, readCompletion } from "./completion.ts";
import { failed, failureOf, type Hide, NOTHING_USED, presentable, refused } from "./failure.ts";
import { messagesOf } from "./messages.ts";
import { restoreValue } from "./restore.ts";
import { saidIn, saidInValue } from "./said.ts";
import { type LoweredSchema, lowerSchema } from "./lower-schema.ts";
import type { ResponseFormat } from "./settings.ts";
import { guardFetch, type WireAnswer } from "./transport.ts";
import type { AnswerText, GenerateRequest, GenerateResult, Provider } from "../provider.ts";

/** How the server is reached, as it is now: asked for before each call. */
interface OpenAiAccess {
  apiKey: string;
  /** Without a slash at its end. */
  baseUrl: string;
  /** Masked in everything that the server says. */
  secrets: readonly string[];
}

export type OpenAiAccessResult =
  | { ok: true; access: OpenAiAccess }
  | {
      ok: false;
      code: "secret_missing" | "ai_provider_error";
      message: string;
      retryable: boolean;
      /** The settings of the provider are wrong. */
      isUnusable?: boolean;
    };

export interface OpenAiOptions {
  readAccess: (signal: AbortSignal) => Promise<OpenAiAccessResult>;
  /** Asked where a request names no model. */
  defaultModel: string;
  responseFormat: ResponseFormat;
  fetch: typeof fetch;
  /** Milliseconds since 1970, for dates in `Retry-After`. */
  now: () => number;
}

export function createOpenAiProvider(options: OpenAiOptions): Provider {
  return {
    name: "openai",
    inProcess: false,
    generate: async (request, signal) => {
      const model = request.model ?? options.defaultModel;
      const found = await options.readAccess(signal);
      if (!found.ok) {
        return { ...found, model, tokensPrompt: 0, tokensOutput: 0 };
      }
      const result = await callModel({ ...request, model }, found.access, options, signal);
      return result.ok ? result : { model, ...result };
    },
  };
}

type Request = GenerateRequest & { model: string };

async function callModel(
  request: Request,
  access: OpenAiAccess,
  options: OpenAiOptions,
  signal: AbortSignal,
): Promise<GenerateResult> {
  const lowered = limitTo(options.responseFormat, lowerSchema(request.schema));
  const words = createTextMask([access.apiKey, ...access.secrets], REDACTED);
  const { hide = (text) => text } = request;
  const reading: Reading = {
    hide: (text) => hide(words.text(text)),
    hideSecrets: createTextMask(access.secrets, REDACTED).text,
    now: options.now(),
  };
  const kept: WireAnswer[] = [];
  const model = new OpenAIChatLanguageModel(request.model, {
    provider: "openai.chat",
    url: ({ path }) => `${access.baseUrl}${path}`,
    headers: { Authorization: `Bearer ${access.apiKey}` },
    fetch: guardFetch(options.fetch, (answer) => kept.push(answer)),
  });
  try {
    const { warnings } = await model.doGenerate(callOptions(request, lowered, options, signal));
    const [answer] = kept;
    if (answer === undefined) throw new Error("the provider package sent no request");
    const notes = [...lowered.notes, ...warnings.map(describeWarning)];
    const result = toResult(answer, request, lowered, reading);
    return { ...result, lowering: boundNotes(notes) };
  } catch (error) {
    const failure = failureOf(error, reading.hide);
    if (failure === null && !signal.aborted) throw error;
    const notes = boundNotes(lowered.notes);
    return { ...(failure ?? failed("The call was ended.", true)), lowering: notes };
  }
}

/** The schema as far as the server is to be given it. */
function limitTo(format: ResponseFormat, lowered: LoweredSchema): LoweredSchema {
  if (format === "json_schema" || lowered.kind === "none") return lowered;
  const isObject = lowered.kind === "schema" || !lowered.isWrapped;
  const notes = [`not enforced while the model writes: OPENAI_RESPONSE_FORMAT is ${format}`];
  return { kind: "none", isObject, notes };
}

function callOptions(
  request: Request,
  lowered: LoweredSchema,
  { responseFormat }: OpenAiOptions,
  signal: AbortSignal,
): LanguageModelV4CallOptions {
  const { temperature, maxOutputTokens } = request;
  const isStrict = lowered.kind === "strict";
  return {
    prompt: messagesOf(request, lowered.kind === "none"),
    abortSignal: signal,
    providerOptions: { openai: { strictJsonSchema: isStrict } },
    ...responseFormatOf(lowered, responseFormat),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

function responseFormatOf(
  lowered: LoweredSchema,
  most: ResponseFormat,
): Pick<LanguageModelV4CallOptions, "responseFormat"> {
  if (lowered.kind !== "none") {
    return { responseFormat: { type: "json", schema: lowered.schema } };
  }
  return lowered.isObject && most !== "text" ? { responseFormat: { type: "json" } } : {};
}

interface Reading {
  /** For what is said of failures. */
  hide: Hide;
  /** For answers: what people gave is theirs to use. */
  hideSecrets: Hide;
  now: number;
}

function toResult(
  answer: WireAnswer,
  request: Request,
  lowered: LoweredSchema,
  reading: Reading,
): GenerateResult {
  const isSuccess = answer.status < 300;
  const found = isSuccess
    ? readCompletion(answer.text, answer.headers["x-litellm-response-cost"])
    : null;
  if (found?.kind === "unreadable") return failed(UNREADABLE[found.reason], true);
  const facts = present(found?.facts ?? {}, request, reading);
  if (found?.kind === "answer") {
    return (
      judgeEnd(facts.finishReason ?? "", found.isRefused, facts) ??
      answerOf(found.texts, facts, { request, lowered, reading })
    );
  }
  const said = found === null ? saidIn(answer.text) : saidInValue(found.error);
  if (said.failedGeneration !== null && said.codes.includes("json_validate_failed")) {
    const texts: AnswerText[] = [{ source: "content", text: said.failedGeneration }];
    const refusedByServer = presentable(said.message, reading.hide);
    const whole = answerOf(texts, { ...NOTHING_USED, ...facts }, { request, lowered, reading });
    return { ...whole, refusedByServer };
  }
  return { ...refused(answer, said, reading.hide, reading.now), ...facts };
}

/** An answer of success that is none. */
const UNREADABLE = {
  not_json: "The provider's answer is not JSON.",
  no_choices: "The provider's answer has no choices: the model said nothing.",
  other: "The provider's answer is not a chat completion.",
} as const;

function present(
  { model, finishReason, ...facts }: CompletionFacts,
  request: Request,
  { hide, hideSecrets }: Reading,
): CompletionFacts & { model: string } {
  // Masked before it is cut; one that is whole is masked where it is shown, and has its price.
  const label = (said: string, length: number) =>
    (said.length > length ? hide(said) : hideSecrets(said)).slice(0, length).toWellFormed();
  return {
    model: label(model ?? request.model, LIMITS.nameLength),
    ...facts,
    ...(finishReason === undefined ? {} : { finishReason: label(finishReason, 64) }),
  };
}

const FILTERED =
  /^(?:content[-_]filter|safety|prohibited_content|recitation|blocklist|spii|sensitive)/i;
const CUT_OFF = /^(?:length|max_tokens|model_length|max_output_tokens)$/i;
const BROKEN = /^(?:error|network_error|insufficient_system_resource|abort)$/i;

/** What kept the model from answering; null: nothing did. */
function judgeEnd(
  reason: string,
  isRefused: boolean,
  facts: CompletionFacts,
): GenerateResult | null {
  if (FILTERED.test(reason)) {
    const message = "The provider's content filter stopped the answer.";
    return { ok: false, code: "ai_content_filtered", message, retryable: false, ...facts };
  }
  if (isRefused || /^refusal$/i.test(reason)) {
    const message = "The model refused to answer.";
    return { ok: false, code: "ai_refused", message, retryable: false, ...facts };
  }
  if (!BROKEN.test(reason)) return null;
  return { ...failed("The provider broke off while the model was answering.", true), ...facts };
}

function answerOf(
  found: readonly AnswerText[],
  facts: CompletionFacts,
  {
    request,
    lowered,
    reading,
  }: {
    request: Request;
    lowered: LoweredSchema;
    reading: Reading;
  },
): Extract<GenerateResult, { ok: true }> {
  // Servers can echo what they are sent; a secret must not reach the log that way.
  const texts = found.map(({ source, text }) => ({ source, text: reading.hideSecrets(text) }));
  // Reasoning is no answer that a model would know as its own.
  const said = texts.find(({ source, text }) => source !== "reasoning" && text.trim() !== "");
  const isCutOff = CUT_OFF.test(facts.finishReason ?? "");
  return {
    ok: true,
    text: said?.text ?? "",
    texts,
    ...facts,
    model: facts.model ?? request.model,
    ...(isCutOff ? { isCutOff } : {}),
    ...(lowered.kind === "strict"
      ? {
          restore: (value) =>
            isWithinDepth(value, LIMITS.bodyDepth)
              ? restoreValue(lowered.root, lowered.isWrapped, value)
              : value,
        }
      : {}),
  };
}

function describeWarning(warning: SharedV4Warning): string {
  return warning.type === "other" || warning.type === "deprecated"
    ? warning.message
    : `${warning.feature} not sent as asked${warning.details === undefined ? "" : `: ${warning.details}`}`;
}

function boundNotes(notes: readonly string[]): string[] {
  const most = LIMITS.loweringNotes;
  if (notes.length <= most) return notes.map((note) => note.slice(0, 200));
  return [
    ...notes.slice(0, most).map((note) => note.slice(0, 200)),
    `and ${notes.length - most} more`,
  ];
}
