/**
 * An api_call step to its end: fill in, call, judge, and again where the contract allows it. The
 * delay between two attempts does not matter here.
 */
import type { FailedAnswer } from "#model/failure.ts";
import { jsonByteLength } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import { keptOf, readBody, type Response } from "./answer.ts";
import { findPath, type Memory } from "./memory.ts";
import { depthOf } from "./model-answer.ts";
import { fillIn } from "./placeholders.ts";
import type { HttpAnswer, ReferencePorts } from "./reference.ts";
import { done, failed, type StepEnd } from "./step-end.ts";

/** Placeholder for the value of a secret: no request of a reference run leaves. */
const SECRET = "[SECRET]";

export async function apiCallStep(
  step: ApiCallStep,
  memory: Memory,
  { runId, secrets }: { runId: string; secrets: readonly string[] },
  ports: ReferencePorts,
): Promise<StepEnd> {
  const { method } = step.config;
  const filled = fillIn(step.config, (path) => {
    const name = /^secrets\.([^.]+)$/.exec(path)?.[1];
    if (name === undefined) return findPath(memory, path);
    return secrets.includes(name) ? SECRET : undefined;
  });
  if (!filled.ok) return failed(filled.code, filled.message);
  const { url, headers, ...body } = filled.value;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ports.call({
      step_id: step.id,
      attempt,
      method,
      url,
      headers: {
        "user-agent": "workflow-orchestrator",
        ...headers,
        "idempotency-key": `${runId}:${step.id}`,
        "x-attempt": String(attempt),
      },
      ...body,
    });
    const end = judge(step, answer, attempt);
    if (end.kind !== "again") return end;
    if (attempt >= step.retry.max_attempts) {
      return failed(end.code, end.message, attempt, end.answer);
    }
  }
}

type Again = {
  kind: "again";
  code: "http_error" | "network_error" | "timeout";
  message: string;
  answer?: FailedAnswer;
};

function judge(step: ApiCallStep, answer: HttpAnswer, attempt: number): StepEnd | Again {
  const { method, idempotent } = step.config;
  const isRepeatable = idempotent || (method !== "POST" && method !== "PATCH");
  if (answer.kind === "refused") {
    return failed(answer.code, answer.message, attempt, answer.answer);
  }
  if (answer.kind === "none") {
    const { reason: code, message } = answer;
    return isRepeatable
      ? { kind: "again", code, message }
      : failed("outcome_unknown", message, attempt);
  }
  const { status } = answer;
  const expected = step.config.expect_status;
  const isExpected = expected?.includes(status) ?? (status >= 200 && status <= 299);
  if (isExpected) return outputOf(step, answer, attempt);
  const { message = `The server answered ${status}.` } = answer;
  const kept = keptOf(answer, step.config.response);
  const retried = isRepeatable
    ? status === 408 || status === 429 || status >= 500
    : status === 429 || status === 503;
  return retried
    ? { kind: "again", code: "http_error", message, answer: kept }
    : failed("http_error", message, attempt, kept);
}

function outputOf(step: ApiCallStep, answer: Response, attempt: number): StepEnd {
  const { status, headers } = answer;
  const read = answer.read ?? readBody(answer, step.config.response);
  if (read === null) {
    const kept = keptOf(answer, step.config.response);
    return failed("response_unreadable", "The answer is not JSON.", attempt, kept);
  }
  const output = { status, headers: { ...headers }, ...read };
  const isTooLarge =
    depthOf(read["body"] ?? null) > LIMITS.stepOutputDepth ||
    jsonByteLength(output) > LIMITS.stepOutputBytes;
  return isTooLarge
    ? failed("output_too_large", "The answer is too large.", attempt)
    : done(output, step.next, attempt);
}
