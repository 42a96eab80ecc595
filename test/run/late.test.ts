/**
 * What was under way when a run was canceled, or was given up, is in its log: what came of it, or
 * that it is not known. Once for each attempt, also after the object was cut off, and no call is
 * ever made again for it.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Step, WorkflowDefinition } from "#model/workflow.ts";
import type { StartRecord } from "#model/start-record.ts";
import { ai, api, conditional, definition, form } from "../support/definitions.ts";
import { EventStream } from "../support/event-stream.ts";
import {
  eventTypes,
  eventually,
  objectOf,
  projected,
  readHistory,
  readRun,
  runOf,
  startRecord,
} from "./support/runs.ts";
import { cutOff, interruptions, ownSettings } from "./support/worker.ts";

vi.setConfig({ testTimeout: 20_000 });

const CANCEL = { key: null, workflowScope: null, caller: { id: "ops" } };
const RETRY_LATER = {
  max_attempts: 3,
  initial_delay_ms: 60_000,
  max_delay_ms: 60_000,
  backoff: "fixed",
  jitter: false,
} as const;

/** Both ends of the world outside: what was asked of it, and when and how it answers. */
interface Outside {
  calls: { key: string; at: number; abortedAt: number | null }[];
  /** Milliseconds until the answer; Infinity: never. */
  delayMs: number;
  answer: () => Response;
  /** Goes on as if nothing had been said when it is aborted. */
  isDeaf: boolean;
}

let outside: Outside;

beforeEach(() => {
  outside = { calls: [], delayMs: Infinity, answer: () => Response.json({ ok: 1 }), isDeaf: false };
  const own = outside;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    const call: Outside["calls"][number] = {
      key: new Headers(init?.headers).get("idempotency-key") ?? "",
      at: Date.now(),
      abortedAt: null,
    };
    own.calls.push(call);
    for (;;) {
      await scheduler.wait(5);
      if (init?.signal?.aborted && call.abortedAt === null) call.abortedAt = Date.now();
      if (call.abortedAt !== null && !own.isDeaf) throw new DOMException("aborted", "AbortError");
      if (Date.now() - call.at >= own.delayMs) return own.answer();
      if (Date.now() - call.at > 9_000) throw new Error("the test is over");
    }
  });
});

afterEach(() => {
  outside.delayMs = 0;
  interruptions.clear();
  vi.restoreAllMocks();
});

/** Of an API by its key; a model has none, and only one run of a test asks it. */
function callsOf({ runId }: StartRecord) {
  return outside.calls.filter(({ key }) => key === "" || key.startsWith(runId));
}

function recordOf(steps: Step[], over: Partial<StartRecord> = {}): StartRecord {
  return startRecord(definition(steps), over);
}

const call = (method: string, over: object = {}) =>
  api("call", {
    next: "then",
    config: { method: method as "POST", ...over },
  });
const THEN = conditional("then", { config: { when: "true" } });

async function startCall(record: StartRecord) {
  const object = objectOf(record.runId);
  await object.start({ record, waitMs: 0 });
  await eventually(
    () => Promise.resolve(outside.calls.length),
    (calls) => calls > 0,
  );
  return object;
}

async function cancelNow(record: StartRecord): Promise<number> {
  const askedAt = Date.now();
  const run = runOf(await objectOf(record.runId).cancel(CANCEL));
  expect(run).toMatchObject({ status: "canceled", current_step: null });
  expect(Date.now() - askedAt).toBeLessThan(1_000);
  return askedAt;
}

async function lateOf(record: StartRecord, within = 15_000) {
  const history = await eventually(
    () => readHistory(record.runId).catch(() => null),
    (read) => read?.events.some((event) => event.type === "step.late") ?? false,
    within,
  );
  const events = history?.events ?? [];
  const end = events.findIndex((event) => ["run.canceled", "run.failed"].includes(event.type));
  const after = events.slice(end + 1);
  expect(after.map((event) => event.type)).toEqual(["step.late"]);
  return { end: events[end], late: after[0] };
}

