import type { AttemptOutcome } from "#model/attempt.ts";
import { describe, expect, it } from "vitest";
import type { RunContext } from "#model/context.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { toSizedText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import { executeApiCall, isRepeatable } from "#executors/api-call.ts";
import type { Attempt, EffectExecutor, Ports } from "#executors/executor.ts";
import type { ExternalRequest, ExternalResult } from "#security/egress.ts";

const CONTEXT: RunContext = {
  static: { tenant: "acme" },
  profile: {},
  runtime: {
    inputs: { id: "a/b", count: 3, note: "Grüße", secrets: "not this", evil: "x\r\nX-Admin: 1" },
    steps: { form: { output: { lines: [{ sku: "s1" }] } } },
  },
};

const NOW_MS = Date.UTC(2026, 10, 22, 16, 38, 1);

function step(config: Partial<ApiCallStep["config"]> = {}): ApiCallStep {
  return {
    id: "notify",
    name: "Notify",
    type: "api_call",
    next: null,
    retry: {
      max_attempts: 3,
      initial_delay_ms: 500,
      max_delay_ms: 30_000,
      backoff: "exponential",
      jitter: true,
    },
    config: {
      url: "https://api.example.com/x",
      method: "GET",
      timeout_s: 30,
      idempotent: false,
      ...config,
    },
  };
}

function attemptOf(made: ApiCallStep, attempt = 1): Attempt<ApiCallStep> {
  return {
    runId: "run_abc",
    step: made,
    attempt,
    feedback: [],
    candidate: 0,
    startInputs: {},
    context: CONTEXT,
  };
}

interface World {
  secrets?: Record<string, string> | "unreadable";
  signal?: AbortSignal;
  attempt?: number;
  result?: ExternalResult;
  traceparent?: string;
}

function answer(
  status: number,
  body = "",
  headers: Record<string, string> = {},
  methodChanged?: true,
): ExternalResult {
  return {
    ok: true,
    response: {
      status,
      headers,
      body: new TextEncoder().encode(body),
      ...(methodChanged === undefined ? {} : { methodChanged }),
    },
  };
}

/** One attempt against a world that returns one result, with the requests that it saw. */
async function perform(
  config: Partial<ApiCallStep["config"]> = {},
  world: World = {},
): Promise<{ outcome: AttemptOutcome; sent: ExternalRequest[]; asked: string[][] }> {
  const sent: ExternalRequest[] = [];
  const asked: string[][] = [];
  const ports: Ports = {
    signal: world.signal ?? new AbortController().signal,
    providers: {},
    defaultProvider: "mock",
    mock: null,
    namedMock: { mode: "success", steps: {}, seed: 42 },
    templates: {},
    callExternal: async (request) => {
      sent.push(request);
      return world.result ?? answer(200);
    },
    readSecrets: async (names) => {
      asked.push([...names]);
      if (world.secrets === "unreadable") throw new Error("D1_ERROR: the value is hunter2");
      const entries = Object.entries(world.secrets ?? {});
      return Object.fromEntries(entries.filter(([name]) => names.includes(name)));
    },
    traceparentOf: () => world.traceparent ?? null,
    answerMask: () => ({ text: (text) => text, output: (value) => value }),
  };
  const outcome = await executeApiCall(attemptOf(step(config), world.attempt), ports, () => NOW_MS);
  return { outcome, sent, asked };
}

async function outcomeOf(
  result: ExternalResult,
  config: Partial<ApiCallStep["config"]> = {},
): Promise<AttemptOutcome> {
  return (await perform(config, { result })).outcome;
}

function failure(code: string, message: string, failureClass = "terminal"): object {
  return { kind: "failed", class: failureClass, failure: { code, message } };
}

it("is an executor like the others", () => {
  const executor: EffectExecutor<ApiCallStep> = executeApiCall;
  expect(executor).toBe(executeApiCall);
});

