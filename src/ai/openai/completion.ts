/**
 * A chat completion as servers write it, beyond what the vendor does: content as a list of parts,
 * the answer in a tool call or in the reasoning, an error inside, counts under other names. Reads
 * what is there and judges nothing. Numbers that a double does not hold are their text.
 */
import { parseExactJson } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { TokenCounts } from "../prices.ts";
import type { AnswerText } from "../provider.ts";

export type Completion =
  /** Of success by its status, and no completion: a gateway's page, another protocol. */
  | { kind: "unreadable"; reason: "not_json" | "no_choices" | "other" }
  /** `error`: what holds the server's words about it. */
  | { kind: "error"; facts: CompletionFacts; error: JsonValue }
  | { kind: "answer"; facts: CompletionFacts; texts: AnswerText[]; isRefused: boolean };

export interface CompletionFacts extends TokenCounts {
  model?: string;
  costUsd?: number;
  /** In the words of the server. */
  finishReason?: string;
}

export function readCompletion(text: string, costHeader: string | undefined): Completion {
  const read = parseExactJson(text.replace(/^\ufeff/, ""));
  if (!read.ok) return { kind: "unreadable", reason: "not_json" };
  // Some gateways put a list around it.
  const body = Array.isArray(read.value) ? read.value[0] : read.value;
  if (!isJsonObject(body)) return { kind: "unreadable", reason: "other" };
  return completionIn(body, costHeader);
}

function completionIn(body: JsonObject, costHeader: string | undefined): Completion {
  const { choices, model, usage } = body;
  const [choice] = Array.isArray(choices) ? choices : [];
  const { finish_reason: reason } = isJsonObject(choice) ? choice : {};
  const facts: CompletionFacts = {
    ...(typeof model === "string" && model !== "" ? { model } : {}),
    ...countTokens(usage),
    ...costOf(usage, costHeader),
    ...(typeof reason === "string" ? { finishReason: reason } : {}),
  };
  const inside = inChoice(choice, "error");
  if (isError(body["error"])) return { kind: "error", facts, error: body };
  if (isError(inside)) return { kind: "error", facts, error: { error: inside ?? null } };
  if (!isJsonObject(choice)) return withoutChoice(body, facts);
  const { message, text } = choice;
  if (isJsonObject(message)) return { kind: "answer", facts, ...answerIn(message) };
  if (typeof text !== "string") return { kind: "unreadable", reason: "other" };
  return { kind: "answer", facts, texts: [{ source: "content", text }], isRefused: false };
}

function withoutChoice(body: JsonObject, facts: CompletionFacts): Completion {
  // Ollama's own answer is a message, and no error.
  const isWord = (key: string) => key !== "message" || typeof body[key] === "string";
  if (ERRORS.some((key) => isWord(key) && isError(body[key])))
    return { kind: "error", facts, error: body };
  const isEmpty = Array.isArray(body["choices"]) || body["choices"] === null;
  return { kind: "unreadable", reason: isEmpty ? "no_choices" : "other" };
}

/** Where servers say of an error with the status of a success. */
const ERRORS = ["error", "errors", "detail", "message", "base_resp"];

function isError(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) || (typeof value === "string" && value !== "");
}

function inChoice(choice: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(choice) ? choice[key] : undefined;
}

/** Tool calls that are read; a model that is asked for one value makes one. */
const CALLS = 4;

function answerIn(message: JsonObject): { texts: AnswerText[]; isRefused: boolean } {
  const { content, refusal, tool_calls, function_call, ...more } = message;
  const said = contentIn(content);
  const calls = [
    ...(Array.isArray(tool_calls) ? tool_calls.slice(0, CALLS).map(functionOf) : []),
    function_call,
  ].flatMap(argumentsOf);
  const { reasoning_content, reasoning, thinking } = more;
  const thoughts = [reasoning_content, reasoning, thinking].find(
    (text) => typeof text === "string" && text.trim() !== "",
  );
  const isEmpty = said.text.trim() === "";
  const texts: AnswerText[] = [said, ...calls];
  if (isEmpty && typeof thoughts === "string") texts.push({ source: "reasoning", text: thoughts });
  const isRefused = (typeof refusal === "string" && refusal !== "") || (isEmpty && said.isRefused);
  return { texts: texts.map(({ source, text }) => ({ source, text })), isRefused };
}