describe("an API call under way when its run is canceled", () => {
  test.each([
    ["POST", {}, 200, { outcome: "completed", output: { status: 200, body: { ok: 1 } } }],
    ["GET", {}, 200, { outcome: "completed", output: { status: 200, body: { ok: 1 } } }],
    ["DELETE", {}, 404, { outcome: "failed", code: "http_error", http_status: 404 }],
    ["POST", {}, 503, { outcome: "failed", code: "http_error", http_status: 503 }],
  ])("%s %j that is answered with %i within 2 s is kept", async (method, config, status, data) => {
    outside.delayMs = 700;
    outside.answer = () => Response.json({ ok: 1 }, { status });
    const record = recordOf([call(method, config), THEN]);
    await startCall(record);
    await cancelNow(record);
    const { end, late } = await lateOf(record);
    expect(end?.data).toEqual({ by: "key:ops", under_way: [{ step_id: "call", attempt: 1 }] });
    expect(late).toMatchObject({ step_id: "call", attempt: 1, data: { ...data, under_way: [] } });
    expect(outside.calls.map(({ abortedAt }) => abortedAt)).toEqual([null]);
    const { steps } = await readHistory(record.runId);
    expect(steps).toMatchObject([{ step_id: "call", status: "canceled", error: null }]);
  });

  test.each([
    ["POST", {}, "outcome_unknown"],
    ["PATCH", {}, "outcome_unknown"],
    ["PUT", {}, "outcome_unknown"],
    ["DELETE", {}, "outcome_unknown"],
    ["POST", { idempotent: true }, "outcome_unknown"],
    ["GET", {}, "canceled"],
  ])("%s %j is aborted after 2 s and recorded as %s: %s", async (method, config, outcome) => {
    const record = recordOf([call(method, config), THEN]);
    await startCall(record);
    const askedAt = await cancelNow(record);
    const { late } = await lateOf(record);
    expect(late?.data).toEqual({ outcome, code: outcome, under_way: [] });
    const took = Date.parse(late?.at ?? "") - askedAt;
    expect(took).toBeGreaterThanOrEqual(1_950);
    expect(callsOf(record)).toHaveLength(1);
    expect((outside.calls[0]?.abortedAt ?? 0) - askedAt).toBeGreaterThanOrEqual(1_950);
  });

  test("is recorded once when its answer comes after the 2 s all the same", async () => {
    outside.isDeaf = true;
    outside.delayMs = 3_500;
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await cancelNow(record);
    expect((await lateOf(record)).late?.data).toMatchObject({ outcome: "outcome_unknown" });
    await scheduler.wait(2_000);
    const types = await eventTypes(record.runId);
    expect(types.filter((type) => type === "step.late")).toHaveLength(1);
  });

  test("that could not tell how it ended within 2 s is not taken for one that was not made", async () => {
    outside.delayMs = 300;
    outside.answer = () => {
      throw new TypeError("connection reset");
    };
    const record = recordOf([call("PUT"), THEN]);
    await startCall(record);
    await cancelNow(record);
    expect((await lateOf(record)).late?.data).toMatchObject({ outcome: "outcome_unknown" });
  });

  test("is in D1, in one row with all that the log has", async () => {
    outside.delayMs = 300;
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await cancelNow(record);
    await lateOf(record);
    expect((await projected(record.runId)).run).toMatchObject({ status: "canceled" });
  });

  test("does not keep lists from showing the cancel at once", async () => {
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await eventually(
      () => projected(record.runId).then(({ run }) => run),
      (run) => run["status"] === "running",
    );
    await cancelNow(record);
    const { run } = await projected(record.runId);
    expect(run).toMatchObject({ status: "canceled" });
    expect(await eventTypes(record.runId)).not.toContain("step.late");
  });
});

describe("an attempt that had not left", () => {
  test("has no entry: it waits for its retry", async () => {
    outside.delayMs = 0;
    outside.answer = () => new Response("busy", { status: 503 });
    const record = recordOf([{ ...call("GET"), retry: RETRY_LATER }, THEN]);
    await startCall(record);
    await eventually(
      () => eventTypes(record.runId),
      (types) => types.includes("step.retrying"),
    );
    await cancelNow(record);
    await scheduler.wait(300);
    const { events } = await readHistory(record.runId);
    expect(events.at(-1)).toMatchObject({ type: "run.canceled", data: { by: "key:ops" } });
    expect(events.at(-1)?.data).not.toHaveProperty("under_way");
  });

  test("has no entry: it waits for settings to be performed with", async () => {
    const record = recordOf([call("POST"), THEN]);
    ownSettings.set(record.runId, { OTEL_TRACES_SAMPLER_ARG: "a half" });
    await objectOf(record.runId).start({ record, waitMs: 0 });
    await scheduler.wait(100);
    await cancelNow(record);
    await scheduler.wait(100);
    expect((await eventTypes(record.runId)).at(-1)).toBe("run.canceled");
    expect(callsOf(record)).toEqual([]);
  });

  test("has no entry: a person was asked", async () => {
    const record = recordOf([form("ask")]);
    await objectOf(record.runId).start({ record, waitMs: 500 });
    await cancelNow(record);
    expect((await eventTypes(record.runId)).at(-1)).toBe("run.canceled");
  });
});

const OPENAI = { provider: "openai", mock: null };
const KEYS = { OPENAI_API_KEY: "sk-test", OPENAI_MODEL: "gpt-5-mini" };

