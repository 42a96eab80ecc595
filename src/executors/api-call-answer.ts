/**
 * What the answer to an api_call means: an output, a failure to try again, or a failure for good.
 * Pure but for the clock, which is passed in. The query of an address is never reported.
 */
import type { AttemptOutcome } from "#model/attempt.ts";
import type { JsonObject } from "#model/json.ts";
import { toSizedText } from "#model/json-text.ts";
import type { FailureCode } from "#model/failure.ts";
import { LIMITS } from "#model/limits.ts";
import { parseRetryAfter } from "#model/retry-after.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import type { ExternalResponse, ExternalResult } from "#security/egress.ts";
import { maskJson } from "#security/masking/json-mask.ts";
import type { TextMask } from "#security/masking/text-mask.ts";
import { type AnswerBody, readAnswerBody } from "./answer-body.ts";
import { type Hidden, keepFailedAnswer, sentenceOn } from "./failed-answer.ts";

type Failed = Extract<AttemptOutcome, { kind: "failed" }>;

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

/** The outcome of an answer. `hidden` is masked in what is kept of it. */
export function outcomeOfAnswer(
  step: ApiCallStep,
  response: ExternalResponse,
  hidden: Hidden,
  nowMs: number,
): AttemptOutcome {
  const { response: how = "auto" } = step.config;
  if (isExpected(step, response.status)) return toOutput(response, how, hidden);
  const refusal = withAnswer(
    failed("http_error", sentenceOn(response, how, hidden), "terminal"),
    response,
    how,
    hidden,
  );
  if (!mayRetry(step, response)) return refusal;
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"], nowMs);
  return { ...refusal, class: "transport", ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

function isExpected(step: ApiCallStep, status: number): boolean {
  return step.config.expect_status?.includes(status) ?? (status >= 200 && status < 300);
}

function mayRetry(step: ApiCallStep, { status, methodChanged }: ExternalResponse): boolean {
  if (isRepeatable(step)) return status === 408 || status === 429 || status >= 500;
  // After a redirect that became a GET, the status says nothing about the POST before it.
  return methodChanged !== true && (status === 429 || status === 503);
}

type How = Exclude<ApiCallStep["config"]["response"], undefined>;

function toOutput(response: ExternalResponse, how: How, hidden: Hidden): AttemptOutcome {
  const read = readAnswerBody(response, how);
  if (read.kind === "too_deep") {
    const message = `The answer is nested deeper than ${LIMITS.stepOutputDepth} levels.`;
    return failed("output_too_large", message, "terminal");
  }
  if (read.kind === "unreadable") {
    // The server has answered: regardless of what it said, the call was made, and is not made again.
    const failure = failed("response_unreadable", read.message, "terminal");
    return withAnswer(failure, response, how, hidden);
  }
  const output = outputOf(response, read, hidden.secrets);
  const sized = toSizedText(output);
  if (sized.bytes > LIMITS.stepOutputBytes) {
    const message = `The output has more than ${LIMITS.stepOutputBytes} bytes.`;
    return failed("output_too_large", message, "terminal");
  }
  return { kind: "completed", output, sized };
}

type Readable = Exclude<AnswerBody, { kind: "unreadable" | "too_deep" }>;

/** `{status, headers, body}`; more only where there is more to say. */
function outputOf(
  { status, headers }: ExternalResponse,
  read: Readable,
  secrets: TextMask,
): JsonObject {
  const output = maskJson({ status, headers, body: read.value }, secrets);
  if (read.kind === "text") return output;
  if (read.kind === "base64") return { ...output, encoding: "base64" };
  const { kept_as_text: kept, duplicate_keys: duplicates } = read.notes;
  const mask = (pointers: string[]) => pointers.map((pointer) => secrets.text(pointer));
  return {
    ...output,
    ...(kept ? { kept_as_text: { ...kept, pointers: mask(kept.pointers) } } : {}),
    ...(duplicates ? { duplicate_keys: mask(duplicates) } : {}),
  };
}

function withAnswer(outcome: Failed, response: ExternalResponse, how: How, hidden: Hidden): Failed {
  const failure = { ...outcome.failure, http_status: response.status };
  return { ...outcome, failure, answer: keepFailedAnswer(response, how, hidden) };
}

function failed(
  code: FailureCode,
  message: string,
  failureClass: "terminal" | "transport",
): Failed {
  return { kind: "failed", class: failureClass, failure: { code, message } };
}
