import { describe, expect, test } from "vitest";
import { parseJsonText } from "#model/json-text.ts";
import { ai, approval, conditional, definition, form } from "../support/definitions.ts";
import {
  eventTypes,
  objectOf,
  projected,
  readHistory,
  readRun,
  runOf,
  startRecord,
  valueOf,
} from "./support/runs.ts";

const FLOW = definition([
  form("form", {
    next: "generate",
    config: {
      fields: [
        { key: "topic", type: "string", required: true },
        { key: "audience", type: "string", required: true },
      ],
    },
  }),
  ai("generate", { next: "approval", config: { variables: ["topic", "audience"] } }),
  approval("approval"),
]);
const CALLER = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };

describe("a run", () => {
  test("goes from form through AI and approval to completed", async () => {
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);

    const started = runOf(await object.start({ record, waitMs: 5_000 }));
    expect(started).toMatchObject({ status: "waiting", current_step: "form", mock: true });

    const inputs = { topic: "Launch", audience: "SMB" };
    const drafted = runOf(await object.resume({ ...CALLER, answer: { kind: "inputs", inputs } }));
    expect(drafted).toMatchObject({ status: "waiting", current_step: "approval" });
    expect(drafted.usage?.ai_calls).toBe(1);

    const answer = { kind: "approval", step_id: "approval", approved: true } as const;
    const ended = runOf(await object.resume({ ...CALLER, answer }));
    expect(ended).toMatchObject({ status: "completed", current_step: null });

    expect(await eventTypes(record.runId)).toEqual([
      "run.created",
      "run.started",
      "step.started",
      "run.waiting",
      "run.resumed",
      "step.completed",
      "step.started",
      "ai.request",
      "ai.response",
      "step.completed",
      "step.started",
      "run.waiting",
      "run.resumed",
      "step.completed",
      "run.completed",
    ]);
  });

  test("leaves nothing behind when an unknown id is looked up", async () => {
    const { runId } = startRecord(FLOW);
    const reply = await objectOf(runId).get({ workflowScope: null });
    expect(reply).toMatchObject({ ok: false, problem: { code: "run_not_found" } });
    const { runInDurableObject } = await import("cloudflare:test");
    const tables = await runInDurableObject(objectOf(runId), (_object, state) =>
      state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name IN ('doc', 'log')")
        .toArray(),
    );
    expect(tables).toEqual([]);
  });

  test("keeps waiting, and unchanged, when answers are wrong", async () => {
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    const before = await readHistory(record.runId);

    const reply = await object.resume({
      ...CALLER,
      answer: { kind: "inputs", inputs: { topic: 1 } },
    });

    expect(reply).toMatchObject({
      ok: false,
      problem: {
        code: "invalid_inputs",
        errors: [
          { code: "invalid_type", pointer: "/inputs/topic" },
          { code: "required", pointer: "/inputs/audience" },
        ],
      },
    });
    expect(await readHistory(record.runId)).toEqual(before);
  });

  test("is in D1 as the object has it", async () => {
    const record = startRecord(FLOW, { tags: ["demo"], idempotencyKey: "k1" });
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    const inputs = { topic: "Launch", audience: "SMB" };
    await object.resume({ ...CALLER, answer: { kind: "inputs", inputs } });

    const run = await readRun(record.runId);
    const { steps } = await readHistory(record.runId);
    const rows = await projected(record.runId);

    expect(rows.run).toMatchObject({
      id: record.runId,
      workflow_id: "sample",
      workflow_version: 1,
      status: "waiting",
      current_step: "approval",
      created_at: run.started_at,
      updated_at: run.updated_at,
      idempotency_key: "k1",
      created_by: "dev",
      tags: '["demo"]',
      mock: 1,
      ai_calls: 1,
      context: JSON.stringify({ static: {}, profile: {}, runtime: { inputs } }),
    });
    expect(rows.steps.map(({ id, status, output }) => ({ id, status, output }))).toEqual(
      steps.map(({ id, status, output }) => ({
        id,
        status,
        output: output === undefined ? null : JSON.stringify(output),
      })),
    );
  });

  test("shows sensitive answers neither in history nor in context nor in D1", async () => {
    const flow = definition([
      form("form", {
        next: "generate",
        config: {
          fields: [
            { key: "topic", type: "string", required: true, sensitive: true },
            { key: "audience", type: "string", required: true },
          ],
        },
      }),
      ai("generate", { config: { variables: ["topic", "audience"] } }),
    ]);
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    const inputs = { topic: "Operation Sunflower", audience: "SMB" };
    runOf(await object.resume({ ...CALLER, answer: { kind: "inputs", inputs } }));

    const context = await object.context(null);
    const shown = JSON.stringify([
      await readHistory(record.runId),
      context,
      await projected(record.runId),
    ]);
    expect(shown).not.toContain("Sunflower");
    expect(parseJsonText(valueOf(context))).toMatchObject({
      runtime: { inputs: { topic: "[SENSITIVE]", audience: "SMB" } },
    });
  });
});

describe("an optional field without an answer", () => {
  test("is null for rules, and no part of the form's output", async () => {
    const flow = definition([
      form("ask", {
        next: "rule",
        config: {
          fields: [
            { key: "topic", type: "string", required: true },
            { key: "note", type: "string", required: false },
          ],
        },
      }),
      conditional("rule", { config: { when: "note == None and not note" } }),
    ]);
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    const answer = { kind: "inputs", inputs: { topic: "x" } } as const;
    const ended = runOf(await object.resume({ ...CALLER, answer }));
    expect(ended.status).toBe("completed");
    const { steps } = await readHistory(record.runId);
    expect(steps).toMatchObject([{ output: { topic: "x" } }, { output: { result: true } }]);
    expect(steps[0]?.output).not.toHaveProperty("note");
  });
});
