import { tracing } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { inNativeSpan } from "#run/sinks/native-span.ts";
import { ai, definition, form } from "../../support/definitions.ts";
import { eventually, objectOf, projected, readRun, startRecord } from "../support/runs.ts";

afterEach(() => vi.restoreAllMocks());

/** The platform's spans while something is done: name and attributes, in order of their begin. */
function watchSpans(): [string, Record<string, unknown>][] {
  const seen: [string, Record<string, unknown>][] = [];
  const enter = tracing.enterSpan.bind(tracing);
  vi.spyOn(tracing, "enterSpan").mockImplementation((name, callback, ...args) => {
    // D1 makes spans of its own by the same door.
    if (!/^(run|step)\./.test(name)) return enter(name, callback, ...args);
    const attributes: Record<string, unknown> = {};
    seen.push([name, attributes]);
    return enter(
      name,
      (span, ...rest) => {
        const setAttribute = (key: string, value: unknown) => (attributes[key] = value);
        const watched = Object.create(span, {
          isTraced: { value: true },
          setAttribute: { value: setAttribute },
        }) as typeof span;
        return callback(watched, ...rest);
      },
      ...args,
    );
  });
  return seen;
}

test("the platform sees what the object does, by run and step", async () => {
  const seen = watchSpans();
  const record = startRecord(definition([form("ask", { next: "write" }), ai("write")]));
  const object = objectOf(record.runId);
  const inputs = { topic: "x" };
  await object.start({ record, waitMs: 5_000 });
  await object.resume({
    key: null,
    workflowScope: null,
    caller: { id: "dev" },
    waitMs: 5_000,
    answer: { kind: "inputs", inputs },
  });
  await projected(record.runId);
  // No one waits for this one, so that the alarm carries its effect.
  const later = startRecord(definition([ai("write")]));
  await objectOf(later.runId).start({ record: later, waitMs: 0 });
  await eventually(
    () => readRun(later.runId),
    ({ status }) => status === "completed",
  );
  const { runId } = record;
  expect(seen.filter(([, attributes]) => attributes["run_id"] === runId).slice(0, 1)).toEqual([
    ["run.start", { run_id: runId }],
  ]);
  expect(seen).toContainEqual(["run.resume", { run_id: runId }]);
  expect(seen).toContainEqual(["step.attempt", { run_id: runId, step_id: "write", attempt: 1 }]);
  expect(seen).toContainEqual(["run.alarm", { run_id: later.runId }]);
});

test("returns what the work returns, and what it throws", async () => {
  expect(inNativeSpan("a", { run_id: "r" }, () => 7)).toBe(7);
  await expect(inNativeSpan("a", {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});
