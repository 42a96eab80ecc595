/** `GET /v1/executions/{run_id}/events` over real HTTP: what a browser or curl sees. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { historySchema } from "#model/run.ts";
import { EventStream } from "../support/event-stream.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";
import { answerForm, start } from "./runs.ts";

const UNKNOWN_RUN = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const UNTIL_WAITING = ["run.created", "run.started", "step.started", "run.waiting"];

let service: Service;
let api: FakeApi;
/** Keys of principals who read, since one may follow a run only 20 times. */
let readers: string[] = [];
/** Opened before all tests, so that the keep-alive need not be waited for alone. */
let quiet: { stream: EventStream; openedAt: number; heard: Promise<EventStream> };

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
  readers = await Promise.all(
    Array.from({ length: 11 }, () => service.createKey({ scopes: ["runs:read"] })),
  );
  const stream = await follow(await start(service));
  const heard = stream.until(({ keepAlives }) => keepAlives > 0);
  quiet = { stream, openedAt: Date.now(), heard };
});

afterAll(async () => {
  await quiet.stream.cancel();
  await service.close();
  await api.close();
});

interface Ask {
  lastEventId?: string;
  query?: string;
  key?: string | null;
  method?: string;
}

function ask(runId: string, { lastEventId, query = "", key, method }: Ask = {}) {
  const credentials = key === undefined ? service.key : key;
  return fetch(new URL(`/v1/executions/${runId}/events${query}`, service.url), {
    ...(method === undefined ? {} : { method }),
    headers: {
      ...(credentials === null ? {} : { authorization: `Bearer ${credentials}` }),
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
  });
}

async function follow(runId: string, more: Ask = {}): Promise<EventStream> {
  const response = await ask(runId, more);
  expect(response.status).toBe(200);
  return new EventStream(response.body);
}

/** The reader of the stream with this number, 20 for each of them. */
function readerOf(each: number): Ask {
  return { key: readers[Math.floor(each / 20)] ?? null };
}

test("one principal has at most 20 streams of a run, also by HEAD, and others have theirs", async () => {
  const runId = await start(service);
  const limited = await service.createKey({
    scopes: ["runs:read"],
    workflowScope: "content_draft_flow",
  });
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => follow(runId, { key: limited })),
  );
  const refused = await ask(runId, { key: limited });
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(refused.status).toBe(429);
  expect(problemSchema.parse(await refused.json()).code).toBe("too_many_streams");
  expect((await ask(runId, { key: limited, method: "HEAD" })).status).toBe(429);
  const other = await follow(runId);
  await Promise.all([...streams, other].map((stream) => stream.cancel()));
});

async function eventsOf(runId: string) {
  const answer = await service.get(`/v1/executions/${runId}/history`);
  return historySchema.parse(answer.json()).events;
}

async function approve(runId: string): Promise<void> {
  const approvals = [{ step_id: "approval", approved: true }];
  const answer = await service.post(`/v1/executions/${runId}/resume`, { approvals });
  expect(answer.status).toBe(200);
}

async function completed(): Promise<string> {
  const runId = await answerForm(service, await start(service));
  await approve(runId);
  return runId;
}

