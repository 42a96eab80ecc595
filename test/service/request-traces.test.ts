/** Spans of requests at the HTTP edge: which, what they say, and how runs hang below them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { type Service, startService } from "../support/service.ts";
import { type ReceivedSpan, TraceReceiver } from "../support/trace-receiver.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";
const HEADERS = { "content-type": "application/json", "user-agent": "secretive/1.0" };

const OUR_ID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);

let receiver: TraceReceiver;
let service: Service;

beforeAll(async () => {
  receiver = await TraceReceiver.start();
  service = await startService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    TRACE_REQUEST_RATIO: "1",
  });
});

afterAll(async () => {
  await service.close();
  await receiver.close();
});

function start(headers: Record<string, string> = {}) {
  return service.send({
    method: "POST",
    path: "/v1/executions",
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify({ workflow_id: "content_draft_flow" }),
  });
}

/** The span of the request that was sent with this id. */
async function spanOf(requestId: string): Promise<ReceivedSpan> {
  const isIt = (span: ReceivedSpan) => span.attributes["client_request_id"] === requestId;
  await receiver.until(({ spans }) => spans.some(isIt));
  const found = receiver.spans.find(isIt);
  if (!found) throw new Error("no span");
  return found;
}

describe("the span of a request", () => {
  test("is a child of the caller's, and the run that it starts is its child", async () => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, "x-request-id": "start-1" };
    const run = runSchema.parse((await start(headers)).json());
    await service.post(`/v1/executions/${run.id}/cancel`);
    const request = await spanOf("start-1");
    expect(request).toMatchObject({
      traceId: TRACE,
      parentSpanId: CALLER,
      name: "POST /v1/executions",
      kind: "SPAN_KIND_SERVER",
      status: { code: "STATUS_CODE_UNSET" },
      service: { "service.name": "workflow-orchestrator" },
    });
    const isRun = (span: ReceivedSpan) =>
      span.name === "run content_draft_flow" && span.attributes["run_id"] === run.id;
    await receiver.until(({ spans }) => spans.some(isRun));
    expect(receiver.spans.find(isRun)).toMatchObject({
      traceId: TRACE,
      parentSpanId: request.spanId,
    });
    expect(receiver.faults).toEqual([]);
  });

  test("says the route and the run, and neither address, query nor user agent", async () => {
    const run = runSchema.parse((await start()).json());
    const path = `/v1/executions/${run.id}/history?x=a-query`;
    const headers = { "x-request-id": "read-1", "user-agent": "secretive/1.0" };
    await service.send({ method: "GET", path, headers });
    expect((await spanOf("read-1")).name).toBe("GET /v1/executions/:run_id/history");
    expect((await spanOf("read-1")).attributes).toEqual({
      "http.request.method": "GET",
      "http.route": "/v1/executions/:run_id/history",
      "http.response.status_code": 400,
      request_id: OUR_ID,
      client_request_id: "read-1",
      run_id: run.id,
    });
    const bodies = receiver.posts.map((post) => post.body).join("\n");
    for (const secret of ["a-query", "secretive", service.key]) {
      expect(bodies).not.toContain(secret);
    }
  });

  test("does not hold the token of a resume link", async () => {
    const run = runSchema.parse((await start()).json());
    const token = run.wait?.type === "form" ? run.wait.resume_token : undefined;
    const headers = { "x-request-id": "page-1" };
    const page = await service.send({
      method: "GET",
      path: `/resume/${token}`,
      headers,
      key: null,
    });
    expect(page.status).toBe(200);
    expect((await spanOf("page-1")).name).toBe("GET /resume/:token");
    expect(receiver.posts.map((post) => post.body).join("\n")).not.toContain(token);
  });

  test("is that of a refused request too", async () => {
    const headers = { "x-request-id": "refused-1" };
    await service.send({ method: "GET", path: "/v1/workflows", headers, key: null });
    expect((await spanOf("refused-1")).attributes["http.response.status_code"]).toBe(401);
  });

  test("is not there when the caller's trace is not sampled", async () => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-00`, "x-request-id": "quiet-1" };
    await start(headers);
    await start({ "x-request-id": "loud-1" });
    await spanOf("loud-1");
    expect(
      receiver.spans.filter((span) => span.attributes["client_request_id"] === "quiet-1"),
    ).toEqual([]);
  });

  test("changes nothing of the answer", async () => {
    const answer = await service.send({
      method: "GET",
      path: "/v1/workflows/nothing",
      headers: { "x-request-id": "same-1" },
    });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("x-request-id")).toBe("same-1");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});
