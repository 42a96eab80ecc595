import { afterEach, describe, expect, test, vi } from "vitest";
import { api, conditional, definition, form } from "../support/definitions.ts";
import {
  eventTypes,
  eventually,
  objectOf,
  readHistory,
  readRun,
  runOf,
  startRecord,
} from "./support/runs.ts";

const FLOW = definition([
  api("call", { next: "then" }),
  conditional("then", { config: { when: "true" } }),
]);
const CANCEL = { key: null, workflowScope: null, caller: { id: "ops" }, reason: "enough" };

afterEach(() => vi.restoreAllMocks());

/**
 * An API that answers on command, whether or not someone still listens. It looks rather
 * than being told: a promise of one object cannot be resolved from another.
 */
function slowApi() {
  let calls = 0;
  const gate = { isOpen: false };
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    calls += 1;
    for (let looks = 0; looks < 600 && !gate.isOpen; looks++) await scheduler.wait(5);
    return Response.json({ ok: true });
  });
  const count = () => Promise.resolve(calls);
  return {
    called: () => eventually(count, (seen) => seen > 0),
    answer: () => {
      gate.isOpen = true;
    },
  };
}

describe("cancel", () => {
  test("while a call is in flight answers at once, and no step starts after it", async () => {
    const slow = slowApi();
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 0 });
    await slow.called();

    // The call is still held: who waits for it would never get here.
    const canceled = runOf(await object.cancel(CANCEL));
    expect(canceled).toMatchObject({ status: "canceled", current_step: null });
    slow.answer();
    await scheduler.wait(100);

    expect(await eventTypes(record.runId)).toEqual([
      "run.created",
      "run.started",
      "step.started",
      "run.canceled",
      "step.late",
    ]);
    const { steps } = await readHistory(record.runId);
    expect(steps).toMatchObject([{ step_id: "call", status: "canceled" }]);
    expect(await readRun(record.runId)).toMatchObject({ status: "canceled" });
  });

  test("again returns the same answer and writes nothing", async () => {
    const record = startRecord(definition([form("ask")]));
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const first = await object.cancel(CANCEL);
    expect(await object.cancel({ ...CANCEL, reason: "other" })).toEqual(first);
    expect(await eventTypes(record.runId)).toEqual([
      "run.created",
      "run.started",
      "step.started",
      "run.waiting",
      "run.canceled",
    ]);
  });

  test("after the end is refused", async () => {
    const record = startRecord(definition([conditional("done")]));
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    expect(await object.cancel(CANCEL)).toMatchObject({
      ok: false,
      problem: { code: "run_already_ended" },
    });
  });
});

describe("a caller who does not wait", () => {
  test("gets the running run, and the run completes without a caller", async () => {
    const slow = slowApi();
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);
    const started = runOf(await object.start({ record, waitMs: 0 }));
    expect(started).toMatchObject({ status: "running", current_step: "call" });
    await slow.called();
    slow.answer();
    const ended = await eventually(
      () => readRun(record.runId),
      (run) => run.ended_at !== undefined,
    );
    expect(ended.status).toBe("completed");
  });

  test("who waits a while gets the run as it is when the budget is spent", async () => {
    const slow = slowApi();
    const record = startRecord(FLOW);
    const startedAt = Date.now();
    const started = runOf(await objectOf(record.runId).start({ record, waitMs: 300 }));
    expect(started.status).toBe("running");
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(295);
    slow.answer();
  });
});

describe("a call that never answers", () => {
  test("ends by its own timeout, and the run goes on to what catches it", async () => {
    const slow = slowApi();
    const flow = definition([
      api("call", {
        on_error: "after",
        retry: {
          max_attempts: 1,
          initial_delay_ms: 1,
          max_delay_ms: 1,
          backoff: "fixed",
          jitter: false,
        },
        config: { timeout_s: 0.05 },
      }),
      conditional("after", { config: { when: "steps.call.error.code == 'timeout'" } }),
    ]);
    const record = startRecord(flow);
    const ended = runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
    expect(ended.status).toBe("completed");
    const { steps } = await readHistory(record.runId);
    expect(steps).toMatchObject([
      { step_id: "call", status: "failed", error: { code: "timeout" } },
      { step_id: "after", status: "completed", output: { result: true } },
    ]);
    slow.answer();
  });
});

describe("the same start", () => {
  test("a hundred times at once starts one run, and another body is refused", async () => {
    const record = startRecord(definition([form("ask")]), { fingerprint: "f1" });
    const object = objectOf(record.runId);
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => object.start({ record, waitMs: 1_000 })),
    );
    const runs = replies.map(runOf);
    expect(new Set(runs.map((run) => run.id))).toEqual(new Set([record.runId]));
    expect(replies.filter((reply) => reply.ok && !reply.value.isReplay)).toHaveLength(1);
    expect(await eventTypes(record.runId)).toHaveLength(4);
    const other = await object.start({ record: { ...record, fingerprint: "f2" }, waitMs: 0 });
    expect(other).toMatchObject({ ok: false, problem: { code: "idempotency_key_reused" } });
  });
});

describe("one wait answered by ten at once", () => {
  test("has exactly one winner", async () => {
    const record = startRecord(definition([form("ask")]));
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        object.resume({
          key: null,
          workflowScope: null,
          caller: { id: "dev" },
          waitMs: 1_000,
          waitNumber: 1,
          answer: { kind: "inputs", inputs: { topic: `answer ${index}` } },
        }),
      ),
    );
    expect(replies.filter((reply) => reply.ok)).toHaveLength(1);
    const refused = replies.flatMap((reply) => (reply.ok ? [] : [reply.problem.code]));
    expect(refused).toEqual(Array.from({ length: 9 }, () => "run_not_waiting"));
  });
});

describe("a key", () => {
  const FORM = definition(
    [form("ask"), form("more")].map((step, index) => ({
      ...step,
      next: index === 0 ? "more" : null,
    })),
  );
  const resume = (fingerprint: string, topic: string) => ({
    key: { name: "resume:dev:k1", fingerprint },
    workflowScope: null,
    caller: { id: "dev" },
    waitMs: 1_000,
    answer: { kind: "inputs" as const, inputs: { topic } },
  });

  test("of a resume is carried out once: the next form is not answered by the same request", async () => {
    const record = startRecord(FORM);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const first = await object.resume(resume("f1", "x"));
    expect(runOf(first)).toMatchObject({ status: "waiting", current_step: "more" });
    const again = await object.resume(resume("f1", "x"));
    expect(again).toMatchObject({ ok: true, value: { isReplay: true } });
    expect(runOf(again)).toMatchObject({ status: "waiting", current_step: "more" });
    expect(await object.resume(resume("f2", "y"))).toMatchObject({
      ok: false,
      problem: { code: "idempotency_key_reused" },
    });
  });

  test("of a refused resume is not used up", async () => {
    const record = startRecord(FORM);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const wrong = { ...resume("f1", "x"), answer: { kind: "inputs" as const, inputs: {} } };
    expect(await object.resume(wrong)).toMatchObject({ problem: { code: "invalid_inputs" } });
    expect(runOf(await object.resume(resume("f2", "y"))).current_step).toBe("more");
  });
});
