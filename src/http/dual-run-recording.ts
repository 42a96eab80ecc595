/**
 * What the new side met outside, read from its history, for the reference to meet the same: each
 * answer by step and attempt. Nothing is called twice.
 *
 * The history has what was kept: outputs, and of failures the code and, of an `http_error`, the
 * status. What a model said that did not fit its schema is not kept; an empty text stands for it.
 */
import type { RunEvent } from "../model/event.ts";
import { FAILURE_CODES, type FailureCode } from "../model/failure.ts";
import { isJsonObject, type JsonValue } from "../model/json.ts";
import type { History } from "../model/run.ts";
import type { GenerateAnswer, HttpAnswer } from "../parity/reference.ts";

export interface Recording {
  call(stepId: string, attempt: number): HttpAnswer;
  generate(stepId: string, attempt: number): GenerateAnswer;
}

type Recorded =
  | { kind: "output"; output: JsonValue }
  | { kind: "failed"; code: FailureCode; message: string; status: number | null; isLast: boolean };

export function recordingOf(history: History): Recording {
  const recorded = new Map<string, Recorded>();
  for (const { step_id, attempt, status, output } of history.steps) {
    if (status !== "completed") continue;
    recorded.set(`${step_id}/${attempt}`, { kind: "output", output: output as JsonValue });
  }
  for (const event of history.events) {
    if (event.type !== "step.retrying" && event.type !== "step.failed") continue;
    recorded.set(`${event.step_id}/${event.attempt}`, failureIn(event as RunEvent));
  }
  return {
    call: (stepId, attempt) => httpAnswer(recorded.get(`${stepId}/${attempt}`)),
    generate: (stepId, attempt) => modelAnswer(recorded.get(`${stepId}/${attempt}`)),
  };
}

function failureIn({ type, data }: RunEvent): Recorded {
  const { code, message, http_status: status = null } = data;
  return {
    kind: "failed",
    code: FAILURE_CODES.find((known) => known === code) ?? "internal",
    message: typeof message === "string" ? message : "",
    status: typeof status === "number" ? status : null,
    isLast: type === "step.failed",
  };
}

const NOT_RECORDED = "The new side made no such call.";

function httpAnswer(recorded: Recorded | undefined): HttpAnswer {
  if (recorded === undefined) return { kind: "refused", code: "internal", message: NOT_RECORDED };
  if (recorded.kind === "output") return responseOf(recorded.output);
  const { code, message, status } = recorded;
  if (status !== null) return { kind: "response", status, headers: {}, body: "" };
  if (code === "timeout") return { kind: "none", reason: "timeout", message };
  if (code === "network_error" || code === "outcome_unknown") {
    return { kind: "none", reason: "network_error", message };
  }
  return { kind: "refused", code, message };
}

/** A JSON body goes back into text: the reference reads it itself. */
function responseOf(output: JsonValue): HttpAnswer {
  const { status, headers, body = null } = isJsonObject(output) ? output : {};
  const names = isJsonObject(headers ?? null) ? Object.entries(headers ?? {}) : [];
  const sent = Object.fromEntries(names.map(([name, value]) => [name, String(value)]));
  const isJson = /\bjson\b/i.test(sent["content-type"] ?? "");
  return {
    kind: "response",
    status: typeof status === "number" ? status : 0,
    headers: sent,
    body: typeof body === "string" && !isJson ? body : JSON.stringify(body),
  };
}

function modelAnswer(recorded: Recorded | undefined): GenerateAnswer {
  if (recorded === undefined) {
    return { ok: false, code: "internal", message: NOT_RECORDED, retryable: false };
  }
  if (recorded.kind === "output") return { ok: true, text: JSON.stringify(recorded.output) };
  const { code, message, isLast } = recorded;
  if (code === "ai_schema_violation") return { ok: true, text: "" };
  return { ok: false, code, message, retryable: !isLast };
}