describe("an api_call sends", () => {
  it("its own headers, the attempt and a key that stays the same", async () => {
    for (const attempt of [1, 2]) {
      const { sent } = await perform({}, { attempt });
      expect(sent).toMatchObject([
        {
          url: "https://api.example.com/x",
          method: "GET",
          headers: {
            "idempotency-key": "run_abc:notify",
            "x-attempt": String(attempt),
            "user-agent": "workflow-orchestrator",
          },
          maxBytes: LIMITS.stepOutputBytes,
          sensitiveHeaders: [],
          sensitiveBody: false,
        },
      ]);
      expect(sent[0]).not.toHaveProperty("body");
      expect(sent[0]?.headers).not.toHaveProperty("content-type");
    }
  });

  it("values from the context, encoded for where they land", async () => {
    const { sent } = await perform({
      method: "POST",
      url: "https://api.example.com/{{tenant}}/{{id}}?note={{note}}",
      headers: { "X-Count": "n={{count}}" },
      body: { lines: "{{steps.form.output.lines}}", text: "{{count}} of {{tenant}}", fixed: 1 },
    });
    expect(sent[0]?.url).toBe("https://api.example.com/acme/a%2Fb?note=Gr%C3%BC%C3%9Fe");
    expect(sent[0]?.headers).toMatchObject({
      "x-count": "n=3",
      "content-type": "application/json",
    });
    expect(sent[0]?.body).toBe('{"lines":[{"sku":"s1"}],"text":"3 of acme","fixed":1}');
  });

  it.each<[string, JsonValue, Record<string, string>, string, string]>([
    ["a text as text", "hi {{note}}", {}, "hi Grüße", "text/plain;charset=UTF-8"],
    [
      "a text with the content type that it names",
      "<a/>",
      { "Content-Type": "application/xml" },
      "<a/>",
      "application/xml",
    ],
    ["a placeholder's text as text", "{{note}}", {}, "Grüße", "text/plain;charset=UTF-8"],
    [
      "a placeholder's list as JSON",
      "{{steps.form.output.lines}}",
      {},
      '[{"sku":"s1"}]',
      "application/json",
    ],
    ["null as JSON", null, {}, "null", "application/json"],
    [
      "JSON with the content type that it names",
      { a: 1 },
      { "content-type": "application/merge-patch+json" },
      '{"a":1}',
      "application/merge-patch+json",
    ],
  ])("%s", async (_, body, headers, text, contentType) => {
    const { sent } = await perform({ method: "POST", body, headers });
    expect(sent[0]?.body).toBe(text);
    expect(sent[0]?.headers["content-type"]).toBe(contentType);
  });

  it("a user agent of the step's own, but no idempotency key or attempt of its own", async () => {
    const { sent } = await perform({
      headers: { "User-Agent": "mine", "Idempotency-Key": "mine", "X-ATTEMPT": "9" },
    });
    expect(sent[0]?.headers).toEqual({
      "user-agent": "mine",
      "idempotency-key": "run_abc:notify",
      "x-attempt": "1",
    });
  });

  it("the span that it is made in, regardless of the step; without one, none", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const headers = { Traceparent: "00-11111111111111111111111111111111-1111111111111111-01" };
    const traced = await perform({ headers }, { traceparent });
    expect(traced.sent[0]?.headers["traceparent"]).toBe(traceparent);
    const untraced = await perform({ headers });
    expect(untraced.sent[0]?.headers).not.toHaveProperty("traceparent");
  });

  it("the statuses that it expects, so that a redirect can be one", async () => {
    const { sent, outcome } = await perform({ expect_status: [302] }, { result: answer(302) });
    expect(sent[0]?.expectedStatuses).toEqual([302]);
    expect(outcome.kind).toBe("completed");
  });

  it("secrets in headers and body, and says where they are", async () => {
    const { sent } = await perform(
      {
        method: "POST",
        headers: { Authorization: "Bearer {{secrets.KEY}}", "X-Plain": "1" },
        body: { pass: "{{secrets.PASS}}" },
      },
      { secrets: { KEY: "k-1234", PASS: "p-1234" } },
    );
    expect(sent[0]).toMatchObject({
      headers: { authorization: "Bearer k-1234", "x-plain": "1" },
      body: '{"pass":"p-1234"}',
      sensitiveHeaders: ["authorization"],
      sensitiveBody: true,
    });
  });
});

