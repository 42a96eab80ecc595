/**
 * A finished run leaves its object and is read from its archive as before, in R2 and in D1; cut off
 * at any step it is either here or there; what cannot be read is said, and nothing is lost.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { archiveKey } from "#archive/shelf.ts";
import type { JsonObject } from "#model/json.ts";
import { parseJsonText, toJsonText } from "#model/json-text.ts";
import type { ArchiveResult, RequestKey } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";
import { toStreamRequest } from "#run/live/request.ts";
import { EventStream } from "../../support/event-stream.ts";
import { ai, approval, definition, form } from "../../support/definitions.ts";
import {
  bindings,
  eventTypes,
  objectOf,
  projected,
  readRun,
  runOf,
  startRecord,
  valueOf,
} from "../support/runs.ts";
import { interruptions, ownSettings } from "../support/worker.ts";

const LATER = "2099-01-01T00:00:00.000Z";
const SECRET = "correct-horse-battery-staple-4711";
const FINGERPRINT = "a".repeat(64);
const RESUME_KEY: RequestKey = {
  name: '2:["resume","principal","dev","k"]',
  fingerprint: "b".repeat(64),
};

/** A form with a sensitive answer, a step that may repeat it, and an approval. */
const FLOW = definition(
  [
    form("ask", {
      next: "draft",
      config: {
        fields: [
          { key: "topic", type: "string", required: true },
          { key: "audience", type: "string", required: false },
          { key: "pin", type: "string", required: true, sensitive: true },
        ],
      },
    }),
    ai("draft", { next: "sign" }),
    approval("sign"),
  ],
  { output: { draft: "steps.draft.output", topic: "runtime.inputs.topic" } },
);

const shelves = ["r2", "d1"] as const;

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

/** A run that has ended and is projected; where it will go is set for its object alone. */
async function endedRun(shelf: (typeof shelves)[number], over: Partial<StartRecord> = {}) {
  const record = startRecord(FLOW, { fingerprint: FINGERPRINT, idempotencyKey: "k", ...over });
  const { runId } = record;
  ownSettings.set(runId, { ARCHIVE: shelf === "r2" ? bindings.ARCHIVE : undefined });
  const object = objectOf(runId);
  await object.start({ record, waitMs: 2_000 });
  const common = { workflowScope: null, caller: { id: "dev" }, waitMs: 2_000 };
  const inputs = { topic: `about ${SECRET}`, audience: null, pin: SECRET };
  const answered = await object.resume({
    ...common,
    key: RESUME_KEY,
    answer: { kind: "inputs", inputs },
  });
  expect(runOf(answered).status).toBe("waiting");
  await object.resume({
    ...common,
    key: null,
    answer: { kind: "approval", step_id: "sign", approved: true },
  });
  await projected(runId);
  return { runId, record };
}

async function archive(runId: string, endedBefore = LATER): Promise<ArchiveResult> {
  return valueOf(await objectOf(runId).archive({ endedBefore }));
}

/** All that readers see of a run, and what callers are answered. */
async function seen(runId: string, record: StartRecord) {
  const object = objectOf(runId);
  const viewer = { workflowScope: null };
  const tokens = { form: true, approvals: "all" as const };
  const resume = {
    workflowScope: null,
    caller: { id: "dev" },
    waitMs: 0,
    answer: { kind: "inputs", inputs: { topic: "x" } } as const,
  };
  const stream = async (afterSeq: number) => {
    const request = toStreamRequest({ workflowScope: null, afterSeq, reader: "dev" });
    const response = await object.fetch(request);
    if (response.status !== 200) return response.status;
    const client = new EventStream(response.body);
    while (await client.read());
    return client.events;
  };
  return {
    run: parseJsonText(valueOf(await object.get(viewer))),
    withTokens: parseJsonText(valueOf(await object.get({ ...viewer, tokens }))),
    history: parseJsonText(valueOf(await object.history(null))),
    context: parseJsonText(valueOf(await object.context(null))),
    scoped: await object.get({ workflowScope: "another" }),
    scopedHistory: await object.history("another"),
    own: (await object.get({ workflowScope: "sample" })).ok,
    events: await stream(0),
    tail: await stream(5),
    nothingMore: await stream(10_000),
    start: runOf(await object.start({ record, waitMs: 0 })).id,
    replay: valueOf(await object.replay(FINGERPRINT)).isReplay,
    otherBody: await object.replay("c".repeat(64)),
    otherStart: await object.start({ record: { ...record, fingerprint: "d" }, waitMs: 0 }),
    again: await object.resume({ ...resume, key: RESUME_KEY }),
    reused: await object.resume({ ...resume, key: { ...RESUME_KEY, fingerprint: "e" } }),
    resume: await object.resume({ ...resume, key: null }),
    scopedResume: await object.resume({ ...resume, key: null, workflowScope: "another" }),
    cancel: await object.cancel({ ...resume, key: null }),
    link: await object.showAnswer({
      runId,
      stepIndex: 0,
      waitNumber: 1,
      approverIndex: null,
      expiresAt: Date.now() + 1_000_000,
    }),
  };
}

