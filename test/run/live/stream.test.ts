/** The live stream of runs: caught up, live, cut off, crowded. */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "#model/limits.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { RunStore } from "#run/store.ts";
import { toStreamRequest } from "#run/live/request.ts";
import { ai, api, approval, conditional, definition, form } from "../../support/definitions.ts";
import { EventStream } from "../../support/event-stream.ts";
import { eventually, objectOf, readHistory, readRun, runOf, startRecord } from "../support/runs.ts";
import { cutOff, interruptions } from "../support/worker.ts";

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

const WAITS: WorkflowDefinition = definition([
  form("ask", { next: "decide" }),
  conditional("decide", { config: { when: "len(topic) > 0", then: "first", else: "first" } }),
  approval("first", { next: "second" }),
  approval("second"),
]);
const CALLER = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };

/** As one of many principals, each with a stream of its own, unless `reader` says who. */
async function openRun(
  runId: string,
  afterSeq = 0,
  reader: string = crypto.randomUUID(),
): Promise<Response> {
  return objectOf(runId).fetch(toStreamRequest({ workflowScope: null, afterSeq, reader }));
}

async function follow(runId: string, afterSeq = 0): Promise<EventStream> {
  return new EventStream((await openRun(runId, afterSeq)).body);
}

/** Answers the wait of the run, if it waits. */
async function moveOn(runId: string): Promise<void> {
  const { wait } = await readRun(runId);
  if (!wait) return;
  const answer =
    wait.type === "form"
      ? ({ kind: "inputs", inputs: { topic: "Launch" } } as const)
      : ({ kind: "approval", step_id: wait.step_id, approved: true } as const);
  runOf(await objectOf(runId).resume({ ...CALLER, answer, waitNumber: wait.number }));
}

async function startWaiting(flow = WAITS): Promise<string> {
  const record = startRecord(flow);
  runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
  return record.runId;
}