describe("an api_call reads", () => {
  it("the secrets that it names, each once, and no others", async () => {
    const { asked } = await perform(
      {
        method: "POST",
        headers: { a: "{{secrets.KEY}}", b: "{{count}} {{ secrets.PASS }}" },
        body: { list: [{ key: "{{secrets.KEY}}", token: "{{secrets.TOKEN}}!" }] },
      },
      { secrets: { KEY: "k-1234", PASS: "p-1234", TOKEN: "t-1234", OTHER: "o-1234" } },
    );
    expect(asked).toEqual([["KEY", "PASS", "TOKEN"]]);
  });

  it("nothing when it names none", async () => {
    expect((await perform({ headers: { a: "secrets.KEY {{count}}" } })).asked).toEqual([]);
  });

  it("them before it sends, so that any call is tried again when they cannot be had", async () => {
    const { outcome, sent } = await perform(
      { method: "POST", headers: { a: "{{secrets.KEY}}" } },
      { secrets: "unreadable" },
    );
    expect(sent).toEqual([]);
    expect(outcome).toEqual(failure("internal", "The secrets could not be read.", "transport"));
  });
});

describe("an api_call sends nothing and fails for good", () => {
  it.each<[string, Partial<ApiCallStep["config"]>, string, string]>([
    [
      "without a value in the URL",
      { url: "https://h.io/{{nope}}" },
      "template_error",
      "The placeholder {{nope}} has no value.",
    ],
    [
      "without a value in a header",
      { headers: { a: "{{nope.x}}" } },
      "template_error",
      "The placeholder {{nope.x}} has no value.",
    ],
    [
      "without a value in the body",
      { method: "POST", body: ["{{nope}}"] },
      "template_error",
      "The placeholder {{nope}} has no value.",
    ],
    [
      "with a placeholder for the host",
      { url: "https://{{tenant}}.io/" },
      "template_error",
      "The URL must be absolute; placeholders are allowed only after the host, in the path or query.",
    ],
    [
      "with a line break in a header",
      { headers: { a: "{{evil}}" } },
      "template_error",
      "A header value has line breaks, control characters or characters outside ASCII.",
    ],
    [
      "with a header that cannot be set",
      { headers: { Host: "a" } },
      "template_error",
      "The header host cannot be set.",
    ],
    ["with a body on a GET", { body: {} }, "template_error", "A GET request cannot have a body."],
    [
      "with a secret that is not there",
      { headers: { a: "{{secrets.KEY}}" } },
      "secret_missing",
      "No secret named KEY.",
    ],
    [
      "with a secret of an inherited name",
      { headers: { a: "{{secrets.constructor}}" } },
      "secret_missing",
      "No secret named constructor.",
    ],
    [
      "with a secret in the URL",
      { url: "https://h.io/{{secrets.KEY}}" },
      "template_error",
      "A secret is not allowed in a URL; put it into a header or the body.",
    ],
    [
      "with a part of a secret",
      { headers: { a: "{{secrets.KEY.x}}" } },
      "template_error",
      "The placeholder {{secrets.KEY.x}} has no value.",
    ],
  ])("%s", async (_, config, code, message) => {
    const { outcome, sent } = await perform(config, { secrets: {} });
    expect(outcome).toEqual(failure(code, message));
    expect(sent).toEqual([]);
  });

  it("with a body that is too large, and not before", async () => {
    const body = (bytes: number): JsonValue => ["a".repeat(bytes - 4)];
    const most = await perform({ method: "POST", body: body(LIMITS.renderedBytes) });
    expect(most.outcome.kind).toBe("completed");
    const more = await perform({ method: "POST", body: body(LIMITS.renderedBytes + 1) });
    expect(more.outcome).toEqual(failure("template_error", "The body has more than 262144 bytes."));
  });

  it("but may be tried again when its time was over before it began", async () => {
    const { outcome, sent } = await perform({ method: "POST" }, { signal: AbortSignal.abort() });
    expect(outcome).toEqual(failure("timeout", "No time was left to make the call.", "transport"));
    expect(sent).toEqual([]);
  });
});