type Content = AnswerText & { isRefused: boolean };

function contentIn(content: JsonValue | undefined): Content {
  if (typeof content === "string") return { source: "content", text: content, isRefused: false };
  if (Array.isArray(content)) {
    return {
      source: "parts",
      text: content.map(textOf).join(""),
      isRefused: content.some((part) => isOfType(part, "refusal")),
    };
  }
  // A server that has read the JSON already.
  const text = isJsonObject(content) ? JSON.stringify(content) : "";
  return { source: text === "" ? "content" : "parts", text, isRefused: false };
}

function isOfType(part: JsonValue, type: string): boolean {
  return isJsonObject(part) && part["type"] === type;
}

/** Parts of thinking, pictures and sounds say nothing. */
function textOf(part: JsonValue): string {
  if (typeof part === "string") return part;
  if (!isJsonObject(part)) return "";
  const { type, text } = part;
  if (type !== undefined && type !== "text" && type !== "output_text") return "";
  return typeof text === "string" ? text : "";
}

function functionOf(call: JsonValue): JsonValue | undefined {
  return isJsonObject(call) ? call["function"] : undefined;
}

function argumentsOf(called: JsonValue | undefined): AnswerText[] {
  const given = isJsonObject(called) ? called["arguments"] : undefined;
  if (given === undefined || given === null) return [];
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return [{ source: "tool_call", text }];
}

function countTokens(usage: JsonValue | undefined): TokenCounts {
  if (!isJsonObject(usage)) return {};
  const counts = usage;
  const prompt = count(counts["prompt_tokens"]) ?? count(counts["input_tokens"]);
  const output = count(counts["completion_tokens"]) ?? count(counts["output_tokens"]);
  // A prompt takes tokens, so none means that the server did not count.
  if (!prompt || output === undefined) return {};
  const cached = cachedIn(counts);
  return {
    tokensPrompt: prompt,
    tokensOutput: output,
    ...(cached ? { tokensCached: Math.min(cached, prompt) } : {}),
  };
}

/** OpenAI and most others; DeepSeek; Moonshot; Anthropic's words behind a gateway. */
function cachedIn(usage: JsonObject): number | undefined {
  for (const key of ["prompt_tokens_details", "input_tokens_details"]) {
    const details = usage[key];
    const cached = isJsonObject(details) ? count(details["cached_tokens"]) : undefined;
    if (cached !== undefined) return cached;
  }
  return ["prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens"]
    .map((key) => count(usage[key]))
    .find((cached) => cached !== undefined);
}

function count(value: JsonValue | undefined): number | undefined {
  const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return isCount ? value : undefined;
}

/** The server's own word first; a gateway's header where there is none. */
function costOf(
  usage: JsonValue | undefined,
  header: string | undefined,
): Pick<CompletionFacts, "costUsd"> {
  const counts = isJsonObject(usage) ? usage : {};
  const costUsd = costIn(counts) ?? dollars(header?.trim() === "" ? undefined : Number(header));
  return costUsd === undefined ? {} : { costUsd };
}

function costIn({ cost, is_byok, cost_details }: JsonObject): number | undefined {
  if (isJsonObject(cost)) return dollars(cost["total_cost"]);
  const own = dollars(cost);
  // With a key of one's own the gateway tells its fee, and what the vendor takes apart from it.
  if (own === undefined || is_byok !== true || !isJsonObject(cost_details)) return own;
  const vendor = dollars(cost_details["upstream_inference_cost"]);
  return vendor === undefined ? undefined : own + vendor;
}

/** More for one call is not a cost in dollars. */
const MOST_USD = 1_000_000;

function dollars(value: JsonValue | undefined): number | undefined {
  const usd = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof usd === "number" && usd >= 0 && usd <= MOST_USD ? usd : undefined;
}