function modelRecord(): StartRecord {
  const record = recordOf([ai("draft", { next: "then" }), THEN], OPENAI);
  ownSettings.set(record.runId, KEYS);
  return record;
}

function completion(): Response {
  return Response.json({
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "gpt-5-mini",
    choices: [
      { index: 0, finish_reason: "stop", message: { role: "assistant", content: '{"draft":"x"}' } },
    ],
    usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
  });
}

describe("a call to a model under way when its run is canceled", () => {
  test("that is answered within 2 s counts with what it took, and what it said is kept", async () => {
    outside.delayMs = 600;
    outside.answer = completion;
    const record = modelRecord();
    await startCall(record);
    await cancelNow(record);
    const { late } = await lateOf(record);
    expect(late?.data).toMatchObject({
      outcome: "completed",
      output: { draft: "x" },
      response: { tokens_prompt: 1_000, tokens_output: 100, schema_valid: true },
    });
    expect((await readRun(record.runId)).usage).toMatchObject({
      ai_calls: 1,
      tokens_prompt: 1_000,
      cost_usd: 0.00045,
    });
  });

  test("that is stopped counts as a call whose tokens and cost are not known", async () => {
    const record = modelRecord();
    await startCall(record);
    await cancelNow(record);
    await expectUnknownCost(record);
    expect(callsOf(record)).toHaveLength(1);
  });

  test("that does not heed being stopped counts in the same way", async () => {
    outside.isDeaf = true;
    outside.delayMs = 5_000;
    const record = modelRecord();
    await startCall(record);
    await cancelNow(record);
    await expectUnknownCost(record);
  });

  test("of the mock costs nothing", async () => {
    const record = recordOf([ai("draft", { next: "then" }), THEN], {
      mock: { mode: "timeout", steps: {}, seed: 1 },
    });
    await objectOf(record.runId).start({ record, waitMs: 0 });
    await scheduler.wait(200);
    await cancelNow(record);
    const { late } = await lateOf(record);
    expect(late?.data).toMatchObject({ outcome: "canceled", response: { cost_usd: 0 } });
    expect((await readRun(record.runId)).usage).toMatchObject({ ai_calls: 1, cost_usd: 0 });
  });
});

async function expectUnknownCost(record: StartRecord): Promise<void> {
  const { late } = await lateOf(record);
  expect(late).toMatchObject({
    step_id: "draft",
    attempt: 1,
    data: {
      outcome: "canceled",
      code: "canceled",
      response: {
        provider: "openai",
        cost_usd: null,
        tokens_unknown: true,
        tokens_prompt: 0,
        schema_valid: false,
      },
    },
  });
  const { run, steps } = await projected(record.runId);
  expect(run).toMatchObject({ status: "canceled", ai_calls: 1, cost_unknown_calls: 1 });
  expect(steps).toMatchObject([{ step_id: "draft", status: "canceled" }]);
  expect((await readRun(record.runId)).usage).toEqual({
    tokens_prompt: 0,
    tokens_output: 0,
    cost_usd: null,
    known_cost_usd: 0,
    ai_calls: 1,
  });
}

/** Only the object itself may end it. */
async function cutOffNow({ runId }: StartRecord): Promise<void> {
  await runInDurableObject(objectOf(runId), () => cutOff(runId)).catch(() => "cut off");
}

describe("an object that is cut off", () => {
  const world: [string, () => StartRecord, object][] = [
    ["a POST", () => recordOf([call("POST"), THEN]), { outcome: "outcome_unknown" }],
    ["a PUT", () => recordOf([call("PUT"), THEN]), { outcome: "outcome_unknown" }],
    ["a GET", () => recordOf([call("GET"), THEN]), { outcome: "canceled" }],
    [
      "a call to a model",
      modelRecord,
      { outcome: "canceled", response: { provider: "openai", cost_usd: null } },
    ],
  ];

  test.each(world)("between a cancel and the entry of %s writes it", async (_what, make, data) => {
    const record = make();
    await startCall(record);
    await cancelNow(record);
    await cutOffNow(record);
    const { late } = await lateOf(record);
    expect(late).toMatchObject({ attempt: 1, data: { ...data, under_way: [] } });
    expect(callsOf(record)).toHaveLength(1);
    // Nothing is left to do: the object may sleep.
    await projected(record.runId);
    await eventually(
      () => runInDurableObject(objectOf(record.runId), (_o, { storage }) => storage.getAlarm()),
      (at) => at === null,
    );
  });

  test("keeps its alarm armed until then", async () => {
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await cancelNow(record);
    const at = await runInDurableObject(objectOf(record.runId), (_o, { storage }) =>
      storage.getAlarm(),
    );
    expect(at).not.toBeNull();
    await lateOf(record);
  });

  test.each(world)(
    "before a cancel during %s writes it with the cancel",
    async (_w, make, data) => {
      const record = make();
      await startCall(record);
      // The watchdog is seconds away: the cancel comes first.
      await cutOffNow(record);
      const isCanceled = async () => (await objectOf(record.runId).cancel(CANCEL)).ok;
      await eventually(
        () => isCanceled().catch(() => false),
        (isDone) => isDone,
      );
      const { late } = await lateOf(record, 500);
      expect(late).toMatchObject({ attempt: 1, data });
      expect(callsOf(record)).toHaveLength(1);
    },
  );

  test.each([0, 1, 2, 3, 4])(
    "after its transaction %i from a cancel on has one entry",
    async (n) => {
      outside.delayMs = 400;
      const record = recordOf([call("POST"), THEN]);
      await startCall(record);
      await cancelNow(record);
      interruptions.set(record.runId, { commits: 0, isDue: (commits) => commits === n });
      await lateOf(record);
      await runDurableObjectAlarm(objectOf(record.runId)).catch(() => "cut off");
      await projected(record.runId);
      expect(callsOf(record)).toHaveLength(1);
    },
  );

  test("after the end and the entry changes nothing when it is opened again", async () => {
    outside.delayMs = 200;
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await cancelNow(record);
    await lateOf(record);
    await projected(record.runId);
    const before = await readHistory(record.runId);
    await evictDurableObject(objectOf(record.runId));
    expect(await readHistory(record.runId)).toEqual(before);
  });
});

