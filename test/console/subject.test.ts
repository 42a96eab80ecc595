import { expect, test } from "vitest";
import { MAIN_JOB } from "../../features/fixtures/fixtures.ts";
import { subjectOf } from "#console/pages/run/subject.ts";

const { steps, events } = MAIN_JOB.approval.history;

test("what the last step gave is to be approved", () => {
  expect(subjectOf({ steps, events })).toEqual({
    draft: "Draft about Launch for SMB. A first example shows how it works in practice.",
  });
});

test("a rule in between does not stand for what it leads to", () => {
  const rule = steps.map((step) =>
    step.step_id === "generate" ? { ...step, type: "conditional" as const } : step,
  );
  expect(subjectOf({ steps: rule, events })).toEqual({ topic: "Launch", audience: "SMB" });
});

test("without any step before there is nothing to show", () => {
  expect(subjectOf({ steps: [], events: [] })).toBeUndefined();
});
