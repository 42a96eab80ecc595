/** Runs, their history and their context, member by member. */
import { describe, expect, test } from "vitest";
import { parseJsonText } from "#model/json-text.ts";
import { runSchema } from "#model/run.ts";
import { ai, approval, conditional, definition, form } from "../support/definitions.ts";
import { objectOf, readHistory, runOf, startRecord, valueOf } from "./support/runs.ts";

const ANSWER = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };
const FLOW = definition(
  [
    form("ask", {
      next: "draft",
      config: {
        fields: [
          { key: "topic", type: "string", required: true },
          { key: "audience", type: "string", required: true },
        ],
      },
    }),
    ai("draft", { next: "sign" }),
    approval("sign"),
  ],
  { output: { draft: "steps.draft.output.draft", gone: "steps.nothing.output" } },
);
const text = expect.any(String) as string;

async function started(over: Parameters<typeof startRecord>[1] = {}) {
  const record = startRecord(FLOW, over);
  const object = objectOf(record.runId);
  const run = runOf(await object.start({ record, waitMs: 5_000 }));
  const inputs = { topic: "Launch", audience: "SMB" };
  return {
    run,
    id: record.runId,
    object,
    answer: async () =>
      runOf(await object.resume({ ...ANSWER, answer: { kind: "inputs", inputs } })),
    decide: async (approved: boolean) => {
      const answer = { kind: "approval", step_id: "sign", approved } as const;
      return runOf(await object.resume({ ...ANSWER, answer }));
    },
  };
}

describe("a run has these members and no others", () => {
  test("while it waits", async () => {
    const { run, id } = await started();
    expect(run).toEqual({
      id,
      workflow_id: "sample",
      workflow_version: 1,
      status: "waiting",
      current_step: "ask",
      started_at: text,
      updated_at: text,
      wait: expect.any(Object) as object,
      mock: true,
    });
  });

  test("when it is completed, with all that it was started with", async () => {
    const { id, answer, decide } = await started({ tags: ["demo"], idempotencyKey: "order-1" });
    await answer();
    const ended = await decide(true);
    expect(ended).toEqual({
      id,
      workflow_id: "sample",
      workflow_version: 1,
      status: "completed",
      current_step: null,
      started_at: text,
      updated_at: text,
      ended_at: ended.updated_at,
      output: { draft: text, gone: null },
      usage: {
        tokens_prompt: expect.any(Number) as number,
        tokens_output: expect.any(Number) as number,
        cost_usd: 0,
        ai_calls: 1,
      },
      idempotency_key: "order-1",
      tags: ["demo"],
      mock: true,
    });
  });

  test("when it failed: why and where, and no output", async () => {
    const { answer, decide } = await started();
    await answer();
    const ended = await decide(false);
    expect(ended).toMatchObject({
      status: "failed",
      current_step: null,
      error: { code: "approval_rejected", message: text, step_id: "sign" },
    });
    expect(ended).not.toHaveProperty("output");
    expect(ended).not.toHaveProperty("wait");
  });

  test("without the mock and without an AI step: neither mock nor usage", async () => {
    const record = startRecord(definition([conditional("done")]), { mock: null });
    const run = runOf(await objectOf(record.runId).start({ record, waitMs: 1_000 }));
    expect(Object.keys(run).toSorted()).toEqual([
      "current_step",
      "ended_at",
      "id",
      "started_at",
      "status",
      "updated_at",
      "workflow_id",
      "workflow_version",
    ]);
    expect(runSchema.parse(run).current_step).toBeNull();
  });
});

describe("the history of a run", () => {
  test("has one entry a step, with its id, its last attempt and what came of it", async () => {
    const { id, answer } = await started({ mock: { mode: "success", steps: {}, seed: 1 } });
    await answer();
    const { run_id, steps } = await readHistory(id);
    expect(run_id).toBe(id);
    const common = { run_id: id, attempt: 1, started_at: text, error: null };
    expect(steps).toEqual([
      {
        ...common,
        id: `${id}:ask`,
        step_id: "ask",
        type: "form",
        status: "completed",
        ended_at: text,
        output: { topic: "Launch", audience: "SMB" },
      },
      {
        ...common,
        id: `${id}:draft`,
        step_id: "draft",
        type: "ai_generate",
        status: "completed",
        ended_at: text,
        output: { draft: text },
        usage: {
          tokens_prompt: expect.any(Number) as number,
          tokens_output: expect.any(Number) as number,
          cost_usd: 0,
          ai_calls: 1,
        },
      },
      {
        ...common,
        id: `${id}:sign`,
        step_id: "sign",
        type: "approval",
        status: "waiting",
        ended_at: null,
      },
    ]);
  });

  test("has its events numbered from 1 without gaps, each with its run, time and data", async () => {
    const { id, answer, decide } = await started();
    await answer();
    await decide(true);
    const { events } = await readHistory(id);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const allowed = ["at", "attempt", "data", "run_id", "seq", "step_id", "type"];
    for (const event of events) {
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(event)));
      expect(event.run_id).toBe(id);
      expect(event.data).toBeTypeOf("object");
      if (!event.type.startsWith("run.")) {
        expect(event).toMatchObject({ step_id: text, attempt: 1 });
      }
    }
    expect(events.map((event) => event.at)).toEqual(events.map((event) => event.at).toSorted());
  });
});

test("answers are merged over what the run was started with", async () => {
  const { object, answer } = await started({ inputs: { topic: "Before", extra: 1 } });
  await answer();
  expect(parseJsonText(valueOf(await object.context(null)))).toMatchObject({
    static: {},
    profile: {},
    runtime: { inputs: { topic: "Launch", extra: 1, audience: "SMB" } },
  });
});