describe("the stream of events", () => {
  test("has the headers of a stream that must not be stored or buffered", async () => {
    const response = await ask(await start(service));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    await response.body?.cancel();
  });

  test("is the history as it grows, and closes when the run has ended", async () => {
    const runId = await start(service);
    const stream = await follow(runId);
    await stream.until(({ types }) => types.at(-1) === "run.waiting");
    expect(stream).toMatchObject({ types: UNTIL_WAITING, retryMs: 2_000 });
    await answerForm(service, runId);
    await stream.until(({ types }) => types.filter((type) => type === "run.waiting").length === 2);
    await approve(runId);
    await stream.rest();
    expect(stream.types.at(-1)).toBe("run.completed");
    expect(stream.events).toEqual(await eventsOf(runId));
  });

  test("goes on after Last-Event-ID, and after `after`; the header wins", async () => {
    const runId = await completed();
    const events = await eventsOf(runId);
    const byHeader = await follow(runId, { lastEventId: "3" });
    const byQuery = await follow(runId, { query: "?after=5" });
    const byBoth = await follow(runId, { lastEventId: "7", query: "?after=5" });
    expect((await byHeader.rest()).events).toEqual(events.slice(3));
    expect((await byQuery.rest()).events).toEqual(events.slice(5));
    expect((await byBoth.rest()).events).toEqual(events.slice(7));
  });

  test("is 204 when the run has ended and its last event is known", async () => {
    const runId = await completed();
    const last = (await eventsOf(runId)).length;
    const response = await ask(runId, { lastEventId: String(last) });
    expect(response.status).toBe(204);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask(runId, { query: `?after=${last + 1}` })).status).toBe(204);
    expect((await (await follow(runId, { query: `?after=${last - 1}` })).rest()).seqs).toEqual([
      last,
    ]);
  });

  test("waits when a waiting run has nothing new", async () => {
    const runId = await start(service);
    const stream = await follow(runId, { lastEventId: "5" });
    await stream.read();
    expect(stream).toMatchObject({ retryMs: 2_000, events: [] });
    await service.post(`/v1/executions/${runId}/cancel`);
    await stream.rest();
    // The cancel is event 5 itself: the client has the end of the run, and says so.
    expect(stream.events).toEqual([]);
    expect((await ask(runId, { lastEventId: "5" })).status).toBe(204);
  });

  test("comes over time while the alarm carries the calls of a run", async () => {
    const step = (id: string, next: string) =>
      `  - { id: ${id}, type: api_call, name: ${id}, ${next} config: { url: "http://${api.host}/${id}", method: GET } }`;
    const yaml = `id: two_calls\nname: Two calls\nstart_step: one\nsteps:\n${step("one", "next: two,")}\n${step("two", "")}\n`;
    expect((await service.yaml("POST", "/v1/workflows", yaml)).status).toBe(201);
    api.script("/one", [{ kind: "hold" }]);
    api.script("/two", [{ kind: "hold" }]);
    const body = { workflow_id: "two_calls" };
    const answer = await service.post("/v1/executions", body, { prefer: "respond-async" });
    const { id } = answer.json() as { id: string };

    const stream = await follow(id);
    await api.arrived("/one", 1);
    await stream.until(({ types }) => types.at(-1) === "step.started");
    api.release("/one", 200);
    await api.arrived("/two", 1);
    await stream.until(({ events }) => events.at(-1)?.step_id === "two");
    api.release("/two", 200);
    await stream.rest();
    expect(stream.types).toEqual([
      "run.created",
      "run.started",
      "step.started",
      "step.completed",
      "step.started",
      "step.completed",
      "run.completed",
    ]);
  });

  test("answers HEAD without opening a stream", async () => {
    const response = await ask(await start(service), { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe("");
  });
});

