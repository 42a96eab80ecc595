/**
 * An api_call step to its end: fill in, call, judge, and again where the contract allows it. The
 * delay between two attempts is nobody's business here.
 */
import { type JsonValue, jsonByteLength } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import type { ApiCallStep } from "../model/workflow.ts";
import { findPath, type Memory } from "./memory.ts";
import { depthOf } from "./model-answer.ts";
import { fillIn } from "./placeholders.ts";
import type { HttpAnswer, ReferencePorts } from "./reference.ts";
import { done, failed, type StepEnd } from "./step-end.ts";

/** What stands for the value of a secret: no request of a reference run leaves. */
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
    if (attempt >= step.retry.max_attempts) return failed(end.code, end.message, attempt);
  }
}

type Judged =
  | StepEnd
  | { kind: "again"; code: "http_error" | "network_error" | "timeout"; message: string };

function judge(step: ApiCallStep, answer: HttpAnswer, attempt: number): Judged {
  const { method, idempotent } = step.config;
  const isRepeatable = idempotent || (method !== "POST" && method !== "PATCH");
  if (answer.kind === "refused") return failed(answer.code, answer.message, attempt);
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
  const code = "http_error";
  const message = `The server answered ${status}.`;
  const retried = isRepeatable
    ? status === 408 || status === 429 || status >= 500
    : status === 429 || status === 503;
  return retried ? { kind: "again", code, message } : failed(code, message, attempt);
}

function outputOf(
  step: ApiCallStep,
  { status, headers, body: text }: Extract<HttpAnswer, { kind: "response" }>,
  attempt: number,
): StepEnd {
  const body = readBody(headers["content-type"] ?? "", text);
  const output = { status, headers: { ...headers }, body };
  const isTooLarge =
    depthOf(body) > LIMITS.stepOutputDepth || jsonByteLength(output) > LIMITS.stepOutputBytes;
  return isTooLarge
    ? failed("output_too_large", "The answer is too large.", attempt)
    : done(output, step.next, attempt);
}

/** JSON when the content type says so and it is; else the text. */
function readBody(contentType: string, text: string): JsonValue {
  if (!/^\s*[\w.-]+\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)) return text;
  try {
    const value = parse(text);
    return JSON.stringify(value, infinite).includes(INFINITE) ? text : value;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const parse: (text: string) => JsonValue = JSON.parse;
const INFINITE = "\u0001infinite";

/** Marks numbers that JSON could not give back. */
function infinite(_key: string, value: JsonValue): JsonValue {
  return typeof value === "number" && !Number.isFinite(value) ? INFINITE : value;
}