/** The same without what says that it is archived. */
function withoutMark(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one: unknown) => (key === "archived" ? undefined : one)).replaceAll(
      ',\\"archived\\":true',
      "",
    ),
  ) as unknown;
}

async function rowsOf(runId: string) {
  return runInDurableObject(objectOf(runId), (_object, { storage: { sql } }) => ({
    doc: sql
      .exec<{ name: string }>("SELECT name FROM doc")
      .toArray()
      .map(({ name }) => name),
    log: sql.exec<{ n: number }>("SELECT count(*) AS n FROM log").one().n,
  }));
}

async function storedBytes(runId: string): Promise<string> {
  const pieces = await bindings.DB.prepare("SELECT data FROM archive_pieces WHERE run_id = ?")
    .bind(runId)
    .all<{ data: string }>();
  const object = await bindings.ARCHIVE?.get(archiveKey(runId));
  return pieces.results.map(({ data }) => data).join("") + ((await object?.text()) ?? "");
}

describe.each(shelves)("a run that is archived in %s", (shelf) => {
  test("is read as before, says so, and leaves one row", async () => {
    const { runId, record } = await endedRun(shelf);
    const before = await seen(runId, record);
    expect(JSON.stringify(before)).not.toContain(SECRET);

    expect(await archive(runId)).toMatchObject({ kind: "archived", shelf, isNew: true });
    const after = await seen(runId, record);
    await evictDurableObject(objectOf(runId));
    const reopened = await seen(runId, record);

    expect(withoutMark(after)).toEqual(withoutMark(before));
    expect(reopened).toEqual(after);
    expect(after.run).toMatchObject({ archived: true, status: "completed" });
    expect(after.history).toMatchObject({ archived: true });
    expect(after.context).toMatchObject({ archived: true });
    expect(JSON.stringify(before)).not.toContain("archived");
    expect(JSON.stringify(after)).not.toContain(SECRET);
    expect(after).toMatchObject({
      scoped: { ok: false, problem: { code: "run_not_found" } },
      otherBody: { ok: false, problem: { code: "idempotency_key_reused" } },
      resume: { ok: false, problem: { code: "run_not_waiting" } },
      cancel: { ok: false, problem: { code: "run_already_ended" } },
      link: { ok: false, problem: { code: "resume_token_used" } },
      nothingMore: 204,
    });
    expect(await rowsOf(runId)).toEqual({ doc: ["tombstone"], log: 0 });
  });

  test("has no sensitive value in the clear where it went", async () => {
    const { runId } = await endedRun(shelf);
    await archive(runId);
    const stored = await storedBytes(runId);
    expect(stored.length).toBeGreaterThan(500);
    expect(stored).not.toContain(SECRET);
    expect(atobOrText(stored)).not.toContain(SECRET);
    expect(atobOrText(stored)).not.toContain("topic");
  });

  test("is archived once, however often and by how many it is asked", async () => {
    const { runId } = await endedRun(shelf);
    const all = await Promise.all([archive(runId), archive(runId), archive(runId)]);
    const later = await archive(runId);
    expect(all.filter((one) => one.kind === "archived")).toHaveLength(3);
    expect(later).toEqual({ ...all[0], isNew: false });
  });

  test.each([1, 2])("that is cut off after step %i is here or there, and whole", async (step) => {
    const { runId, record } = await endedRun(shelf);
    const before = await seen(runId, record);
    const plan = { commits: 0, isDue: (commits: number) => commits === step };
    interruptions.set(runId, plan);
    await expect(archive(runId)).rejects.toThrow("interrupted by the test");
    expect(plan.commits).toBe(step);
    interruptions.clear();

    const { doc } = await rowsOf(runId);
    expect(doc.includes("tombstone")).toBe(step === 2);
    expect(doc.includes("start")).toBe(step === 1);
    expect(withoutMark(await seen(runId, record))).toEqual(withoutMark(before));

    expect(await archive(runId)).toMatchObject({ kind: "archived", isNew: step === 1 });
    expect(withoutMark(await seen(runId, record))).toEqual(withoutMark(before));
    expect(await rowsOf(runId)).toEqual({ doc: ["tombstone"], log: 0 });
  });

  test("comes under the current key, and is read with that one alone", async () => {
    const { runId } = await endedRun(shelf);
    const first = `1:${btoa("k".repeat(32))}`;
    const second = `2:${btoa("l".repeat(32))}`;
    const setKeys = async (SECRETS_KEYS: string) => {
      ownSettings.set(runId, {
        ...ownSettings.get(runId),
        SECRETS_KEYS,
        SECRETS_DERIVED_KEY: "false",
      });
      await evictDurableObject(objectOf(runId));
    };
    await setKeys(first);
    expect(await archive(runId)).toMatchObject({ keyVersion: 1 });
    await setKeys(second);
    const lost = await objectOf(runId).get({ workflowScope: null });
    expect(lost).toMatchObject({ ok: false, problem: { code: "archive_unreadable" } });
    expect(lost).toMatchObject({
      problem: { detail: expect.stringContaining("version 1 of SECRETS_KEYS") as string },
    });
    await setKeys(`${second},${first}`);
    expect(await archive(runId)).toMatchObject({ keyVersion: 2, isNew: false });
    await setKeys(second);
    expect(await readRun(runId)).toMatchObject({ archived: true, status: "completed" });
  });
});