describe("the output of an api_call", () => {
  const JSON_TYPE = { "content-type": "application/json" };
  it.each<[string, string, Record<string, string>, JsonValue]>([
    ["JSON", '{"a":[1]}', JSON_TYPE, { a: [1] }],
    ["JSON with a charset", "[1]", { "content-type": "application/json; charset=utf-8" }, [1]],
    ["JSON of a kind", "1", { "content-type": "application/problem+json" }, 1],
    ["JSON in capitals", "null", { "content-type": "Application/JSON" }, null],
    ["an empty answer of JSON", "", JSON_TYPE, null],
    ["an empty answer without a type", "", {}, ""],
    ["XML, as text", "<a/>", { "content-type": "application/soap+xml" }, "<a/>"],
    ["a form, as text", "a=1", { "content-type": "application/x-www-form-urlencoded" }, "a=1"],
    ["lines of JSON, as text", "1\n2", { "content-type": "application/x-ndjson" }, "1\n2"],
    ["text", '{"a":1}', { "content-type": "text/plain" }, '{"a":1}'],
    ["what has no type, as text", "1", {}, "1"],
  ])("holds %s", async (_, body, headers, value) => {
    const output = { status: 200, headers, body: value };
    expect(await outcomeOf(answer(200, body, headers))).toEqual(completed(output));
  });

  it("is bounded in bytes as it is kept", async () => {
    const frame = JSON.stringify({ status: 200, headers: {}, body: "" }).length;
    const body = (bytes: number): string => "a".repeat(bytes - frame);
    expect((await outcomeOf(answer(200, body(LIMITS.stepOutputBytes)))).kind).toBe("completed");
    expect(await outcomeOf(answer(200, body(LIMITS.stepOutputBytes + 1)))).toEqual(
      failure("output_too_large", "The output has more than 262144 bytes."),
    );
  });

  it("is bounded in depth", async () => {
    const body = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    const tooDeep = failure("output_too_large", "The answer is nested deeper than 64 levels.");
    expect((await outcomeOf(answer(200, body(LIMITS.stepOutputDepth), JSON_TYPE))).kind).toBe(
      "completed",
    );
    expect(await outcomeOf(answer(200, body(LIMITS.stepOutputDepth + 1), JSON_TYPE))).toEqual(
      tooDeep,
    );
    expect(await outcomeOf(answer(200, body(100_000), JSON_TYPE))).toEqual(tooDeep);
  });

  it("does not repeat the secrets that were sent", async () => {
    const body = JSON.stringify({ echo: 'Bearer k"1234', 'k"1234': ['k"1234', 123456, 1234567] });
    const { outcome } = await perform(
      { headers: { a: "{{secrets.KEY}}", b: "{{secrets.PIN}}" } },
      {
        secrets: { KEY: 'k"1234', PIN: "123456", UNUSED: "Bearer" },
        result: answer(200, body, { ...JSON_TYPE, "x-echo": 'k"1234' }),
      },
    );
    expect(outcome).toEqual(
      completed({
        status: 200,
        headers: { ...JSON_TYPE, "x-echo": "[REDACTED]" },
        body: { echo: "Bearer [REDACTED]", "[REDACTED]": ["[REDACTED]", "[REDACTED]", 1234567] },
      }),
    );
  });
});

/** With the text that it was measured by, which is what is stored. */
function completed(output: JsonObject) {
  return { kind: "completed", output, sized: toSizedText(output) };
}

type Method = ApiCallStep["config"]["method"];
const RETRY = "transport";
const NEVER = "terminal";

