/** What a run shows while it waits, and how a wait ends by the clock. */
import { describe, expect, test } from "vitest";
import { approval, conditional, definition, form } from "../support/definitions.ts";
import { eventually, objectOf, readHistory, readRun, runOf, startRecord } from "./support/runs.ts";

const HOUR_MS = 3_600_000;
const ANSWER = { key: null, workflowScope: null, waitMs: 1_000 };
const APPROVERS = ["ann@example.com", "bob@example.com"];

function decision(id: string, approved: boolean, comment?: string) {
  const said = comment === undefined ? {} : { comment };
  const answer = { kind: "approval", step_id: "sign", approved, ...said } as const;
  return { ...ANSWER, caller: { id }, answer };
}

describe("a form that waits", () => {
  test("shows its fields and until when, and nothing that it does not have", async () => {
    const flow = definition([form("ask", { config: { expires_in_s: 3_600 } })]);
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    const run = runOf(await object.start({ record, waitMs: 1_000 }));
    await object.cancel({ key: null, workflowScope: null, caller: { id: "dev" } });
    expect(run.wait).toEqual({
      number: 1,
      step_id: "ask",
      type: "form",
      fields: [{ key: "topic", type: "string", required: true }],
      expires_at: new Date(Date.parse(run.updated_at) + HOUR_MS).toISOString(),
    });
  });
});

describe("an approval that waits", () => {
  const flow = definition([
    approval("sign", {
      config: { approvers: APPROVERS, quorum: 2, expires_in_s: 3_600 },
    }),
  ]);

  test("shows who decides, who has decided, and until when: a decision does not move that", async () => {
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    const first = runOf(await object.start({ record, waitMs: 1_000 })).wait;
    expect(first).toEqual({
      number: 1,
      step_id: "sign",
      type: "approval",
      approvers: APPROVERS,
      quorum: 2,
      decisions: [],
      expires_at: expect.any(String) as string,
    });
    const decided = runOf(await object.resume(decision("k1", true, "Fine.")));
    await object.cancel({ key: null, workflowScope: null, caller: { id: "dev" } });
    expect(decided.wait).toEqual({
      ...first,
      decisions: [{ by: "key:k1", approved: true, comment: "Fine.", at: decided.updated_at }],
    });
  });

  test("ends with all decisions as its output, and the run waits for nothing", async () => {
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 1_000 });
    await object.resume(decision("k1", true, "Fine."));
    const ended = runOf(await object.resume(decision("k2", true)));
    expect(ended.status).toBe("completed");
    expect(ended.wait).toBeUndefined();
    const { steps } = await readHistory(record.runId);
    expect(steps[0]?.output).toEqual({
      approved: true,
      decisions: [
        { by: "key:k1", approved: true, comment: "Fine.", at: expect.any(String) as string },
        { by: "key:k2", approved: true, at: ended.updated_at },
      ],
    });
  });
});

describe("a wait without an answer expires by the clock", () => {
  const late = conditional("late", { config: { when: "steps.wait.error.code == 'wait_expired'" } });
  const expiry = { expires_in_s: 0.2 };

  test.each([
    ["a form goes to on_expire", form("wait", { config: { ...expiry, on_expire: "late" } })],
    ["an approval does", approval("wait", { config: { ...expiry, on_expire: "late" } })],
    ["without one, on_error catches it", approval("wait", { on_error: "late", config: expiry })],
  ])("%s", async (_what, step) => {
    const record = startRecord(definition([step, late]));
    const started = runOf(await objectOf(record.runId).start({ record, waitMs: 0 }));
    expect(started.status).toBe("waiting");
    const ended = await eventually(
      () => readRun(record.runId),
      (run) => run.status !== "waiting",
    );
    expect(ended.status).toBe("completed");
    const { steps } = await readHistory(record.runId);
    expect(steps).toMatchObject([
      { step_id: "wait", status: "failed", error: { code: "wait_expired" } },
      { step_id: "late", status: "completed", output: { result: true } },
    ]);
  });
});
