/** Every way in which a run can fail, by the code that it tells. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Step } from "#model/workflow.ts";
import type { StartRecord } from "#model/start-record.ts";
import { ai, api, approval, conditional, definition, form, RETRY } from "../support/definitions.ts";
import { eventually, objectOf, readHistory, readRun, runOf, startRecord } from "./support/runs.ts";

afterEach(() => vi.restoreAllMocks());

const ONCE = { ...RETRY, max_attempts: 1 };
const SHORT = { timeout_s: 0.05 };
const mock = (mode: string) => ({ mock: { mode, steps: {}, seed: 42 } });

/** An API that answers with the status, never, or by dropping the connection. */
function apiThat(behaves: number | "holds" | "drops" | "floods" | "mumbles" | "refuses"): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    if (behaves === "drops") throw new TypeError("Network connection lost.");
    if (behaves === "floods") return new Response("x".repeat(257 * 1024));
    if (behaves === "mumbles")
      return new Response("x", { headers: { "content-encoding": "zstd" } });
    if (behaves === "refuses") return Response.json({ error: "no stock" }, { status: 409 });
    if (behaves !== "holds") return new Response("no", { status: behaves });
    for (let looks = 0; looks < 400 && init?.signal?.aborted !== true; looks++) {
      await scheduler.wait(5);
    }
    throw new DOMException("The operation was aborted.", "AbortError");
  });
}

/** `http` is the behaviour of the API. */
interface Case {
  code: string;
  step: Step;
  http?: Parameters<typeof apiThat>[0];
  start?: Partial<StartRecord>;
}

const CASES: Case[] = [
  { code: "ai_schema_violation", step: ai("step"), start: mock("schema_violation") },
  { code: "ai_provider_error", step: ai("step", { retry: ONCE }), start: mock("transient_error") },
  {
    code: "mock_unsatisfiable",
    step: ai("step", { config: { json_schema: { type: "string", not: {} } } }),
  },
  { code: "template_error", step: ai("step", { config: { template_id: "gone_v1" } }) },
  {
    code: "timeout",
    step: ai("step", { retry: ONCE, config: SHORT }),
    start: mock("timeout"),
  },
  { code: "timeout", step: api("step", { retry: ONCE, config: SHORT }), http: "holds" },
  { code: "network_error", step: api("step", { retry: ONCE }), http: "drops" },
  { code: "http_error", step: api("step"), http: 404 },
  { code: "response_unreadable", step: api("step"), http: "mumbles" },
  {
    code: "response_unreadable",
    step: api("step", { config: { method: "POST" } }),
    http: "mumbles",
  },
  { code: "outcome_unknown", step: api("step", { config: { method: "POST" } }), http: "drops" },
  {
    code: "outcome_unknown",
    step: api("step", { config: { method: "PATCH", ...SHORT } }),
    http: "holds",
  },
  {
    code: "egress_refused",
    step: api("step", { config: { url: "http://api.example.com/" } }),
    http: 200,
  },
  {
    code: "egress_refused",
    step: api("step", { config: { url: "https://169.254.169.254/latest" } }),
    http: 200,
  },
  {
    code: "template_error",
    step: api("step", { config: { url: "https://api.example.com/{{nothing}}" } }),
    http: 200,
  },
  {
    code: "secret_missing",
    step: api("step", { config: { headers: { authorization: "Bearer {{secrets.TOKEN}}" } } }),
    http: 200,
  },
  { code: "output_too_large", step: api("step"), http: "floods" },
  { code: "expression_error", step: conditional("step", { config: { when: "1 / 0" } }) },
  { code: "wait_expired", step: form("step", { config: { expires_in_s: 0.05 } }) },
];

describe("a run that ends by", () => {
  test.each(CASES.map((one) => [one.code, one.step.type, one] as const))(
    "%s in a step of type %s says so, and where",
    async (code, _type, { step, http, start }) => {
      if (http !== undefined) apiThat(http);
      const record = startRecord(definition([step]), start);
      await objectOf(record.runId).start({ record, waitMs: 5_000 });
      const ended = await eventually(
        () => readRun(record.runId),
        (run) => run.ended_at !== undefined,
      );
      expect(ended).toMatchObject({ status: "failed", error: { code, step_id: "step" } });
      const { steps, events } = await readHistory(record.runId);
      expect(steps).toMatchObject([{ step_id: "step", status: "failed", error: { code } }]);
      expect(events.slice(-2)).toMatchObject([
        { type: "step.failed", step_id: "step", data: { code } },
        { type: "run.failed", data: { code } },
      ]);
    },
  );

  test("approval_rejected says who rejected", async () => {
    const record = startRecord(definition([approval("step")]));
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const answer = { kind: "approval", step_id: "step", approved: false } as const;
    const caller = { id: "k1" };
    const ended = runOf(
      await object.resume({ key: null, workflowScope: null, caller, waitMs: 1_000, answer }),
    );
    expect(ended.error).toEqual({
      code: "approval_rejected",
      message: "Rejected by key:k1.",
      step_id: "step",
    });
  });
});

test("what an API answered outlives the object's memory, and the next step has it", async () => {
  apiThat("refuses");
  const steps = [
    api("step", { on_error: "ask" }),
    form("ask", { next: "tell" }),
    conditional("tell", { config: { when: "steps.step.error.body.error == 'no stock'" } }),
  ];
  const record = startRecord(definition(steps));
  const object = objectOf(record.runId);
  await object.start({ record, waitMs: 5_000 });
  await eventually(
    () => readRun(record.runId),
    (run) => run.status === "waiting",
  );
  const error = {
    code: "http_error",
    message: "The server answered 409: no stock.",
    http_status: 409,
    headers: { "content-type": "application/json" },
    body: { error: "no stock" },
  };
  const before = await readHistory(record.runId);
  expect(before.steps[0]).toMatchObject({ step_id: "step", error });
  await evictDurableObject(objectOf(record.runId));
  expect(await readHistory(record.runId)).toEqual(before);
  const answer = { kind: "inputs", inputs: { topic: "x" } } as const;
  const resume = { key: null, workflowScope: null, caller: { id: "k1" }, waitMs: 1_000, answer };
  const ended = runOf(await objectOf(record.runId).resume(resume));
  expect(ended.status).toBe("completed");
  expect((await readHistory(record.runId)).steps.at(-1)?.output).toMatchObject({ result: true });
});

test("a call that is refused never leaves", async () => {
  const fetched = vi.spyOn(globalThis, "fetch");
  const url = "http://api.example.com/";
  const record = startRecord(definition([api("step", { config: { url } })]));
  const ended = runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
  expect(ended.error?.code).toBe("egress_refused");
  expect(fetched).not.toHaveBeenCalled();
});
