import { describe, expect, test } from "vitest";
import { lateResult, lostResult } from "#executors/late-result.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import type { FailureCode } from "#model/failure.ts";
import { ai, api } from "../support/definitions.ts";

type Ended = Exclude<AttemptOutcome, { kind: "waiting" }>;

const call = (method: string, idempotent = false) =>
  api("call", { config: { method: method as "GET", idempotent } });
const failed = (code: FailureCode, over: object = {}): Ended => ({
  kind: "failed",
  class: "terminal",
  failure: { code, message: "no", ...over },
});
const STOPPED = { hasLeft: true, wasStopped: true };
const BY_ITSELF = { hasLeft: true, wasStopped: false };
const NEVER_LEFT = { hasLeft: false, wasStopped: true };

describe("a call that was stopped", () => {
  test.each([
    ["GET", "canceled"],
    ["HEAD", "canceled"],
    ["OPTIONS", "canceled"],
    ["POST", "outcome_unknown"],
    ["PUT", "outcome_unknown"],
    ["PATCH", "outcome_unknown"],
    ["DELETE", "outcome_unknown"],
  ])("%s is %s", (method, outcome) => {
    for (const code of ["timeout", "network_error", "outcome_unknown", "internal"] as const) {
      expect(lateResult(call(method), failed(code), STOPPED)).toEqual({ outcome });
    }
    expect(lostResult(attempt(call(method)), SOURCE)).toEqual({ outcome });
    expect(lostResult(attempt(call(method)), SOURCE, false)).toEqual({ outcome: "canceled" });
  });

  test("is unknown also when the server recognises repeated calls: it may have been carried out", () => {
    const step = call("POST", true);
    expect(lateResult(step, failed("timeout"), STOPPED)).toEqual({ outcome: "outcome_unknown" });
  });

  test("is canceled when nothing had left", () => {
    for (const code of ["timeout", "internal"] as const) {
      expect(lateResult(call("POST"), failed(code), NEVER_LEFT)).toEqual({ outcome: "canceled" });
    }
  });
});

describe("a call that ended by itself", () => {
  test.each([
    ["POST", "http_error", "failed"],
    ["GET", "http_error", "failed"],
    ["GET", "network_error", "failed"],
    ["GET", "timeout", "failed"],
    ["PUT", "network_error", "outcome_unknown"],
    ["DELETE", "timeout", "outcome_unknown"],
    ["POST", "outcome_unknown", "outcome_unknown"],
    ["POST", "egress_refused", "failed"],
  ] as const)("%s with %s is %s", (method, code, outcome) => {
    expect(lateResult(call(method), failed(code), BY_ITSELF)).toMatchObject({ outcome });
  });

  test("keeps what it gave", () => {
    const done: Ended = { kind: "completed", output: { status: 201 } };
    for (const reached of [BY_ITSELF, STOPPED]) {
      const kept = { outcome: "completed", output: { status: 201 } };
      expect(lateResult(call("POST"), done, reached)).toEqual(kept);
    }
  });
});

describe("a call to a model that was lost", () => {
  test.each([
    [{}, { provider: "openai", model: "openai", cost_usd: null, tokens_unknown: true }],
    [{ model: "gpt-5" }, { provider: "openai", model: "gpt-5", cost_usd: null }],
    [
      { provider: "anthropic" as const, model: "small" },
      { provider: "anthropic", model: "small" },
    ],
    [{ provider: "mock" as const }, { provider: "mock", model: "mock", cost_usd: 0 }],
  ])("of %j counts as %j", (config, response) => {
    const { outcome, response: counted } = lostResult(attempt(ai("draft", { config })), SOURCE);
    expect(outcome).toBe("canceled");
    expect(counted).toMatchObject({ ...response, template_version: 3, retry_count: 1 });
  });

  test("asks the fallback's candidate by its name, and the mock in a run on the mock", () => {
    const step = ai("draft", { config: { fallback: [{ provider: "anthropic", model: "small" }] } });
    const second = { ...attempt(step), candidate: 1 };
    expect(lostResult(second, SOURCE).response).toMatchObject({ provider: "anthropic" });
    const mock = { mode: "timeout", steps: {}, seed: 1 };
    expect(lostResult(second, { ...SOURCE, mock }).response).toMatchObject({ provider: "mock" });
  });
});

const SOURCE = {
  mock: null,
  defaultProvider: "openai",
  templates: { content_v1: { id: "content_v1", version: 3, prompt: "x" } },
};

function attempt<S>(step: S) {
  return {
    runId: "run_a",
    step,
    attempt: 2,
    feedback: [],
    candidate: 0,
    context: {
      static: {},
      profile: {},
      runtime: { inputs: {}, steps: {} },
      asked: new Set<string>(),
    },
    startInputs: {},
  };
}
