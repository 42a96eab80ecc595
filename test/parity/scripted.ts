/** Ports of the reference that answer as a test tells them, and remember what they were asked. */
import type { JsonValue } from "#model/json.ts";
import type {
  GenerateAnswer,
  GenerateCall,
  HttpAnswer,
  HttpCall,
  ReferencePorts,
} from "#parity/reference.ts";

export interface Scripted extends ReferencePorts {
  asked: GenerateCall[];
  called: HttpCall[];
}

/** The answers come one after the other; the last one stays. */
export function scripted(script: { models?: GenerateAnswer[]; calls?: HttpAnswer[] }): Scripted {
  const { models = [], calls = [] } = script;
  const asked: GenerateCall[] = [];
  const called: HttpCall[] = [];
  return {
    asked,
    called,
    generate: async (call) => {
      asked.push(call);
      return models[Math.min(asked.length, models.length) - 1] ?? says({});
    },
    call: async (call) => {
      called.push(call);
      return calls[Math.min(called.length, calls.length) - 1] ?? answers(200, {});
    },
    now: () => Date.UTC(2026, 0, 1),
  };
}

/** A model that returns this value. */
export function says(value: JsonValue): GenerateAnswer {
  return { ok: true, text: JSON.stringify(value) };
}

/** A provider that fails, and may succeed later. */
export function fails(message = "Not now."): GenerateAnswer {
  return { ok: false, code: "ai_provider_error", message, retryable: true };
}

/** An API that answers with JSON. */
export function answers(status: number, body: JsonValue): HttpAnswer {
  const headers = { "content-type": "application/json" };
  return { kind: "response", status, headers, body: JSON.stringify(body) };
}

export const NO_ANSWER: HttpAnswer = {
  kind: "none",
  reason: "network_error",
  message: "The connection was closed.",
};
