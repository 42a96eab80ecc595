import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { LIMITS } from "#model/limits.ts";
import { redactFields } from "#security/redact.ts";
import type { Span } from "#telemetry/open-spans.ts";
import { encodeSpans, sendSpans } from "#telemetry/otlp.ts";
import { TraceReceiver } from "../support/trace-receiver.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

function span(over: Partial<Span> = {}): Span {
  return {
    spanId: "00f067aa0ba902b7",
    parentSpanId: null,
    name: "run sample",
    kind: "internal",
    startMs: 1_767_225_600_123,
    endMs: 1_767_225_601_999,
    attributes: { run_id: "run_a", count: 3, cost: 0.5, ok: true },
    events: [],
    droppedEvents: 0,
    error: null,
    seq: 9,
    ...over,
  };
}

/** As a collector reads it. */
async function received(spans: Span[]) {
  const receiver = await TraceReceiver.start();
  const body = encodeSpans(spans, TRACE, { "service.name": "orders" }, redactFields);
  const target = { url: `${receiver.url}/v1/traces`, headers: {} };
  const result = await sendSpans(target, body, AbortSignal.timeout(5_000));
  await receiver.close();
  expect(receiver.faults).toEqual([]);
  expect(result).toEqual({ kind: "sent", rejectedSpans: 0 });
  return receiver.spans;
}

describe("spans on the wire", () => {
  test("are read by the protocol's own definitions", async () => {
    const event = {
      name: "run.waiting",
      atMs: 1_767_225_600_500,
      attributes: { "wait.number": 1 },
    };
    expect(
      await received([span({ parentSpanId: "1111111111111111", kind: "client", events: [event] })]),
    ).toEqual([
      {
        traceId: TRACE,
        spanId: "00f067aa0ba902b7",
        parentSpanId: "1111111111111111",
        name: "run sample",
        kind: "SPAN_KIND_CLIENT",
        startMs: 1_767_225_600_123,
        endMs: 1_767_225_601_999,
        attributes: { run_id: "run_a", count: 3, cost: 0.5, ok: true },
        events: [event],
        status: { code: "STATUS_CODE_UNSET", message: "" },
        service: { "service.name": "orders" },
        scope: "workflow-orchestrator",
      },
    ]);
  });

  test("say what went wrong, without credentials and people", async () => {
    const error = "ann@example.com got 401 for Bearer abcdefghijklmnopqrstuvwxyz012345";
    const attributes = {
      password: "hunter2",
      note: "call +1 415-555-0100",
      "gen_ai.usage.input_tokens": 91,
    };
    const [sent] = await received([span({ error, attributes, name: "run ann@example.com" })]);
    expect(sent?.status).toEqual({
      code: "STATUS_CODE_ERROR",
      message: "[REDACTED_EMAIL] got 401 for Bearer [REDACTED]",
    });
    expect(sent?.name).toBe("run [REDACTED_EMAIL]");
    expect(sent?.attributes).toEqual({
      password: "[REDACTED]",
      note: "call [REDACTED_PHONE]",
      "gen_ai.usage.input_tokens": 91,
    });
  });

  test("of no time at all take a microsecond: a store must not see them end before they began", () => {
    const body = encodeSpans([span({ endMs: span().startMs })], TRACE, {}, redactFields);
    const text = new TextDecoder().decode(body);
    expect(text).toContain('"startTimeUnixNano":"1767225600123000000"');
    expect(text).toContain('"endTimeUnixNano":"1767225600123001000"');
  });

  test("hold texts of up to 1,024 characters; what is longer is cut, once it is redacted", async () => {
    const fits = "x".repeat(LIMITS.spanTextLength);
    const [sent] = await received([
      span({ attributes: { fits, long: `${fits}y` }, error: `${fits}y` }),
    ]);
    expect(sent?.attributes).toEqual({ fits, long: fits });
    expect(sent?.status.message).toBe(fits);
  });
});

