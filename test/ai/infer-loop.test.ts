import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GenerateRequest, GenerateResult, Provider } from "#ai/provider.ts";
import { inferRepeatedly } from "#ai/infer-loop.ts";
import type { FailureCode } from "#model/failure.ts";

const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const FITS = '{"a":"x"}';
const MISFIT = '{"b":1}';

/** A provider that returns these answers in turn, the last one again and again; null: none. */
function scripted(...answers: (string | GenerateResult | null)[]) {
  const asked: GenerateRequest[] = [];
  const provider: Provider = {
    name: "scripted",
    inProcess: false,
    async generate(request, signal) {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(request);
      if (answer === null) {
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        return failure("network_error", true);
      }
      if (typeof answer === "object") return answer;
      return { ok: true, text: answer ?? "", model: "m-1", tokensPrompt: 10, tokensOutput: 3 };
    },
  };
  return { provider, asked };
}

function failure(code: FailureCode, retryable: boolean, retryAfterMs?: number): GenerateResult {
  const after = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { ok: false, code, message: "It failed.", retryable, tokensPrompt: 10, ...after };
}

function ask(provider: Provider) {
  return inferRepeatedly({
    provider,
    prompt: "p",
    schema: SCHEMA,
    templateId: "t",
    variables: {},
    mock: null,
    now: Date.now,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets all pauses go by. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return promise;
}

describe("the tries of an inference", () => {
  test("end with the first value that fits", async () => {
    const { provider, asked } = scripted(FITS);
    expect(await settled(ask(provider))).toEqual({
      kind: "valid",
      value: { a: "x" },
      totals: {
        model: "m-1",
        tokens_prompt: 10,
        tokens_output: 3,
        cost_usd: null,
        latency_ms: 0,
        retry_count: 0,
      },
    });
    expect(asked.map((request) => [request.attempt, request.feedback])).toEqual([[1, []]]);
  });

  test("tell what was wrong, and count the tokens of every call", async () => {
    const { provider, asked } = scripted(MISFIT, MISFIT, FITS);
    const { kind, totals } = await settled(ask(provider));
    expect(kind).toBe("valid");
    expect(totals).toMatchObject({ tokens_prompt: 30, tokens_output: 9, retry_count: 2 });
    const told = ['The answer lacks the required property "a".'];
    expect(asked.map((request) => request.feedback)).toEqual([[], told, told]);
  });

  test("are at most three for answers that do not fit", async () => {
    const { provider, asked } = scripted(MISFIT, MISFIT, MISFIT, FITS);
    const outcome = await settled(ask(provider));
    expect(outcome.kind === "invalid" && outcome.violations).toEqual([
      { pointer: "", keyword: "required", message: 'lacks the required property "a"' },
    ]);
    expect(asked.length).toBe(3);
  });

  test("are at most three calls that fail, with pauses in between", async () => {
    const { provider, asked } = scripted(failure("network_error", true));
    const outcome = await settled(ask(provider));
    expect(outcome).toMatchObject({ kind: "failed", failure: { code: "network_error" } });
    expect(asked.length).toBe(3);
    // 0.75 × 500, then 0.75 × 1000
    expect(outcome.totals).toMatchObject({ latency_ms: 1_125, retry_count: 2, tokens_prompt: 30 });
  });

  test("keep the two budgets apart", async () => {
    const failed = failure("network_error", true);
    const { provider, asked } = scripted(failed, MISFIT, failed, MISFIT, FITS);
    const { kind } = await settled(ask(provider));
    expect(kind).toBe("valid");
    expect(asked.length).toBe(5);
  });

  test("end at once with a failure that no repetition helps", async () => {
    const { provider, asked } = scripted(failure("mock_unsatisfiable", false), FITS);
    const outcome = await settled(ask(provider));
    expect(outcome).toMatchObject({ kind: "failed", failure: { code: "mock_unsatisfiable" } });
    expect(asked.length).toBe(1);
  });

  test("wait as long as the provider asks", async () => {
    const { provider } = scripted(failure("http_error", true, 4_000), FITS);
    const outcome = await settled(ask(provider));
    expect(outcome).toMatchObject({ kind: "valid", totals: { latency_ms: 4_000 } });
  });

  test.each([
    [29_999, 2, "valid"],
    [30_000, 1, "failed"],
  ])("asked to wait %i ms are %i calls", async (retryAfterMs, calls, kind) => {
    const { provider, asked } = scripted(failure("http_error", true, retryAfterMs), FITS);
    const outcome = await settled(ask(provider));
    expect(outcome.kind).toBe(kind);
    expect(asked.length).toBe(calls);
    if (outcome.kind === "failed") expect(outcome.retryAfterMs).toBe(30_000);
  });

  test("have 30 seconds together", async () => {
    const { provider, asked } = scripted(MISFIT, null);
    const asking = ask(provider);
    const isOver = vi.fn();
    void asking.finally(isOver);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(isOver).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await asking).toMatchObject({ kind: "failed", failure: { code: "timeout" } });
    expect(asked.length).toBe(2);
  });
});
