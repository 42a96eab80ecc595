/**
 * The outside answers that the new side got, read from its history and replayed to the reference,
 * by step and attempt. Nothing is called twice.
 *
 * The history has outputs, the codes of failures, and the start of an answer that made a step fail.
 * A model's answer that did not fit its schema is not kept; an empty text replaces it.
 */
import type { ShownEvent } from "#model/event.ts";
import { FAILURE_CODES, type FailedAnswer, type FailureCode } from "#model/failure.ts";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { History } from "#model/run.ts";
import type { Step } from "#model/workflow.ts";
import type { GenerateAnswer, HttpAnswer } from "#parity/reference.ts";

export interface Recording {
  call(stepId: string, attempt: number): HttpAnswer;
  generate(stepId: string, attempt: number): GenerateAnswer;
}

type Recorded =
  | { kind: "output"; output: JsonValue }
  | {
      kind: "failed";
      code: FailureCode;
      message: string;
      status: number | null;
      /** Of the last attempt only. */
      answer: FailedAnswer | null;
      isLast: boolean;
      movesOn: boolean;
    };

/** `steps`: of the workflow; some parse their answers differently. */
export function recordingOf(history: History, steps: readonly Step[] = []): Recording {
  const isOwn = new Set(steps.filter(readsInItsOwnWay).map(({ id }) => id));
  const recorded = new Map<string, Recorded>();
  for (const { step_id, attempt, status, output } of history.steps) {
    if (status !== "completed") continue;
    recorded.set(`${step_id}/${attempt}`, { kind: "output", output: output ?? null });
  }
  const errors = new Map(history.steps.map(({ step_id, error }) => [step_id, error]));
  for (const event of history.events) {
    if (event.type !== "step.retrying" && event.type !== "step.failed") continue;
    const error = event.type === "step.failed" ? errors.get(event.step_id ?? "") : null;
    const answer = answerIn(error ?? null);
    recorded.set(`${event.step_id}/${event.attempt}`, failureIn(event, answer));
  }
  return {
    call: (stepId, attempt) => httpAnswer(recorded.get(`${stepId}/${attempt}`), isOwn.has(stepId)),
    generate: (stepId, attempt) => modelAnswer(recorded.get(`${stepId}/${attempt}`)),
  };
}

function readsInItsOwnWay(step: Step): boolean {
  return step.type === "api_call" && (step.config.response ?? "auto") !== "auto";
}

function answerIn(error: History["steps"][number]["error"]): FailedAnswer | null {
  if (error?.http_status === undefined) return null;
  const { http_status, headers = {}, body, encoding, body_truncated: isCut } = error;
  return {
    http_status,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(isCut === undefined ? {} : { body_truncated: isCut }),
  };
}

function failureIn(
  event: ShownEvent<"step.failed" | "step.retrying">,
  answer: FailedAnswer | null,
): Recorded {
  const { code, message, http_status: status = null } = event.data;
  return {
    kind: "failed",
    code: FAILURE_CODES.find((known) => known === code) ?? "internal",
    message,
    status,
    answer,
    isLast: event.type === "step.failed",
    movesOn: event.type === "step.retrying" && event.data.reason === "fallback",
  };
}

const NOT_RECORDED = "The new side made no such call.";

function httpAnswer(recorded: Recorded | undefined, isReadInItsOwnWay: boolean): HttpAnswer {
  if (recorded === undefined) return { kind: "refused", code: "internal", message: NOT_RECORDED };
  if (recorded.kind === "output") return responseOf(recorded.output, isReadInItsOwnWay);
  const { code, message, status, answer } = recorded;
  if (code === "http_error" && status !== null) {
    return { kind: "response", status, message, ...failedResponse(answer) };
  }
  if (code === "timeout") return { kind: "none", reason: "timeout", message };
  if (code === "network_error" || code === "outcome_unknown") {
    return { kind: "none", reason: "network_error", message };
  }
  return { kind: "refused", code, message, ...(answer ? { answer } : {}) };
}

type Response = Extract<HttpAnswer, { kind: "response" }>;

function failedResponse(answer: FailedAnswer | null): Pick<Response, "headers" | "body" | "read"> {
  const { http_status: _, headers, ...read } = answer ?? { http_status: 0, headers: {} };
  return { headers: textsIn(headers), body: "", ...(answer ? { read } : {}) };
}

/**
 * A JSON body is serialised again: the reference parses it itself. Bytes, and numbers that were
 * kept as text, are replayed as they were read.
 */
function responseOf(output: JsonValue, isReadInItsOwnWay: boolean): HttpAnswer {
  const { status, headers = null, ...read } = isJsonObject(output) ? output : {};
  const { body = null, ...notes } = read;
  const sent = textsIn(headers);
  const isJson = /\bjson\b/i.test(sent["content-type"] ?? "");
  const isNoted = isReadInItsOwnWay || Object.keys(notes).length > 0;
  return {
    kind: "response",
    status: typeof status === "number" ? status : 0,
    headers: sent,
    body: typeof body === "string" && !isJson ? body : JSON.stringify(body),
    ...(isNoted ? { read } : {}),
  };
}

function textsIn(headers: JsonValue): Record<string, string> {
  const entries = isJsonObject(headers) ? Object.entries(headers) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}

function modelAnswer(recorded: Recorded | undefined): GenerateAnswer {
  if (recorded === undefined) {
    return { ok: false, code: "internal", message: NOT_RECORDED, retryable: false };
  }
  if (recorded.kind === "output") return { ok: true, text: JSON.stringify(recorded.output) };
  const { code, message, isLast, movesOn } = recorded;
  if (code === "ai_schema_violation") return { ok: true, text: "" };
  return { ok: false, code, message, retryable: !isLast, ...(movesOn ? { unusable: true } : {}) };
}