describe("what is refused", () => {
  async function expectProblem(response: Response, status: number, code: string): Promise<void> {
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problemSchema.parse(await response.json())).toMatchObject({ status, code });
    expect(response.status).toBe(status);
  }

  test.each(["", "-1", "1.5", "0x10", "1e3", "abc", "1234567890123456", "1, 2"])(
    "a Last-Event-ID of %j",
    async (lastEventId) => {
      const response = await ask(UNKNOWN_RUN, { lastEventId });
      await expectProblem(response, 400, "invalid_parameter");
    },
  );

  test.each(["?after=", "?after=-1", "?after=abc", "?after=1&after=x"])("%s", async (query) => {
    await expectProblem(await ask(UNKNOWN_RUN, { query }), 400, "invalid_parameter");
  });

  test("a run that is not there, and an id of another form", async () => {
    await expectProblem(await ask(UNKNOWN_RUN), 404, "run_not_found");
    await expectProblem(await ask("none", { lastEventId: "1" }), 404, "run_not_found");
  });

  test("a caller without a key, without the scope, or of another workflow", async () => {
    const runId = await start(service);
    await expectProblem(await ask(runId, { key: null }), 401, "unauthorized");
    const writer = await service.createKey({ scopes: ["runs:write"] });
    await expectProblem(await ask(runId, { key: writer }), 403, "insufficient_scope");
    const stranger = await service.createKey({ scopes: ["runs:read"], workflowScope: "other" });
    await expectProblem(await ask(runId, { key: stranger }), 404, "run_not_found");
    const reader = { scopes: ["runs:read"], workflowScope: "content_draft_flow" } as const;
    const response = await ask(runId, { key: await service.createKey(reader) });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test("another method", async () => {
    const response = await ask(UNKNOWN_RUN, { method: "POST" });
    await expectProblem(response, 405, "method_not_allowed");
  });

  test("the 201st reader, until others have gone", async () => {
    const runId = await startMany();
    const streams = await Promise.all(
      Array.from({ length: 200 }, (_, each) => follow(runId, readerOf(each))),
    );
    const refused = await ask(runId, readerOf(200));
    expect(refused.headers.get("retry-after")).toBe("5");
    await expectProblem(refused, 503, "overloaded");

    // A client that just goes away is noticed when there is something to send it.
    await Promise.all(streams.slice(0, 100).map((stream) => stream.cancel()));
    await expect
      .poll(async () => {
        await service.post(`/v1/executions/${runId}/resume`, { inputs: { topic: "x" } });
        const response = await ask(runId, readerOf(200));
        await response.body?.cancel();
        return response.status;
      })
      .toBe(200);

    await service.post(`/v1/executions/${runId}/cancel`);
    const events = await eventsOf(runId);
    const rest = await Promise.all(streams.slice(100).map((stream) => stream.rest()));
    for (const stream of rest) expect(stream.events).toEqual(events);
  });

  /** A run that asks for the same thing a hundred times. */
  async function startMany(): Promise<string> {
    const fields = "config: { fields: [{ key: topic, type: string, required: true }] }";
    const steps = Array.from({ length: 100 }, (_, index) => {
      const next = index < 99 ? `next: ask${index + 1}, ` : "";
      return `  - { id: ask${index}, type: form, name: Ask, ${next}${fields} }`;
    });
    const yaml = `id: many_forms\nname: Many forms\nstart_step: ask0\nsteps:\n${steps.join("\n")}\n`;
    expect((await service.yaml("POST", "/v1/workflows", yaml)).status).toBe(201);
    return start(service, { workflow_id: "many_forms" });
  }
});

test("a keep-alive comes every 15 seconds while nothing happens", async () => {
  await quiet.heard;
  expect(quiet.stream).toMatchObject({ types: UNTIL_WAITING });
  expect(quiet.stream.keepAlives).toBeGreaterThan(0);
  expect(Date.now() - quiet.openedAt).toBeGreaterThanOrEqual(14_500);
});

/** Not a gate: one commit of 200 pure steps, and what 50 readers over HTTP add to it. */
test("a run of 200 pure steps, with and without readers", async () => {
  const steps = Array.from({ length: 200 }, (_, index) => {
    const next = index < 199 ? `next: step${index + 1}, ` : "";
    return `  - { id: step${index}, type: conditional, name: S, ${next}config: { when: "1 < 2" } }`;
  });
  const first =
    "  - { id: ask, type: form, name: Ask, next: step0, config: { fields: [{ key: topic, type: string, required: true }] } }";
  const yaml = `id: many_steps\nname: Many steps\nstart_step: ask\nsteps:\n${first}\n${steps.join("\n")}\n`;
  const stored = await service.yaml("POST", "/v1/workflows", yaml);
  expect({ status: stored.status, body: stored.text }).toMatchObject({ status: 201 });
  for (const count of [0, 0, 50, 0, 50, 0, 50]) {
    const runId = await start(service, { workflow_id: "many_steps" });
    const streams = await Promise.all(
      Array.from({ length: count }, (_, each) => follow(runId, readerOf(each))),
    );
    const seen = streams.map((stream) => stream.rest());
    const startedAt = performance.now();
    await service.post(`/v1/executions/${runId}/resume`, { inputs: { topic: "x" } });
    const answeredMs = performance.now() - startedAt;
    for (const stream of await Promise.all(seen)) expect(stream.types.at(-1)).toBe("run.completed");
    const readMs = performance.now() - startedAt;
    console.log(
      `200 steps over HTTP, ${count} readers: answered in ${answeredMs.toFixed(0)} ms, read by all after ${readMs.toFixed(0)} ms`,
    );
  }
});