describe("an answer that was not expected", () => {
  it.each<[Method, boolean, number, string]>([
    ["GET", false, 408, RETRY],
    ["GET", false, 429, RETRY],
    ["GET", false, 500, RETRY],
    ["GET", false, 502, RETRY],
    ["GET", false, 503, RETRY],
    ["GET", false, 599, RETRY],
    ["GET", false, 301, NEVER],
    ["GET", false, 304, NEVER],
    ["GET", false, 400, NEVER],
    ["GET", false, 401, NEVER],
    ["GET", false, 404, NEVER],
    ["GET", false, 409, NEVER],
    ["PUT", false, 500, RETRY],
    ["DELETE", false, 503, RETRY],
    ["POST", true, 408, RETRY],
    ["POST", true, 500, RETRY],
    ["PATCH", true, 502, RETRY],
    ["POST", true, 422, NEVER],
    ["POST", false, 429, RETRY],
    ["POST", false, 503, RETRY],
    ["PATCH", false, 429, RETRY],
    ["PATCH", false, 503, RETRY],
    ["POST", false, 408, NEVER],
    ["POST", false, 500, NEVER],
    ["POST", false, 502, NEVER],
    ["POST", false, 504, NEVER],
    ["PATCH", false, 500, NEVER],
    ["POST", false, 400, NEVER],
  ])("to %s (idempotent: %s) of %i is %s", async (method, idempotent, status, failureClass) => {
    expect(await outcomeOf(answer(status, "no such order"), { method, idempotent })).toEqual({
      kind: "failed",
      class: failureClass,
      failure: {
        code: "http_error",
        message: `The server answered ${status}: no such order.`,
        http_status: status,
      },
      answer: { http_status: status, headers: {}, body: "no such order" },
    });
  });

  it("to a POST that became a GET on the way is never a reason to repeat the POST", async () => {
    expect(await outcomeOf(answer(503, "", {}, true), { method: "POST" })).toMatchObject({
      class: NEVER,
    });
    expect(
      await outcomeOf(answer(503, "", {}, true), { method: "POST", idempotent: true }),
    ).toMatchObject({ class: RETRY });
  });

  it.each<[number[] | undefined, number, string]>([
    [undefined, 200, "completed"],
    [undefined, 299, "completed"],
    [undefined, 300, NEVER],
    [[200], 204, NEVER],
    [[200, 404], 404, "completed"],
    [[503], 503, "completed"],
    [[200], 503, RETRY],
    [[], 200, NEVER],
  ])("by expect_status %j: %i is %s", async (expect_status, status, result) => {
    const outcome = await outcomeOf(
      answer(status),
      expect_status === undefined ? {} : { expect_status },
    );
    expect(outcome.kind === "failed" ? outcome.class : outcome.kind).toBe(result);
  });

  it("is retried when the server says", async () => {
    expect(await outcomeOf(answer(429, "", { "retry-after": "7" }))).toMatchObject({
      class: RETRY,
      retryAfterMs: 7_000,
    });
    expect(await outcomeOf(answer(503, "", { "retry-after": "soon" }))).not.toHaveProperty(
      "retryAfterMs",
    );
    expect(await outcomeOf(answer(404, "", { "retry-after": "7" }))).not.toHaveProperty(
      "retryAfterMs",
    );
  });
});

describe("a call without an answer", () => {
  const none = (reason: "network_error" | "timeout" | "egress_refused" | "output_too_large") =>
    ({ ok: false, reason, message: "Why." }) as const;

  it.each<[Method, boolean]>([
    ["GET", false],
    ["PUT", false],
    ["DELETE", false],
    ["POST", true],
    ["PATCH", true],
  ])("may be repeated: %s (idempotent: %s)", async (method, idempotent) => {
    for (const reason of ["network_error", "timeout"] as const) {
      expect(await outcomeOf(none(reason), { method, idempotent })).toEqual(
        failure(reason, "Why.", RETRY),
      );
    }
  });

  it.each<[Method]>([["POST"], ["PATCH"]])("is never repeated for a plain %s", async (method) => {
    for (const reason of ["network_error", "timeout"] as const) {
      expect(await outcomeOf(none(reason), { method })).toEqual(
        failure(
          "outcome_unknown",
          `Why. Whether the ${method} was carried out is not known, so it is not repeated.`,
        ),
      );
    }
  });

  it.each<[Method]>([["GET"], ["POST"]])(
    "that was refused or too large is final for %s",
    async (method) => {
      for (const reason of ["egress_refused", "output_too_large"] as const) {
        expect(await outcomeOf(none(reason), { method })).toEqual(failure(reason, "Why."));
      }
    },
  );
});

describe("whether a step is repeatable", () => {
  it.each<[Method, boolean, boolean]>([
    ["GET", false, true],
    ["PUT", false, true],
    ["DELETE", false, true],
    ["HEAD", false, true],
    ["OPTIONS", false, true],
    ["POST", false, false],
    ["PATCH", false, false],
    ["POST", true, true],
    ["PATCH", true, true],
  ])("%s (idempotent: %s): %s", (method, idempotent, repeatable) => {
    expect(isRepeatable(step({ method, idempotent }))).toBe(repeatable);
  });
});