/** Text as it is, and what it is if it is base64. */
function atobOrText(text: string): string {
  return /^[A-Za-z0-9+/=]+$/.test(text) ? atob(text) : text;
}

describe("a run stays in its object", () => {
  test("while it has not ended", async () => {
    const record = startRecord(FLOW);
    await objectOf(record.runId).start({ record, waitMs: 1_000 });
    expect(await archive(record.runId)).toEqual({ kind: "kept", because: "not_ended" });
    expect((await readRun(record.runId)).status).toBe("waiting");
  });

  test("until the cutoff, and leaves just after it", async () => {
    const { runId } = await endedRun("d1");
    const { ended_at: endedAt = "" } = await readRun(runId);
    expect(await archive(runId, endedAt)).toEqual({ kind: "kept", because: "recent" });
    const after = new Date(Date.parse(endedAt) + 1).toISOString();
    expect(await archive(runId, after)).toMatchObject({ kind: "archived" });
  });

  test("while D1 does not have it", async () => {
    const { runId } = await endedRun("d1");
    await runInDurableObject(objectOf(runId), (_object, { storage: { sql } }) => {
      sql.exec(
        "UPDATE doc SET value = json_set(value, '$.seq', 1, '$.retryAt', 4e12) WHERE name = 'projection'",
      );
    });
    await evictDurableObject(objectOf(runId));
    expect(await archive(runId)).toEqual({ kind: "kept", because: "not_delivered" });
  });

  test("while a client reads its log, which then has every event", async () => {
    const { runId } = await endedRun("d1");
    const expected = await eventTypes(runId);
    const request = toStreamRequest({ workflowScope: null, afterSeq: 0, reader: "dev" });
    const response = await objectOf(runId).fetch(request);
    const during = await archive(runId);
    const client = new EventStream(response.body);
    while (await client.read());
    expect(client.types).toEqual(expected);
    if (during.kind === "kept") expect(during.because).toBe("being_read");
    expect(await archive(runId)).toMatchObject({ kind: "archived" });
  });

  test("when the shelf does not take it, or has something else afterwards", async () => {
    const { runId, record } = await endedRun("d1");
    const before = await seen(runId, record);
    const failing = {
      put: () => Promise.reject(new Error("R2 is down")),
      get: () => Promise.resolve(null),
    };
    const forgetting = { put: () => Promise.resolve(null), get: () => Promise.resolve(null) };
    const damaging = {
      put: () => Promise.resolve(null),
      get: () => Promise.resolve(new Response("something else")),
    };
    for (const [bucket, code] of [
      [failing, "storage_unavailable"],
      [forgetting, "archive_unreadable"],
      [damaging, "archive_unreadable"],
    ] as const) {
      ownSettings.set(runId, { ARCHIVE: bucket });
      await evictDurableObject(objectOf(runId));
      const reply = await objectOf(runId).archive({ endedBefore: LATER });
      expect(reply).toMatchObject({ ok: false, problem: { code } });
      expect((await rowsOf(runId)).doc).not.toContain("tombstone");
    }
    expect(await seen(runId, record)).toEqual(before);
  });
});

