/**
 * What the answer to an api_call means: an output, a failure to try again, or a failure for good.
 * Pure but for the clock, which is passed in. Failures name the status and nothing else of the
 * answer: bodies and addresses stay out of the log.
 */
import type { AttemptOutcome } from "../model/attempt.ts";
import { isJsonObject, jsonByteLength, type JsonObject, type JsonValue } from "../model/json.ts";
import type { FailureCode } from "../model/failure.ts";
import { LIMITS } from "../model/limits.ts";
import { parseRetryAfter } from "../model/retry-after.ts";
import type { ApiCallStep } from "../model/workflow.ts";
import type { ExternalResponse, ExternalResult } from "../security/egress.ts";
import { maskSecrets, REDACTED } from "../security/redact.ts";

/**
 * Whether the call may be made again without knowing what became of the first: by its method, or
 * because the step says that the server recognises repeated calls.
 */
export function isRepeatable(step: ApiCallStep): boolean {
  return step.config.idempotent || !["POST", "PATCH"].includes(step.config.method);
}

/** The outcome of an attempt that got no usable answer. */
export function outcomeWithoutAnswer(
  step: ApiCallStep,
  result: Extract<ExternalResult, { ok: false }>,
): AttemptOutcome {
  const { reason, message } = result;
  if (reason === "egress_refused" || reason === "output_too_large") {
    return failed(reason, message, "terminal");
  }
  if (isRepeatable(step)) return failed(reason, message, "transport");
  return failed(
    "outcome_unknown",
    `${message} Whether the ${step.config.method} was carried out is not known, so it is not repeated.`,
    "terminal",
  );
}

/** The outcome of an answer. `secretValues` are masked in what is kept of it. */
export function outcomeOfAnswer(
  step: ApiCallStep,
  response: ExternalResponse,
  secretValues: readonly string[],
  nowMs: number,
): AttemptOutcome {
  const { status } = response;
  if (isExpected(step, status)) return toOutput(response, secretValues);
  const message = `The server answered ${status}.`;
  if (!mayRetry(step, response)) return failed("http_error", message, "terminal", status);
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"], nowMs);
  return {
    ...failed("http_error", message, "transport", status),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

function isExpected(step: ApiCallStep, status: number): boolean {
  return step.config.expect_status?.includes(status) ?? (status >= 200 && status < 300);
}

function mayRetry(step: ApiCallStep, { status, methodChanged }: ExternalResponse): boolean {
  if (isRepeatable(step)) return status === 408 || status === 429 || status >= 500;
  // After a redirect that became a GET, the status says nothing about the POST before it.
  return methodChanged !== true && (status === 429 || status === 503);
}

function toOutput(response: ExternalResponse, secretValues: readonly string[]): AttemptOutcome {
  const body = parseBody(response);
  if (body === TOO_DEEP) {
    const message = `The answer is nested deeper than ${LIMITS.stepOutputDepth} levels.`;
    return failed("output_too_large", message, "terminal");
  }
  const answer: JsonObject = { status: response.status, headers: response.headers, body };
  const output = secretValues.length === 0 ? answer : mask(answer, secretValues);
  if (jsonByteLength(output) > LIMITS.stepOutputBytes) {
    const message = `The output has more than ${LIMITS.stepOutputBytes} bytes.`;
    return failed("output_too_large", message, "terminal");
  }
  return { kind: "completed", output };
}

const TOO_DEEP = Symbol("too deep");
const readJson: (text: string) => JsonValue = JSON.parse;

/** JSON when the content type says so and it is; else the text. */
function parseBody({ headers, body }: ExternalResponse): JsonValue | typeof TOO_DEEP {
  const contentType = headers["content-type"] ?? "";
  if (!/^\s*[\w.-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)) return body;
  try {
    return keepJson(readJson(body), body);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}

/**
 * The parsed value if it can be kept. A number too large for a double would turn into null in the
 * log, so then the text is kept. Without recursion: an answer of brackets alone goes deep.
 */
function keepJson(parsed: JsonValue, text: string): JsonValue | typeof TOO_DEEP {
  let level = [parsed];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (level.some((value) => typeof value === "number" && !Number.isFinite(value))) return text;
    const containers = level.filter((value) => typeof value === "object" && value !== null);
    if (containers.length > 0 && depth === LIMITS.stepOutputDepth) return TOO_DEEP;
    level = containers.flatMap((container) => Object.values(container));
  }
  return parsed;
}

/** Servers echo what they are sent; a secret must not reach the log that way. */
function mask(value: JsonObject, secrets: readonly string[]): JsonObject;
function mask(value: JsonValue, secrets: readonly string[]): JsonValue;
function mask(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (typeof value === "string") return maskSecrets(value, secrets);
  if (typeof value === "number") return secrets.includes(String(value)) ? REDACTED : value;
  if (Array.isArray(value)) return value.map((item) => mask(item, secrets));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [maskSecrets(key, secrets), mask(item, secrets)]),
  );
}

function failed(
  code: FailureCode,
  message: string,
  failureClass: "terminal" | "transport",
  status?: number,
): Extract<AttemptOutcome, { kind: "failed" }> {
  const http = status === undefined ? {} : { http_status: status };
  return { kind: "failed", class: failureClass, failure: { code, message, ...http } };
}
