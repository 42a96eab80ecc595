/**
 * Nothing is stranded: as long as a run has work, or a sink does not have all of its events, an alarm
 * is armed that comes in time; and it is armed no more often than that needs. The object is cut off
 * after each of its writes and is not called again.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { NET_MS } from "#run/alarm/plan.ts";
import { randomRunId } from "#security/run-id.ts";
import { ai, api, approval, conditional, definition, form } from "../../support/definitions.ts";
import {
  abortObject,
  bindings,
  eventually,
  isInterruption,
  objectOf,
  projected,
  startRecord,
} from "../support/runs.ts";
import { interruptions } from "../support/worker.ts";

const RESUME = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };
const TOPIC = { kind: "inputs", inputs: { topic: "Launch" } } as const;
const APPROVE = { kind: "approval", step_id: "sign", approved: true } as const;
const RETRY = {
  max_attempts: 3,
  initial_delay_ms: 1,
  max_delay_ms: 1,
  backoff: "fixed",
  jitter: false,
} as const;

/** Runs by itself: a model that fails once, an API that is busy once, a rule. */
const ALONE = definition([
  ai("draft", { next: "decide", retry: RETRY }),
  conditional("decide", { config: { when: "1 < 2", then: "publish", else: "publish" } }),
  api("publish", { retry: RETRY, config: { method: "PUT" } }),
]);
const WITH_PEOPLE = definition([
  form("ask", { next: "draft" }),
  ai("draft", { next: "sign" }),
  approval("sign"),
]);

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

/** The row in D1, which is read without opening the object. */
async function rowOf(runId: string): Promise<JsonObject | null> {
  return bindings.DB.prepare("SELECT status, current_step, seq FROM runs WHERE id = ?")
    .bind(runId)
    .first<JsonObject>();
}

function stored(runId: string): Promise<{ alarm: number | null; last: number; cursor: number }> {
  return runInDurableObject(objectOf(runId), async (_object, { storage }) => ({
    alarm: await storage.getAlarm(),
    last: Number(storage.sql.exec("SELECT max(seq) AS seq FROM log").one()["seq"]),
    cursor: Number(
      storage.sql
        .exec(
          "SELECT coalesce(max(value ->> '$.seq'), 0) AS seq FROM doc WHERE name = 'projection'",
        )
        .one()["seq"],
    ),
  }));
}

/** Answers 503 to the first call of each run. */
function busyApi(): void {
  const seen = new Set<string>();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    const key = new Headers(init?.headers).get("idempotency-key") ?? "";
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst ? new Response("busy", { status: 503 }) : Response.json({});
  });
}

async function start(runId: string, flow: WorkflowDefinition): Promise<void> {
  const mock = { mode: "transient_error", steps: {}, seed: 42 } as const;
  const inputs = { topic: "Launch", audience: "SMB" };
  const record = startRecord(flow, flow === ALONE ? { runId, mock, inputs } : { runId });
  await objectOf(runId).start({ record, waitMs: 5_000 });
}

/** A run that is cut off after so many transactions, counted from here; true: there were so many. */
async function cutAfter(runId: string, commits: number, work: () => Promise<void>) {
  const plan = { commits: 0, isDue: (count: number) => count === commits };
  interruptions.set(runId, plan);
  await work().catch((error: unknown) => {
    if (!isInterruption(error)) throw error;
  });
  return plan;
}

/** The cursor is that of the last event, and no alarm is left. */
async function atRest(runId: string): Promise<void> {
  await eventually(
    () => stored(runId),
    ({ alarm, last, cursor }) => alarm === null && last === cursor,
  );
}

