/**
 * The object is cut off after its Nth transaction, for every N there is, and the run completes all
 * the same: nothing is lost, nothing that completed is done twice.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Run } from "#model/run.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import type { StartRecord } from "#model/start-record.ts";
import { ai, api, approval, conditional, definition, form } from "../support/definitions.ts";
import { objectOf, projected, readHistory, readRun, runOf, startRecord } from "./support/runs.ts";
import { cutOff, interruptions } from "./support/worker.ts";

const QUICK_RETRY = { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 };

/** Every step type, a retry by timer, an effect in the process and one outside. */
const FLOW: WorkflowDefinition = definition([
  form("ask", { next: "decide" }),
  conditional("decide", {
    next: "draft",
    config: { when: "len(topic) > 0", then: "draft", else: "draft" },
  }),
  ai("draft", { next: "publish", retry: { ...QUICK_RETRY, backoff: "fixed", jitter: false } }),
  api("publish", {
    next: "sign",
    retry: { ...QUICK_RETRY, backoff: "fixed", jitter: false },
    config: { url: "https://api.example.com/posts", method: "PUT", body: { text: "{{topic}}" } },
  }),
  approval("sign"),
]);
const STEPS = ["ask", "decide", "draft", "publish", "sign"];

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

/** Answers 503 to the first call, 200 to the others; remembers the keys. */
function fakeApi(): string[] {
  const keys: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
    return keys.length === 1
      ? new Response("busy", { status: 503 })
      : Response.json({ id: 7 }, { status: 200 });
  });
  return keys;
}

/** What clients and time do: they try again until the run has ended. */
async function complete(record: StartRecord): Promise<Run> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    if (Date.now() > deadline) throw new Error("the run is stuck");
    try {
      const run = await turn(record);
      if (run.ended_at !== undefined) return run;
    } catch (error) {
      if (!String(error).includes("interrupted by the test")) throw error;
    }
  }
}

async function turn(record: StartRecord): Promise<Run> {
  const object = objectOf(record.runId);
  const run = runOf(await object.start({ record, waitMs: 100 }));
  const answer = answerTo(run);
  if (answer) {
    return runOf(
      await object.resume({
        key: null,
        workflowScope: null,
        caller: { id: "dev" },
        waitMs: 100,
        ...answer,
      }),
    );
  }
  await runDurableObjectAlarm(object);
  return readRun(record.runId);
}

function answerTo(run: Run) {
  if (run.wait === undefined) return null;
  const waitNumber = run.wait.number;
  return run.wait.type === "form"
    ? { waitNumber, answer: { kind: "inputs", inputs: { topic: "Launch" } } as const }
    : { waitNumber, answer: { kind: "approval", step_id: "sign", approved: true } as const };
}

function newRecord(): StartRecord {
  return startRecord(FLOW, { mock: { mode: "transient_error", steps: {}, seed: 42 } });
}

async function expectExactlyOnce(runId: string, keys: string[]): Promise<void> {
  const { events, steps } = await readHistory(runId);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  const completed = events.filter((event) => event.type === "step.completed");
  expect(completed.map((event) => event.step_id)).toEqual(STEPS);
  expect(steps.map((step) => step.status)).toEqual(STEPS.map(() => "completed"));
  expect(new Set(keys)).toEqual(new Set([`${runId}:publish`]));
  const rows = await projected(runId);
  expect(rows.run).toMatchObject({ status: "completed", seq: events.length });
  expect(rows.steps.map((row) => row["status"])).toEqual(STEPS.map(() => "completed"));
}

describe("a run that is cut off", () => {
  test("completes after being cut off after each of its transactions", async () => {
    let after = 0;
    let isCut = true;
    while (isCut) {
      after += 1;
      const cut = newRecord();
      const plan = { commits: 0, isDue: (commits: number) => commits === after };
      interruptions.set(cut.runId, plan);
      await expectExactlyOnceAfter(cut);
      isCut = plan.commits >= after;
    }
    console.log(`cut off after each of ${after - 1} transactions`);
    expect(after).toBeGreaterThan(12);
  }, 120_000);

  test("completes when it is cut off after every second transaction", async () => {
    const cut = newRecord();
    interruptions.set(cut.runId, { commits: 0, isDue: (commits) => commits % 2 === 0 });
    await expectExactlyOnceAfter(cut);
  });

  async function expectExactlyOnceAfter(run: StartRecord): Promise<void> {
    const keys = fakeApi();
    expect((await complete(run)).status).toBe("completed");
    await expectExactlyOnce(run.runId, keys);
    vi.restoreAllMocks();
  }

  test.each([
    ["POST", 1, "failed", "outcome_unknown"],
    ["PUT", 2, "completed", undefined],
  ] as const)(
    "during a %s makes %i call(s) in all and ends %s",
    async (method, expectedCalls, status, code) => {
      const flow = definition([api("pay", { config: { method, body: { amount: 1 } } })]);
      const run = startRecord(flow);
      const keys: string[] = [];
      vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
        keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
        // The object goes while the call is under way; its answer is lost.
        if (keys.length === 1) cutOff(run.runId);
        return Response.json({ ok: true });
      });

      const ended = await complete(run);

      expect(keys).toEqual(Array.from({ length: expectedCalls }, () => `${run.runId}:pay`));
      expect(ended.status).toBe(status);
      expect(ended.error?.code).toBe(code);
    },
  );

  test("is given up as poisoned when it makes no progress in 5 entries", async () => {
    const flow = definition([api("pay", { config: { method: "PUT" } })]);
    const run = startRecord(flow);
    let calls = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
      calls += 1;
      cutOff(run.runId);
      return Response.json({});
    });

    const ended = await complete(run);

    expect(calls).toBe(5);
    expect(ended).toMatchObject({ status: "failed", error: { code: "poisoned", step_id: "pay" } });
  });
});
