/** When spans are sent, and what a collector that fails can do to a run: nothing. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StartRecord } from "#model/start-record.ts";
import { toJsonText } from "#model/json-text.ts";
import { ai, approval, definition, form } from "../../support/definitions.ts";
import {
  abortObject,
  bindings,
  eventually,
  objectOf,
  projected,
  readRun,
  startRecord,
} from "../support/runs.ts";
import { cutOff, ownSettings } from "../support/worker.ts";

const FLOW = definition([
  form("form", { next: "generate" }),
  ai("generate", { next: "approval" }),
  approval("approval"),
]);
const RESUME = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };
const ANSWER = { ...RESUME, answer: { kind: "inputs", inputs: { topic: "x" } } } as const;
const APPROVE = {
  ...RESUME,
  answer: { kind: "approval", step_id: "approval", approved: true },
} as const;
const ENDPOINT = "http://collector.test:4318";

/** What the collector does with the next posts; then it takes them. */
type Behaviour = "away" | "hang" | "crash" | number;
let behaviours: Behaviour[] = [];
/** Names of the spans of each post, whether or not it was taken. */
let posts: string[][] = [];
/** Log lines above INFO. */
let lines: { message: string; run_id?: string; reason?: string; failures?: number }[] = [];

vi.setConfig({ testTimeout: 20_000 });

interface WireSpan {
  name: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}

function spansIn(body: Uint8Array): WireSpan[] {
  const request = JSON.parse(new TextDecoder().decode(body)) as {
    resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[];
  };
  return request.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );
}

/** The run of the present test. */
let watched = "";
const isWatched = ({ key, value }: WireSpan["attributes"][number]) =>
  key === "run_id" && value.stringValue === watched;

beforeEach(() => {
  [behaviours, posts, lines] = [[], [], []];
  vi.spyOn(console, "log").mockImplementation((line: string) => {
    const parsed = JSON.parse(line) as (typeof lines)[number];
    if (parsed.run_id === watched) lines.push(parsed);
  });
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, init) => {
    const { body, signal } = init ?? {};
    const spans = spansIn(body as Uint8Array);
    // What runs of other tests still have to send is taken and not looked at.
    if (!spans.every(({ attributes }) => attributes.some(isWatched))) return new Response("{}");
    posts.push(spans.map((span) => span.name));
    const behaviour = behaviours.shift() ?? 200;
    if (behaviour === "away") throw new Error("connection refused");
    // The object ends here; nothing of it goes on.
    if (behaviour === "crash") cutOff(watched);
    if (behaviour === "hang" || behaviour === "crash") {
      await new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    }
    return new Response("{}", { status: Number(behaviour) });
  });
});

afterEach(() => vi.restoreAllMocks());

function tracedRecord(over: Partial<StartRecord> = {}): StartRecord {
  const record = startRecord(FLOW, { isTraced: true, ...over });
  watched = record.runId;
  ownSettings.set(record.runId, {
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
    LOG_LEVEL: "WARN",
  });
  return record;
}

async function documents(runId: string): Promise<Record<string, unknown>> {
  return runInDurableObject(objectOf(runId), (_object, state) => {
    const rows = state.storage.sql.exec<{ name: string; value: string }>(
      "SELECT name, value FROM doc",
    );
    return Object.fromEntries([...rows].map(({ name, value }) => [name, JSON.parse(value)]));
  });
}

const seen = () => posts.flat();
const sent = (count: number) =>
  eventually(
    async () => posts.length,
    (done) => done >= count,
  );

describe("spans are sent", () => {
  test("when the run settles, and their cursor moves with the answer", async () => {
    const record = tracedRecord();
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await sent(1);
    await objectOf(record.runId).resume(ANSWER);
    await sent(2);
    expect(posts).toEqual([
      ["start sample"],
      ["form form", "chat mock", "attempt generate", "ai_generate generate", "resume sample"],
    ]);
    await eventually(
      async () => {
        await runDurableObjectAlarm(objectOf(record.runId));
        return documents(record.runId);
      },
      ({ trace }) => (trace as { seq: number } | undefined)?.seq === 12,
    );
  });

  test("at most 512 at a time; what was taken is not sent again", async () => {
    // 3 spans a step that end together, then those of the start and of the run.
    const ids = Array.from({ length: 180 }, (_, index) => `step_${index}`);
    const steps = ids.map((id, index) => ai(id, { next: ids[index + 1] ?? null }));
    const record = tracedRecord({ definition: toJsonText(definition(steps)) });
    behaviours = [200, 503];
    await objectOf(record.runId).start({ record, waitMs: 10_000 });
    await sent(3);
    expect(posts.map((names) => names.length)).toEqual([510, 32, 32]);
    expect(posts[1]).toEqual(posts[2]);
    expect(posts[0]?.filter((name) => name === "ai_generate step_169")).toHaveLength(1);
    expect(posts[1]?.at(-1)).toBe("run sample");
  });

  test("never without an endpoint, and nothing is written for it", async () => {
    const record = startRecord(FLOW, { isTraced: true });
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await projected(record.runId);
    expect(posts).toEqual([]);
    expect(await documents(record.runId)).not.toHaveProperty("trace");
  });

  test("never of a run that was not sampled at its start", async () => {
    const record = tracedRecord({ isTraced: false });
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await projected(record.runId);
    expect(posts).toEqual([]);
    expect(await documents(record.runId)).not.toHaveProperty("trace");
  });

  test("after a crash that came before the answer, by the object that comes next", async () => {
    const record = tracedRecord();
    behaviours = ["crash"];
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await sent(1);
    await eventually(
      () => readRun(record.runId).catch(() => null),
      (run) => run !== null,
    );
    await sent(2);
    expect(posts).toEqual([["start sample"], ["start sample"]]);
  });
});