describe("an object that is cut off and never called again", () => {
  test("after each transaction of a run that needs no answer: the run ends, in D1 too", async () => {
    busyApi();
    const runs = Array.from({ length: 10 }, (_, index) => ({
      runId: randomRunId(),
      commits: index + 1,
    }));
    const plans = await Promise.all(
      runs.map(({ runId, commits }) => cutAfter(runId, commits, () => start(runId, ALONE))),
    );
    for (const { runId } of runs) {
      await eventually(
        () => rowOf(runId),
        (row) => row?.["status"] === "completed",
      );
      await atRest(runId);
    }
    const cut = plans.filter((plan, index) => plan.commits > index);
    console.log(`cut off after each of ${cut.length} transactions`);
    expect(cut.length).toBeGreaterThan(4);
  });

  test("after a start, an answer, and its outcome: D1 has what was written", async () => {
    const answer = (runId: string) => async () => {
      await objectOf(runId).resume({ ...RESUME, answer: TOPIC });
    };
    const [started, answered, drafted, delivered] = [
      randomRunId(),
      randomRunId(),
      randomRunId(),
      randomRunId(),
    ];
    for (const runId of [answered, drafted, delivered]) await start(runId, WITH_PEOPLE);
    const before = await projected(delivered);
    await cutAfter(started, 1, () => start(started, WITH_PEOPLE));
    await cutAfter(answered, 1, answer(answered));
    await cutAfter(drafted, 2, answer(drafted));
    // D1 has it all, and the object has forgotten so: it is delivered again, and changes nothing.
    await abortObject(delivered);
    for (const [runId, step] of [
      [started, "ask"],
      [answered, "sign"],
      [drafted, "sign"],
      [delivered, "ask"],
    ] as const) {
      await eventually(
        () => rowOf(runId),
        (row) => row?.["status"] === "waiting" && row["current_step"] === step,
      );
      await atRest(runId);
    }
    expect(await projected(delivered)).toEqual(before);
  });
});

describe("the alarm of a run", () => {
  test("is armed once for all that happens within its time, and goes with the end", async () => {
    const runId = randomRunId();
    const object = objectOf(runId);
    const armed: number[] = [];
    await runInDurableObject(object, (_object, { storage }) => {
      const { setAlarm } = storage;
      vi.spyOn(storage, "setAlarm").mockImplementation((at) => {
        armed.push(Number(at));
        return setAlarm.call(storage, at);
      });
    });
    const before = Date.now();
    await start(runId, WITH_PEOPLE);
    await object.resume({ ...RESUME, answer: TOPIC });
    await projected(runId);
    expect(await stored(runId)).toMatchObject({ alarm: armed[0] });
    await object.resume({ ...RESUME, answer: APPROVE });
    await projected(runId);
    // The end needs no net once it is delivered.
    await atRest(runId);
    expect(armed).toHaveLength(1);
    expect(armed[0]).toBeGreaterThanOrEqual(before + NET_MS);
    expect(armed[0]).toBeLessThanOrEqual(Date.now() + NET_MS);
  });

  test("finds nothing to do after a settle, writes the cursor, and wakes a waiting run no more", async () => {
    const runId = randomRunId();
    const object = objectOf(runId);
    await start(runId, WITH_PEOPLE);
    await projected(runId);
    const batch = vi.spyOn(bindings.DB, "batch");
    const { last, cursor } = await stored(runId);
    expect(cursor).toBeLessThan(last);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await stored(runId)).toEqual({ alarm: null, last, cursor: last });
    expect(batch).not.toHaveBeenCalled();
  });

  test("stays for a wait that expires, and for nothing before that", async () => {
    const flow = definition([form("ask", { config: { expires_in_s: 3_600 } })]);
    const runId = randomRunId();
    const object = objectOf(runId);
    await start(runId, flow);
    await projected(runId);
    expect((await stored(runId)).alarm).toBeLessThanOrEqual(Date.now() + NET_MS);
    await runDurableObjectAlarm(object);
    const { alarm } = await stored(runId);
    expect(alarm).toBeGreaterThan(Date.now() + 3_590_000);
    expect(alarm).toBeLessThanOrEqual(Date.now() + 3_600_000);
    // An alarm that comes too early, as after a clock that jumped, is armed again.
    await runDurableObjectAlarm(object);
    expect((await stored(runId)).alarm).toBe(alarm);
  });
});