describe("the answer of a collector", () => {
  async function answered(status: number, body = "", headers: Record<string, string> = {}) {
    const server = createServer((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const url = `http://127.0.0.1:${address.port}/v1/traces`;
    const encoded = encodeSpans([span()], TRACE, {}, redactFields);
    const result = await sendSpans({ url, headers: {} }, encoded, AbortSignal.timeout(5_000));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return { result, url };
  }

  test.each<[number, string, Record<string, string>, object]>([
    [200, "", {}, { kind: "sent", rejectedSpans: 0 }],
    [200, "{}", {}, { kind: "sent", rejectedSpans: 0 }],
    [202, "ok", {}, { kind: "sent", rejectedSpans: 0 }],
    [
      200,
      '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}',
      {},
      { kind: "sent", rejectedSpans: 2 },
    ],
    [503, "", {}, { kind: "failed", reason: "The collector responded with 503." }],
    [
      429,
      "",
      { "retry-after": "7" },
      { kind: "failed", reason: "The collector responded with 429.", retryAfterMs: 7_000 },
    ],
    [
      429,
      "",
      { "retry-after": "99999999" },
      { kind: "failed", reason: "The collector responded with 429.", retryAfterMs: 86_400_000 },
    ],
    [
      503,
      "",
      { "retry-after": "soon" },
      { kind: "failed", reason: "The collector responded with 503." },
    ],
    [
      302,
      "",
      { location: "https://elsewhere.test" },
      { kind: "refused", reason: "The collector responded with 302." },
    ],
    [401, "", {}, { kind: "refused", reason: "The collector responded with 401." }],
    [500, "", {}, { kind: "refused", reason: "The collector responded with 500." }],
  ])("%i %j %j", async (status, body, headers, expected) => {
    expect((await answered(status, body, headers)).result).toEqual(expected);
  });

  test.each([
    [LIMITS.collectorAnswerBytes, 2],
    [LIMITS.collectorAnswerBytes + 1, 0],
  ])(
    "of %i bytes is read so far that %i refused spans are seen at its end",
    async (bytes, seen) => {
      const told = '"rejectedSpans":2';
      const { result } = await answered(200, told.padStart(bytes));
      expect(result).toEqual({ kind: "sent", rejectedSpans: seen });
    },
  );

  test("that is not there is a failure like 503", async () => {
    const { url } = await answered(200);
    const body = encodeSpans([span()], TRACE, {}, redactFields);
    const result = await sendSpans({ url, headers: {} }, body, AbortSignal.timeout(5_000));
    expect(result.kind).toBe("failed");
  });

  /** An answer that begins and does not end; says when the other side has let go. */
  async function unending(begin: (response: ServerResponse) => void, signal: AbortSignal) {
    const closed = Promise.withResolvers<string>();
    const server = createServer((_request, response) => {
      response.on("close", () => closed.resolve("let go"));
      response.writeHead(200);
      begin(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = encodeSpans([span()], TRACE, {}, redactFields);
    const result = await sendSpans({ url, headers: {} }, body, signal);
    const ended = await closed.promise;
    await new Promise((resolve) => server.close(resolve));
    return { result, ended };
  }

  test("that goes on for ever is not read to its end", async () => {
    const flood = (response: ServerResponse) => {
      response.once("drain", () => flood(response));
      while (!response.destroyed && response.write(" ".repeat(65_536)));
    };
    const { result, ended } = await unending(flood, new AbortController().signal);
    expect(result).toEqual({ kind: "sent", rejectedSpans: 0 });
    expect(ended).toBe("let go");
  });

  test("that stops in its middle is a failure when its time is over", async () => {
    const limit = new AbortController();
    const stop = (response: ServerResponse) => {
      response.write("{");
      // The limit of the caller, which knows nothing of how far the answer has come.
      setTimeout(() => limit.abort(new Error("no answer in time")), 50);
    };
    const { result, ended } = await unending(stop, limit.signal);
    expect(result).toEqual({ kind: "failed", reason: "no answer in time" });
    expect(ended).toBe("let go");
  });
});