describe("a collector that", () => {
  test.each<[string, Behaviour]>([
    ["is away", "away"],
    ["answers 502", 502],
    ["answers 503", 503],
    ["answers 504", 504],
    ["answers 429", 429],
  ])("%s gets the same spans again, and the log says why", async (_what, behaviour) => {
    const record = tracedRecord();
    behaviours = [behaviour];
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await sent(2);
    expect(posts).toEqual([["start sample"], ["start sample"]]);
    expect(lines).toEqual([
      expect.objectContaining({
        message: "trace export failed",
        run_id: record.runId,
        failures: 1,
        reason:
          behaviour === "away"
            ? "connection refused"
            : `The collector responded with ${behaviour}.`,
      }),
    ]);
  });

  test.each([400, 401, 404, 413, 500])("answers %i is not asked again", async (status) => {
    const record = tracedRecord();
    behaviours = [status];
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await sent(1);
    await objectOf(record.runId).cancel({ ...RESUME, key: null });
    await sent(2);
    expect(posts).toEqual([["start sample"], ["form form", "run sample"]]);
    expect(lines).toEqual([
      expect.objectContaining({ message: "spans refused", spans: 1, run_id: record.runId }),
    ]);
  });

  test("hangs holds up neither the answers of the run nor its rows in D1", async () => {
    const record = tracedRecord();
    behaviours = ["hang", "hang", "hang"];
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    await sent(1);
    const startedAt = Date.now();
    await object.resume(ANSWER);
    const { run } = await projected(record.runId);
    expect(run).toMatchObject({ status: "waiting", current_step: "approval" });
    await object.resume(APPROVE);
    expect((await projected(record.runId)).run["status"]).toBe("completed");
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await eventually(
      async () => seen(),
      (names) => names.includes("run sample"),
    );
  });

  test("fails does not keep D1 from being brought up to date, nor the other way round", async () => {
    const record = tracedRecord();
    behaviours = ["away", "away"];
    const batch = vi.spyOn(bindings.DB, "batch").mockRejectedValueOnce(new Error("D1 is away"));
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await projected(record.runId);
    await sent(1);
    expect(batch.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(
      lines
        .map((line) => line.message)
        .toSorted()
        .slice(0, 2),
    ).toEqual(["projection failed", "trace export failed"]);
  });
});

describe("a collector that stays away", () => {
  async function setMark(runId: string, failures: number) {
    await runInDurableObject(objectOf(runId), (_object, state) => {
      const mark = { seq: 0, failures, retryAt: Date.now() - 1, triedSeq: 4 };
      state.storage.sql.exec("UPDATE doc SET value = ? WHERE name = 'trace'", JSON.stringify(mark));
    });
  }

  /** A run whose spans were tried that many times in vain, opened again. */
  async function triedInVain(failures: number): Promise<string> {
    const record = tracedRecord();
    behaviours = ["away"];
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await projected(record.runId);
    // The alarm writes the cursors that moved in memory.
    await eventually(
      async () => {
        await runDurableObjectAlarm(objectOf(record.runId));
        return documents(record.runId);
      },
      (docs) => docs["trace"] !== undefined,
    );
    await projected(record.runId);
    await setMark(record.runId, failures);
    await runInDurableObject(objectOf(record.runId), (_object, state) =>
      state.storage.deleteAlarm(),
    );
    posts = [];
    await abortObject(record.runId);
    await readRun(record.runId);
    return record.runId;
  }

  test("is asked a twentieth time", async () => {
    await triedInVain(19);
    await sent(1);
  });

  test("is not asked a twenty-first time, and the object may sleep", async () => {
    const runId = await triedInVain(20);
    const alarm = await runInDurableObject(objectOf(runId), (_object, state) =>
      state.storage.getAlarm(),
    );
    expect(alarm).toBeNull();
    expect(posts).toEqual([]);
  });

  test("is asked again when the run has something new to tell, and then gets all", async () => {
    const runId = await triedInVain(20);
    await objectOf(runId).cancel({ ...RESUME, key: null });
    await sent(1);
    expect(posts).toEqual([["start sample", "form form", "run sample"]]);
  });
});
