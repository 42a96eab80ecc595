import { afterEach, describe, expect, test, vi } from "vitest";
import { api, definition, form } from "../support/definitions.ts";
import { objectOf, readHistory, runOf, startRecord } from "./support/runs.ts";

const KIB = 1024;

afterEach(() => vi.restoreAllMocks());

/** Every call answers with a JSON text of that many bytes, quotes included. */
function answering(bytes: number): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () =>
      new Response(JSON.stringify("x".repeat(bytes - 2)), {
        headers: { "content-type": "application/json" },
      }),
  );
}

/** Bytes of `{"status":200,"headers":{"content-type":"application/json"},"body":…}` around a body. */
const AROUND = '{"status":200,"headers":{"content-type":"application/json"},"body":}'.length;

describe("the output of a step", () => {
  test.each([
    ["at the limit is kept", 256 * KIB - AROUND, "completed", undefined],
    ["one byte beyond fails the step", 256 * KIB - AROUND + 1, "failed", "output_too_large"],
  ])("%s", async (_what, bytes, status, code) => {
    answering(bytes);
    const record = startRecord(definition([api("call")]));
    const ended = runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
    expect(ended.status).toBe(status);
    expect(ended.error?.code).toBe(code);
  });
});

describe("the context of a run", () => {
  const steps = Array.from({ length: 5 }, (_, index) =>
    api(`call${index}`, { next: index < 4 ? `call${index + 1}` : null }),
  );

  test.each([
    ["within 1 MiB is kept", 209_713 - AROUND, "completed", undefined, 5],
    ["beyond 1 MiB fails the step that would exceed it", 215_000, "failed", "output_too_large", 4],
  ])("%s", async (_what, bytes, status, code, completed) => {
    answering(bytes);
    const record = startRecord(definition(steps));
    const ended = runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
    expect(ended.status).toBe(status);
    expect(ended.error?.code).toBe(code);
    const { steps: shown } = await readHistory(record.runId);
    expect(shown.filter((step) => step.status === "completed")).toHaveLength(completed);
  });

  test("refuses answers that do not fit, and the run stays waiting", async () => {
    answering(250 * KIB);
    const fields = [{ key: "topic", type: "text" as const, required: true }];
    const four = steps.slice(0, 4).map((step, index) => ({
      ...step,
      next: index < 3 ? `call${index + 1}` : "ask",
    }));
    const record = startRecord(definition([...four, form("ask", { config: { fields } })]));
    const object = objectOf(record.runId);
    expect(runOf(await object.start({ record, waitMs: 5_000 })).status).toBe("waiting");
    const resume = (length: number) =>
      object.resume({
        key: null,
        workflowScope: null,
        caller: { id: "dev" },
        waitMs: 1_000,
        answer: { kind: "inputs", inputs: { topic: "x".repeat(length) } },
      });
    expect(await resume(30_000)).toMatchObject({ problem: { code: "context_too_large" } });
    expect(runOf(await object.get({ workflowScope: null })).status).toBe("waiting");
    expect(runOf(await resume(20_000)).status).toBe("completed");
  });
});