describe("an archive that cannot be read", () => {
  const unreadable = { ok: false, problem: { code: "archive_unreadable" } };

  async function archivedInD1(): Promise<string> {
    const { runId } = await endedRun("d1");
    await archive(runId);
    return runId;
  }

  const change = async (statement: string, ...values: string[]) => {
    await bindings.DB.prepare(statement)
      .bind(...values)
      .run();
  };

  async function expectUnreadable(runId: string, words: string): Promise<void> {
    await evictDurableObject(objectOf(runId));
    const object = objectOf(runId);
    const reply = await object.get({ workflowScope: null });
    expect(reply).toMatchObject({
      ...unreadable,
      problem: { detail: expect.stringContaining(words) as string },
    });
    expect(await object.history(null)).toMatchObject(unreadable);
    expect(await object.replay(FINGERPRINT)).toMatchObject(unreadable);
    const request = toStreamRequest({ workflowScope: null, afterSeq: 0, reader: "dev" });
    const response = await object.fetch(request);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain(words);
    // What does not need the archive is answered, and shows nothing to others.
    expect(await object.get({ workflowScope: "another" })).toMatchObject({
      problem: { code: "run_not_found" },
    });
    expect(await object.replay("f")).toMatchObject({ problem: { code: "idempotency_key_reused" } });
  }

  test("because it is gone, and is readable when it is back", async () => {
    const runId = await archivedInD1();
    const data = await storedBytes(runId);
    await change("DELETE FROM archive_pieces WHERE run_id = ?", runId);
    await expectUnreadable(runId, "not there");
    await change("INSERT INTO archive_pieces VALUES (?, 0, 1, ?)", runId, data);
    expect((await readRun(runId)).archived).toBe(true);
  });

  test("because it was changed", async () => {
    const runId = await archivedInD1();
    const data = await storedBytes(runId);
    const changed = `${data.slice(0, -8)}AAAA${data.slice(-4)}`;
    await change("UPDATE archive_pieces SET data = ? WHERE run_id = ?", changed, runId);
    await expectUnreadable(runId, "damaged");
  });

  test("because it is another run's", async () => {
    const [runId, other] = [await archivedInD1(), await archivedInD1()];
    const data = await storedBytes(other);
    await change("UPDATE archive_pieces SET data = ? WHERE run_id = ?", data, runId);
    await expectUnreadable(runId, `the archive of ${other}`);
  });

  test("because a later release cut it into pieces", async () => {
    const runId = await archivedInD1();
    await change("UPDATE archive_pieces SET format = 2 WHERE run_id = ?", runId);
    await expectUnreadable(runId, "not there");
  });

  test("because the bucket is not bound any more", async () => {
    const { runId } = await endedRun("r2");
    await archive(runId);
    ownSettings.set(runId, { ARCHIVE: undefined });
    await expectUnreadable(runId, "no bucket is bound as ARCHIVE");
  });

  test("for a moment, since the shelf does not answer", async () => {
    const { runId } = await endedRun("r2");
    await archive(runId);
    ownSettings.set(runId, { ARCHIVE: { get: () => Promise.reject(new Error("R2 is down")) } });
    await evictDurableObject(objectOf(runId));
    const object = objectOf(runId);
    expect(await object.get({ workflowScope: null })).toMatchObject({
      problem: { code: "storage_unavailable" },
    });
    const request = toStreamRequest({ workflowScope: null, afterSeq: 0, reader: "dev" });
    expect((await object.fetch(request)).status).toBe(502);
  });
});

test("a large run is archived in several pieces of at most a megabyte", async () => {
  const content = { id: "content_v1", version: 1, prompt: "Write about {{topic}}." };
  const templates = [content, { id: "large", version: 1, prompt: noise(1_800_000) }];
  const { runId, record } = await endedRun("d1", { templates: toJsonText(templates) });
  const before = await seen(runId, record);
  await archive(runId);
  const pieces = await bindings.DB.prepare(
    "SELECT piece, length(data) AS bytes FROM archive_pieces WHERE run_id = ? ORDER BY piece",
  )
    .bind(runId)
    .all<JsonObject>();
  expect(pieces.results).toHaveLength(2);
  expect(Math.max(...pieces.results.map(({ bytes }) => Number(bytes)))).toBe(1_000_000);
  await evictDurableObject(objectOf(runId));
  expect(withoutMark(await seen(runId, record))).toEqual(withoutMark(before));
});

/** Text that does not get much smaller. */
function noise(length: number): string {
  const bytes = new Uint8Array(16_384);
  let text = "";
  while (text.length < length) {
    crypto.getRandomValues(bytes);
    text += btoa(String.fromCharCode(...bytes));
  }
  return text.slice(0, length);
}