describe("the stream of a run", () => {
  test("is its history, live, up to the end", async () => {
    const runId = await startWaiting();
    const stream = await follow(runId);
    await stream.until(({ types }) => types.at(-1) === "run.waiting");
    expect(stream.types).toEqual(["run.created", "run.started", "step.started", "run.waiting"]);
    while ((await readRun(runId)).wait) {
      await moveOn(runId);
      const last = (await readHistory(runId)).events.length;
      await stream.until(({ seqs }) => seqs.at(-1) === last);
    }
    await stream.rest();
    expect(stream.types.at(-1)).toBe("run.completed");
    expect(stream.events).toEqual((await readHistory(runId)).events);
  });

  test("resumed after every event there is loses none and repeats none", async () => {
    const finished = await startWaiting();
    while ((await readRun(finished)).wait) await moveOn(finished);
    const { events } = await readHistory(finished);
    expect(events.length).toBeGreaterThan(15);

    for (let cut = 1; cut < events.length; cut++) {
      const fromLog = await follow(finished, cut);
      expect((await fromLog.rest()).events).toEqual(events.slice(cut));

      const runId = await startWaiting();
      const before = await follow(runId);
      while (before.events.length < cut) {
        if (before.types.at(-1) === "run.waiting") await moveOn(runId);
        await before.read();
      }
      await before.cancel();
      const [after] = await Promise.all([follow(runId, cut), moveOn(runId)]);
      const rest = after.rest();
      await moveOn(runId);
      await moveOn(runId);
      await rest;
      const history = await readHistory(runId);
      expect([...before.events.slice(0, cut), ...after.events]).toEqual(history.events);
    }
    expect((await openRun(finished, events.length)).status).toBe(204);
    expect((await openRun(finished, events.length - 1)).status).toBe(200);
  }, 60_000);

  test("has nothing that the object forgets when it is cut off", async () => {
    for (let after = 1; after <= 5; after++) {
      const record = startRecord(WAITS);
      const plan = { commits: 0, isDue: (commits: number) => commits === after };
      interruptions.set(record.runId, plan);
      const seen = await followThrough(record.runId, async () => {
        runOf(await objectOf(record.runId).start({ record, waitMs: 100 }));
        await moveOn(record.runId);
      });
      expect(seen).toEqual((await readHistory(record.runId)).events);
    }
  });

  test("has nothing of a write that was lost with the object", async () => {
    const runId = await startWaiting();
    const stream = await follow(runId);
    await stream.until(({ types }) => types.at(-1) === "run.waiting");
    const seen = stream.rest().catch(() => stream);
    await runInDurableObject(objectOf(runId), async (object) => {
      void object.resume({ ...CALLER, answer: { kind: "inputs", inputs: { topic: "Launch" } } });
      // Still the same turn for the storage, and time enough for anything that does not wait for it.
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      cutOff(runId);
    }).catch((error: unknown) => expect(String(error)).toContain("interrupted by the test"));
    await seen;
    const { events } = await readHistory(runId);
    expect(events).toHaveLength(4);
    expect(stream.events).toEqual(events);
  });

  test("comes from effects in alarms as they happen", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
      await scheduler.wait(50);
      return Response.json({ ok: true });
    });
    const flow = definition([api("one", { next: "two" }), api("two")]);
    const record = startRecord(flow);
    await objectOf(record.runId).start({ record, waitMs: 0 });
    const stream = await follow(record.runId);
    await stream.until(({ types }) => types.includes("step.completed"));
    expect((await readRun(record.runId)).status).toBe("running");
    await stream.rest();
    expect(stream.events).toEqual((await readHistory(record.runId)).events);
  });

  test("is masked as the history is", async () => {
    const secret = { key: "topic", type: "string", required: true, sensitive: true } as const;
    const flow = definition([
      form("ask", { next: "sign", config: { fields: [secret] } }),
      approval("sign"),
    ]);
    const runId = await startWaiting(flow);
    const stream = await follow(runId);
    const inputs = { topic: "Operation Sunflower" };
    await objectOf(runId).resume({ ...CALLER, answer: { kind: "inputs", inputs } });
    const comment = "Operation Sunflower is fine";
    const answer = { kind: "approval", step_id: "sign", approved: true, comment } as const;
    runOf(await objectOf(runId).resume({ ...CALLER, answer }));
    await stream.rest();
    expect(JSON.stringify(stream.events)).toContain("[SENSITIVE] is fine");
    expect(JSON.stringify(stream.events)).not.toContain("Sunflower");
    expect(stream.events).toEqual((await readHistory(runId)).events);
  });

  test("is the same for 50 readers, live and late", async () => {
    const runId = await startWaiting();
    const early = await Promise.all(Array.from({ length: 25 }, () => follow(runId)));
    await Promise.all(early.map((stream) => stream.read()));
    const seen = early.map((stream) => stream.rest());
    await moveOn(runId);
    const late = await Promise.all(Array.from({ length: 25 }, () => follow(runId)));
    seen.push(...late.map((stream) => stream.rest()));
    await moveOn(runId);
    await moveOn(runId);
    const { events } = await readHistory(runId);
    for (const stream of await Promise.all(seen)) expect(stream.events).toEqual(events);
  });

  test("has at most 200 readers; a place is free when one leaves", async () => {
    const runId = await startWaiting();
    expect(LIMITS.streamReaders).toBe(200);
    const streams = await Promise.all(Array.from({ length: 200 }, () => follow(runId)));
    expect((await openRun(runId)).status).toBe(503);
    await streams[7]?.cancel();
    const response = await eventually(
      () => openRun(runId),
      ({ status }) => status === 200,
    );
    await response.body?.cancel();
    await Promise.all(streams.map((stream) => stream.cancel()));
  });

  test("has at most 20 places for one principal, and others have theirs", async () => {
    const runId = await startWaiting();
    expect(LIMITS.streamReadersEach).toBe(20);
    const open = (reader: string) => openRun(runId, 0, reader);
    const ofOne = await Promise.all(Array.from({ length: 20 }, () => open("key_a")));
    expect(ofOne.map(({ status }) => status)).toEqual(ofOne.map(() => 200));
    expect((await open("key_a")).status).toBe(429);
    const ofOther = await Promise.all(Array.from({ length: 20 }, () => open("user:b@example.com")));
    expect(ofOther.map(({ status }) => status)).toEqual(ofOther.map(() => 200));
    expect((await open("user:b@example.com")).status).toBe(429);
    // Of another run they may have as many.
    const other = await openRun(await startWaiting(), 0, "key_a");
    expect(other.status).toBe(200);
    await ofOne[3]?.body?.cancel();
    const again = await eventually(
      () => open("key_a"),
      ({ status }) => status === 200,
    );
    for (const response of [...ofOne, ...ofOther, other, again]) {
      if (response.body?.locked === false) await response.body.cancel();
    }
  });

  test("that is over answers the twenty-first reader like any other", async () => {
    const runId = await startWaiting();
    const streams = Array.from({ length: 20 }, () => openRun(runId, 0, "key_a"));
    await Promise.all(streams);
    await objectOf(runId).cancel({ key: null, workflowScope: null, caller: { id: "dev" } });
    const last = (await readHistory(runId)).events.length;
    expect((await openRun(runId, last, "key_a")).status).toBe(204);
  });

  test.each([
    ["a run that is not there", async () => startRecord(WAITS).runId, null],
    ["a run of another workflow", () => startWaiting(), "other"],
  ])("of %s does not exist", async (_what, run, workflowScope) => {
    const request = toStreamRequest({ workflowScope, afterSeq: 0, reader: "dev" });
    expect((await objectOf(await run()).fetch(request)).status).toBe(404);
  });
});

