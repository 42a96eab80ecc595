/** A snapshot is written where it saves something, and a run without one is the same run. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { conditional, definition, form } from "../support/definitions.ts";
import { abortObject, objectOf, readRun, runOf, startRecord } from "./support/runs.ts";

const RESUME = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };
const ANSWER = { kind: "inputs", inputs: { topic: "x" } } as const;

/** So many rules, a form, and so many rules again. */
function flow(before: number, after: number): WorkflowDefinition {
  const chain = (prefix: string, rules: number, last: string) =>
    Array.from({ length: rules }, (_, index) => {
      const next = index + 1 === rules ? last : `${prefix}${index + 1}`;
      return conditional(`${prefix}${index}`, { config: { when: "true", then: next, else: next } });
    });
  return definition([
    ...chain("a", before, "ask"),
    form("ask", { next: after === 0 ? "last" : "b0" }),
    ...chain("b", after, "last"),
    form("last"),
  ]);
}

function storedSeqs(runId: string) {
  return runInDurableObject(objectOf(runId), (_object, { storage: { sql } }) => {
    const names = "SELECT value ->> '$.seq' AS seq FROM doc WHERE name = 'snapshot'";
    const [snapshot] = sql.exec(names).toArray();
    const last = sql.exec("SELECT max(seq) AS seq FROM log").one();
    return { snapshot: snapshot?.["seq"] ?? 0, last: last["seq"] };
  });
}

test.each([
  // Events before the first wait: four and two a rule; before the second: as many more.
  ["none of a run with a short log", 0, 0, false, false],
  ["none below 32 events", 13, 0, false, true],
  ["one from 32 events on, and not again below 32 more", 14, 13, true, false],
  ["one each time that 32 have come since", 14, 14, true, true],
] as const)("%s", async (_what, rules, more, atFirst, atSecond) => {
  const record = startRecord(flow(rules, more));
  const first = runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
  const before = await storedSeqs(record.runId);
  expect(before.snapshot === before.last).toBe(atFirst);
  await abortObject(record.runId);
  expect(await readRun(record.runId)).toEqual(first);
  const second = runOf(await objectOf(record.runId).resume({ ...RESUME, answer: ANSWER }));
  const after = await storedSeqs(record.runId);
  expect(after.snapshot === after.last).toBe(atSecond);
  await abortObject(record.runId);
  expect(await readRun(record.runId)).toEqual(second);
});
