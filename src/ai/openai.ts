/**
 * The `openai` provider: Chat Completions of OpenAI or of any server that speaks the same
 * protocol, through the AI SDK's provider package. Owns one call: lowering the schema, sending,
 * and saying what came back. The package does not repeat calls, and neither does this.
 */
import { OpenAIChatLanguageModel } from "@ai-sdk/openai/internal";
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { LIMITS } from "../model/limits.ts";
import { maskSecrets } from "../security/redact.ts";
import { isWithinDepth } from "../validation/json-schema.ts";
import { parseAnswer } from "./answer.ts";
import { failed, failureOf } from "./openai-failure.ts";
import { messagesOf } from "./openai-messages.ts";
import { restoreValue } from "./openai-restore.ts";
import { type LoweredSchema, lowerSchema } from "./openai-schema.ts";
import type { ResponseFormat } from "./openai-settings.ts";
import { guardFetch } from "./openai-transport.ts";
import type { TokenCounts } from "./prices.ts";
import type { GenerateRequest, GenerateResult, Provider } from "./provider.ts";

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
  const model = new OpenAIChatLanguageModel(request.model, {
    provider: "openai.chat",
    url: ({ path }) => `${access.baseUrl}${path}`,
    headers: { Authorization: `Bearer ${access.apiKey}` },
    fetch: guardFetch(options.fetch),
  });
  try {
    const result = await model.doGenerate(callOptions(request, lowered, options, signal));
    return toResult(result, request, lowered, access.secrets);
  } catch (error) {
    const failure = failureOf(error, [access.apiKey, ...access.secrets], options.now());
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

function toResult(
  { content, finishReason, usage, response, warnings }: LanguageModelV4GenerateResult,
  request: Request,
  lowered: LoweredSchema,
  secrets: readonly string[],
): GenerateResult {
  const label = (said: string, length: number) =>
    maskSecrets(said, secrets).slice(0, length).toWellFormed();
  const facts = {
    model: label(response?.modelId ?? request.model, LIMITS.nameLength),
    ...countTokens(usage),
    ...(finishReason.raw === undefined ? {} : { finishReason: label(finishReason.raw, 64) }),
    lowering: boundNotes([...lowered.notes, ...warnings.map(describeWarning)]),
  };
  if (finishReason.unified === "content-filter") {
    const isFilter = finishReason.raw === "content_filter";
    const message = isFilter
      ? "The provider's content filter stopped the answer."
      : "The model refused to answer.";
    return { ...failed(message, false), ...facts };
  }
  const said = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  // Servers can echo what they are sent; a secret must not reach the log that way.
  const text = maskSecrets(said, secrets);
  const isCutOff = finishReason.unified === "length";
  return {
    ok: true,
    text: restoreText(text, lowered),
    ...facts,
    ...(isCutOff ? { isCutOff } : {}),
  };
}

/** A prompt takes tokens, so none means that the server did not count. */
function countTokens({
  inputTokens,
  outputTokens,
}: LanguageModelV4GenerateResult["usage"]): TokenCounts {
  const { total: tokensPrompt, cacheRead: tokensCached } = inputTokens;
  const { total: tokensOutput } = outputTokens;
  if (!tokensPrompt || tokensOutput === undefined) return {};
  return { tokensPrompt, tokensOutput, ...(tokensCached ? { tokensCached } : {}) };
}

function restoreText(text: string, lowered: LoweredSchema): string {
  if (lowered.kind !== "strict") return text;
  const answer = parseAnswer(text);
  if (!answer.ok || !isWithinDepth(answer.value, LIMITS.bodyDepth)) return text;
  return JSON.stringify(restoreValue(lowered.root, lowered.isWrapped, answer.value));
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