test("a log that is read in part can be written to", async () => {
  const runId = await startWaiting();
  const seqs = await runInDurableObject(objectOf(runId), async (object, state) => {
    const halves = Array.from({ length: 3 }, () => new RunStore(state.storage).events(0));
    for (const half of halves) half.next();
    await object.resume({ ...CALLER, answer: { kind: "inputs", inputs: { topic: "Launch" } } });
    for (const half of halves) half.return(undefined);
    return Array.from(new RunStore(state.storage).events(0), ({ seq }) => seq);
  });
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(seqs.length).toBeGreaterThan(6);
});

/** Connects again and again, as a browser does, until nothing will come any more. */
async function followThrough(runId: string, drive: () => Promise<void>) {
  const seen: EventStream["events"] = [];
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    await drive().catch(expectInterruption);
    try {
      const response = await openRun(runId, seen.at(-1)?.seq ?? 0);
      if (response.status === 204) return seen;
      const stream = new EventStream(response.body);
      const rest = stream.rest().catch(expectInterruption);
      await drive().catch(expectInterruption);
      await drive().catch(expectInterruption);
      await Promise.race([rest, scheduler.wait(50)]);
      await stream.cancel().catch(expectInterruption);
      seen.push(...stream.events);
    } catch (error) {
      expectInterruption(error);
    }
  }
  throw new Error("the run did not end");
}

function expectInterruption(error: unknown): void {
  expect(String(error)).toMatch(/interrupted by the test|Network connection lost/);
}

/** Not a gate: the figures show what 50 readers add to a run. */
test.each([
  ["200 pure steps, one transaction", (id: string) => conditional(id), 200],
  ["60 effects, a transaction each", (id: string) => ai(id), 60],
])("a run of %s with readers and without", async (what, make, count) => {
  const steps = Array.from({ length: count }, (_, index) => {
    const step = make(`step${index}`);
    const next = index + 1 < count ? `step${index + 1}` : null;
    if (step.type !== "conditional") return { ...step, next };
    return { ...step, next, config: { ...step.config, then: next, else: next } };
  });
  const flow = definition([form("ask", { next: "step0" }), ...steps]);
  for (const readers of [0, 0, 50, 0, 50, 0, 50]) {
    const runId = await startWaiting(flow);
    const bodies = await Promise.all(Array.from({ length: readers }, () => openRun(runId)));
    const read = bodies.map((response) => response.text());
    await scheduler.wait(20);
    const startedAt = performance.now();
    const answer = { kind: "inputs", inputs: { topic: "Launch" } } as const;
    const ended = runOf(await objectOf(runId).resume({ ...CALLER, answer }));
    const answeredMs = performance.now() - startedAt;
    expect(ended.status).toBe("completed");
    for (const text of await Promise.all(read)) expect(text).toContain("event: run.completed");
    const readMs = performance.now() - startedAt;
    console.log(
      `${what}; ${readers} readers: answered in ${answeredMs.toFixed(0)} ms, read by all after ${readMs.toFixed(0)} ms`,
    );
  }
});
