import { describe, expect, test } from "vitest";
import { recordingOf } from "#dual-run/recording.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";

const RUN = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const AT = "2026-01-01T00:00:00.000Z";

/** A step that failed at each attempt but the last one, which gave the output; null: failed too. */
function recorded(failures: JsonObject[], output: JsonValue | null) {
  const events = failures.map((data, index) => ({
    seq: index + 1,
    type: index === failures.length - 1 && output === null ? "step.failed" : "step.retrying",
    at: AT,
    run_id: RUN,
    step_id: "call",
    attempt: index + 1,
    data,
  })) as Parameters<typeof recordingOf>[0]["events"];
  const attempt = failures.length + (output === null ? 0 : 1);
  const status = output === null ? ("failed" as const) : ("completed" as const);
  const step = {
    id: `${RUN}:call`,
    run_id: RUN,
    step_id: "call",
    type: "api_call" as const,
    status,
    attempt,
    started_at: AT,
    ended_at: AT,
    error: null,
    ...(output === null ? {} : { output }),
  };
  return recordingOf({ run_id: RUN, steps: [step], events });
}

const failure = (code: string, more: JsonObject = {}) => ({ code, message: "No.", ...more });

describe("an answer of an API", () => {
  test.each([
    ["JSON", "application/json", { a: [1] }, '{"a":[1]}'],
    ["a JSON text", "application/json; charset=utf-8", "12", '"12"'],
    ["JSON of another kind", "application/problem+json", null, "null"],
    ["a text", "text/plain", "12", "12"],
  ])("that was %s is given again as it came", (_what, type, body, text) => {
    const headers = { "content-type": type };
    const answer = recorded([], { status: 201, headers, body }).call("call", 1);
    expect(answer).toEqual({ kind: "response", status: 201, headers, body: text });
  });

  test("of each attempt", () => {
    const output = { status: 200, headers: {}, body: "" };
    const recording = recorded(
      [failure("http_error", { http_status: 503 }), failure("network_error"), failure("timeout")],
      output,
    );
    expect([1, 2, 3, 4].map((attempt) => recording.call("call", attempt))).toEqual([
      { kind: "response", status: 503, headers: {}, body: "", message: "No." },
      { kind: "none", reason: "network_error", message: "No." },
      { kind: "none", reason: "timeout", message: "No." },
      { kind: "response", status: 200, headers: {}, body: "" },
    ]);
  });

  test.each([
    ["outcome_unknown", { kind: "none", reason: "network_error", message: "No." }],
    ["egress_refused", { kind: "refused", code: "egress_refused", message: "No." }],
    ["output_too_large", { kind: "refused", code: "output_too_large", message: "No." }],
  ])("that was %s", (code, expected) => {
    expect(recorded([failure(code)], null).call("call", 1)).toEqual(expected);
  });

  test("that never came is no answer", () => {
    const refused = { kind: "refused", code: "internal" };
    const recording = recorded([failure("http_error", { http_status: 500 })], null);
    expect(recording.call("call", 2)).toMatchObject(refused);
    expect(recording.call("other", 1)).toMatchObject(refused);
  });
});

describe("an answer of a model", () => {
  test("is given again, and one that did not fit is an empty text", () => {
    const recording = recorded([failure("ai_schema_violation"), failure("ai_provider_error")], {
      draft: "x",
    });
    expect([1, 2, 3].map((attempt) => recording.generate("call", attempt))).toEqual([
      { ok: true, text: "" },
      { ok: false, code: "ai_provider_error", message: "No.", retryable: true },
      { ok: true, text: '{"draft":"x"}' },
    ]);
  });

  test("that the next provider was asked after is of no use", () => {
    const recording = recorded([failure("ai_auth", { reason: "fallback" })], { draft: "x" });
    expect(recording.generate("call", 1)).toMatchObject({ ok: false, unusable: true });
  });

  test("that ended the step is not repeated", () => {
    const recording = recorded([failure("ai_provider_error")], null);
    expect(recording.generate("call", 1)).toMatchObject({ ok: false, retryable: false });
    expect(recording.generate("call", 2)).toMatchObject({ ok: false, code: "internal" });
  });
});