describe("a run that is given up", () => {
  const retry = { ...RETRY_LATER, initial_delay_ms: 1, max_delay_ms: 1 };
  test.each([
    ["a PUT", () => recordOf([call("PUT"), THEN]), { outcome: "outcome_unknown" }],
    [
      "a call to a model",
      () => {
        const record = recordOf([{ ...ai("draft"), retry }], OPENAI);
        ownSettings.set(record.runId, KEYS);
        return record;
      },
      { outcome: "canceled", response: { cost_usd: null } },
    ],
  ])("during %s has an entry for it", async (_what, make, data) => {
    const record = make();
    vi.restoreAllMocks();
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
      cutOff(record.runId);
      return Response.json({});
    });
    const object = () => objectOf(record.runId);
    await object()
      .start({ record, waitMs: 0 })
      .catch(() => "cut off");
    const ended = await eventually(
      async () => {
        await runDurableObjectAlarm(object()).catch(() => "cut off");
        return readRun(record.runId).catch(() => null);
      },
      (run) => run?.ended_at !== undefined,
    );
    expect(ended).toMatchObject({ status: "failed", error: { code: "poisoned" } });
    expect((await lateOf(record)).late?.data).toMatchObject(data);
  });
});

describe("the live stream of a canceled run", () => {
  const open = async (record: StartRecord, after = 0) => {
    const answer = await objectOf(record.runId).fetch(`https://run/events?after=${after}`);
    return { status: answer.status, stream: answer.body && new EventStream(answer.body) };
  };

  test("brings what was under way, then ends", async () => {
    outside.delayMs = 800;
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    const { stream } = await open(record);
    await cancelNow(record);
    const seen = await stream?.rest();
    expect(seen?.types.slice(-2)).toEqual(["run.canceled", "step.late"]);
  });

  test("opened between the cancel and the entry waits for it; opened later it has it", async () => {
    outside.delayMs = 800;
    const record = recordOf([call("POST"), THEN]);
    await startCall(record);
    await cancelNow(record);
    const between = await open(record, 4);
    expect(between.status).toBe(200);
    expect((await between.stream?.rest())?.types).toEqual(["step.late"]);
    const later = await open(record, 4);
    expect((await later.stream?.rest())?.types).toEqual(["step.late"]);
    expect((await open(record, 5)).status).toBe(204);
  });

  test("ends with the cancel when nothing was under way", async () => {
    const record = recordOf([form("ask")]);
    await objectOf(record.runId).start({ record, waitMs: 500 });
    const { stream } = await open(record);
    await cancelNow(record);
    expect((await stream?.rest())?.types.at(-1)).toBe("run.canceled");
  });
});

test("what a late call gave is masked where it is shown", async () => {
  outside.delayMs = 300;
  outside.answer = () => Response.json({ token: "t0p-secret", note: "said t0p-secret" });
  const flow: WorkflowDefinition = {
    ...definition([call("POST"), THEN]),
    inputs: [{ key: "token", type: "string", required: true, sensitive: true }],
  };
  const record = startRecord(flow, { inputs: { token: "t0p-secret" } });
  await startCall(record);
  await cancelNow(record);
  const { late } = await lateOf(record);
  expect(late?.data).toMatchObject({
    output: { body: { token: "[SENSITIVE]", note: "said [SENSITIVE]" } },
  });
});
