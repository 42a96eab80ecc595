/** kill -9 of everything at once, and a restart: what was acknowledged is there, and goes on. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historySchema } from "#model/run.ts";
import { LocalCopy } from "../support/local-copy.ts";

/** An API that never answers its first call of a path, and answers all others. */
interface FakeApi {
  server: Server;
  host: string;
  calls: { path: string; key: string; attempt: string }[];
}

let api: FakeApi;
let copy: LocalCopy;

beforeAll(async () => {
  api = await startFakeApi();
  copy = await LocalCopy.create([`API_CALL_ALLOW_HTTP_HOSTS=${api.host}`]);
  await copy.start();
});

afterAll(async () => {
  await copy.dispose();
  api.server.closeAllConnections();
  await new Promise((resolve) => api.server.close(resolve));
});

async function startFakeApi(): Promise<FakeApi> {
  const calls: FakeApi["calls"] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const { "idempotency-key": key = "", "x-attempt": attempt = "" } = request.headers;
    const isFirst = !calls.some((call) => call.path === path);
    calls.push({ path, key: String(key), attempt: String(attempt) });
    if (isFirst) return;
    response.setHeader("content-type", "application/json");
    response.end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { server, host: `127.0.0.1:${port}`, calls };
}

async function createCallingWorkflow(id: string, method: string): Promise<void> {
  const step = { id: "call", type: "api_call", name: "Call" };
  const config = { url: `http://${api.host}/${id}`, method };
  const body = { name: id, id, start_step: "call", steps: [{ ...step, config }] };
  const response = await copy.call("POST", "/v1/workflows", body);
  expect(response.status).toBe(201);
}

async function callsTo(id: string, count: number): Promise<FakeApi["calls"]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const calls = api.calls.filter((call) => call.path === `/${id}`);
    if (calls.length >= count) return calls;
    if (Date.now() > deadline) throw new Error(`${calls.length} calls of ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function killAndRestart(): Promise<void> {
  await copy.kill();
  await copy.start();
}

describe("kill -9 of the whole process group", () => {
  test("while a run waits loses nothing, and the run completes", async () => {
    const started = await copy.run("POST", "/v1/executions", { workflow_id: "content_draft_flow" });
    const path = `/v1/executions/${started.id}`;
    await killAndRestart();

    expect(await copy.run("GET", path)).toEqual(started);
    const inputs = { topic: "Launch", audience: "SMB" };
    const drafted = await copy.run("POST", `${path}/resume`, { inputs });
    expect(drafted.current_step).toBe("approval");
    await killAndRestart();

    expect(await copy.run("GET", path)).toEqual(drafted);
    const approvals = [{ step_id: "approval", approved: true }];
    const ended = await copy.run("POST", `${path}/resume`, { approvals });
    expect(ended.status).toBe("completed");

    const { events } = historySchema.parse(
      await (await copy.call("GET", `${path}/history`)).json(),
    );
    const completed = events.filter((event) => event.type === "step.completed");
    expect(completed.map((event) => event.step_id)).toEqual(["form", "generate", "approval"]);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });

  test("while a call is in flight repeats it with the same key, and the run completes", async () => {
    await createCallingWorkflow("get-it", "GET");
    const started = await copy.run(
      "POST",
      "/v1/executions",
      { workflow_id: "get-it" },
      { prefer: "respond-async" },
    );
    expect(started.status).toBe("running");
    await callsTo("get-it", 1);
    await killAndRestart();

    // No request reads the run: it continues by itself.
    const calls = await callsTo("get-it", 2);
    const ended = await copy.untilEnded(started.id, 10_000);
    expect(ended.status).toBe("completed");
    expect(calls.map((call) => call.key)).toEqual([`${started.id}:call`, `${started.id}:call`]);
  });

  test("while an unkeyed POST is in flight never repeats it, and says so", async () => {
    await createCallingWorkflow("post-it", "POST");
    const started = await copy.run(
      "POST",
      "/v1/executions",
      { workflow_id: "post-it" },
      { prefer: "respond-async" },
    );
    await callsTo("post-it", 1);
    await killAndRestart();

    const ended = await copy.untilEnded(started.id, 20_000);
    expect(ended).toMatchObject({ status: "failed", error: { code: "outcome_unknown" } });
    expect(await callsTo("post-it", 1)).toHaveLength(1);
  });

  test.each([
    ["cancel-post", "POST", "outcome_unknown"],
    ["cancel-put", "PUT", "outcome_unknown"],
    ["cancel-get", "GET", "canceled"],
  ])(
    "right after a cancel during %s leaves its record, and no second call",
    async (id, method, outcome) => {
      await createCallingWorkflow(id, method);
      const started = await copy.run(
        "POST",
        "/v1/executions",
        { workflow_id: id },
        { prefer: "respond-async" },
      );
      await callsTo(id, 1);
      const canceled = await copy.run("POST", `/v1/executions/${started.id}/cancel`);
      expect(canceled.status).toBe("canceled");
      await killAndRestart();

      const history = await copy.call("GET", `/v1/executions/${started.id}/history`);
      const { events } = historySchema.parse(await history.json());
      expect(events.slice(-2)).toMatchObject([
        { type: "run.canceled", data: { under_way: [{ step_id: "call", attempt: 1 }] } },
        { type: "step.late", step_id: "call", attempt: 1, data: { outcome, under_way: [] } },
      ]);
      expect(await callsTo(id, 1)).toHaveLength(1);
      expect(await copy.run("GET", `/v1/executions/${started.id}`)).toEqual(canceled);
    },
  );

  test("under load loses no start that was acknowledged", async () => {
    const acknowledged: string[] = [];
    let starts = 0;
    // Clients go on until the service is gone from under them.
    const client = async () => {
      for (;;) {
        starts += 1;
        const key = { "idempotency-key": `load-${starts}` };
        const body = { workflow_id: "content_draft_flow" };
        const run = await copy.run("POST", "/v1/executions", body, key);
        acknowledged.push(run.id);
        if (acknowledged.length === 40) void copy.kill();
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 16 }, client));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(
      Array.from({ length: 16 }, () => "rejected"),
    );
    await copy.start();

    const lost: string[] = [];
    for (const id of acknowledged) {
      const response = await copy.call("GET", `/v1/executions/${id}`);
      if (response.status !== 200) lost.push(id);
    }
    console.log(`${acknowledged.length} starts acknowledged before the kill, ${lost.length} lost`);
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(lost).toEqual([]);
  });
});
