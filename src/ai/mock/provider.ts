/**
 * The mock provider: answers in the process, the same for the same seed, template, variables and
 * attempt. Owns the modes; `mock-value.ts` builds the values.
 *
 * - `success`: a value that fits the schema.
 * - `schema_violation`: the same without the first required key of the top object, every time;
 *   where nothing is required, a value of a wrong type.
 * - `timeout`: no answer until the signal aborts.
 * - `transient_error`: the first attempt of the step fails, the next ones succeed.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import { compileSchema, validateJson } from "#validation/json-schema/validate.ts";
import { Work } from "#model/work.ts";
import { layOut, requiredNames } from "./facets.ts";
import { buildValue } from "./value.ts";
import type { GenerateRequest, GenerateResult, Provider } from "../provider.ts";

/** Of runs that were started before the seed was part of their start. */
export const DEFAULT_MOCK_SEED = 42;
const MODEL = "mock";

/** Templates whose answer is fixed, where it fits the schema. */
const FIXED_ANSWERS: Readonly<Record<string, JsonValue>> = {
  email_v1: { subject: "Test Subject", body: "Hello World" },
};

export const mockProvider: Provider = { name: "mock", inProcess: true, generate };

/** Whether a call is answered at once, so that a request may wait for it. */
export function isQuick(provider: string, mode: string): boolean {
  return provider === mockProvider.name && mode !== "timeout";
}

async function generate(request: GenerateRequest, signal: AbortSignal): Promise<GenerateResult> {
  const mode = request.mock?.mode ?? "success";
  switch (mode) {
    case "success":
      return succeed(request);
    case "schema_violation":
      return violate(request);
    case "timeout":
      await aborted(signal);
      return failure("timeout", "The mock does not answer in mode timeout.", true);
    case "transient_error":
      if (request.attempt > 1) return succeed(request);
      return failure("ai_provider_error", "The mock fails once in mode transient_error.", true);
    default: {
      const known = MOCK_MODES.join(", ");
      const message = `The mock has no mode ${JSON.stringify(mode)}; it has ${known}.`;
      return failure("ai_provider_error", message, false);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function succeed(request: GenerateRequest): GenerateResult {
  const made = makeValue(request);
  return made.ok ? answer(request, made.value) : made.result;
}

function violate(request: GenerateRequest): GenerateResult {
  const made = makeValue(request);
  return made.ok ? answer(request, spoil(request.schema, made.value)) : made.result;
}

function makeValue(
  request: GenerateRequest,
): { ok: true; value: JsonValue } | { ok: false; result: GenerateResult } {
  const { schema, templateId, variables, attempt, mock, work = Work.ofRequest() } = request;
  const fixed = Object.hasOwn(FIXED_ANSWERS, templateId) ? FIXED_ANSWERS[templateId] : undefined;
  if (fixed !== undefined && validateJson(schema, fixed).length === 0) {
    return { ok: true, value: fixed };
  }
  const seed = JSON.stringify([mock?.seed ?? DEFAULT_MOCK_SEED, templateId, variables, attempt]);
  const made = buildValue(schema, seed, variables, work);
  if (made.ok) return made;
  const place = made.pointer === "" ? "the top" : made.pointer;
  const message = `The mock cannot satisfy "${made.keyword}" of the schema at ${place}: the value ${made.message}.`;
  const code = made.keyword === "work_limit" ? "too_costly" : "mock_unsatisfiable";
  return { ok: false, result: failure(code, message, false) };
}

const OTHER_TYPES: readonly JsonValue[] = [null, "not what was asked for", 0, false, [], {}];

/** A value that does not fit any more; unchanged when every value fits. */
function spoil(schema: JsonObject | boolean, value: JsonValue): JsonValue {
  const compiled = compileSchema(schema);
  const choice = { turn: 0, pick: () => 0 };
  const [first] = compiled.ok ? requiredNames(layOut([compiled.root], choice)) : [];
  const candidates =
    first !== undefined && isJsonObject(value)
      ? [Object.fromEntries(Object.entries(value).filter(([name]) => name !== first))]
      : [];
  const all = [...candidates, ...OTHER_TYPES];
  const wrong = all.findIndex((candidate) => validateJson(schema, candidate).length > 0);
  return wrong === -1 ? value : (all[wrong] ?? null);
}

function answer(request: GenerateRequest, value: JsonValue): GenerateResult {
  const text = JSON.stringify(value);
  const asked = [request.system ?? "", request.prompt, ...request.feedback].join("\n");
  return {
    ok: true,
    text,
    model: MODEL,
    tokensPrompt: estimateTokens(asked),
    tokensOutput: estimateTokens(text),
  };
}

/** About four characters a token. */
function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

function failure(
  code: "timeout" | "ai_provider_error" | "mock_unsatisfiable" | "too_costly",
  message: string,
  retryable: boolean,
): GenerateResult {
  return { ok: false, code, message, retryable };
}
