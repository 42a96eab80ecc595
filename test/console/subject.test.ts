import { expect, test } from "vitest";
import { MAIN_JOB } from "../../features/fixtures/fixtures.ts";
import { shownSubject } from "#console/pages/run/subject.ts";

const { steps, events } = MAIN_JOB.approval.history;

test("what the last step gave is to be approved", () => {
  expect(shownSubject({ steps, events })).toEqual({
    draft: "Draft about Launch for SMB. A first example shows how it works in practice.",
  });
});

test("without a model or an API the answers of the last form are shown", () => {
  const rule = steps.map((step) =>
    step.step_id === "generate" ? { ...step, type: "conditional" as const } : step,
  );
  expect(shownSubject({ steps: rule, events })).toEqual({ topic: "Launch", audience: "SMB" });
});

test("without any step before there is nothing to show", () => {
  expect(shownSubject({ steps: [], events: [] })).toBeUndefined();
});

test("answers of a form after the model do not replace what the model wrote", () => {
  const again = steps.map((step) => ({ ...step }));
  const completed = events.find(
    ({ type, step_id }) => type === "step.completed" && step_id === "form",
  );
  const later = completed ? [...events, completed] : [];
  expect(shownSubject({ steps: again, events: later })).toEqual({
    draft: "Draft about Launch for SMB. A first example shows how it works in practice.",
  });
});

test("of an API call the body is shown, without status and headers", () => {
  const call = steps.map((step) =>
    step.step_id === "generate"
      ? { ...step, type: "api_call" as const, output: { status: 200, headers: {}, body: [1] } }
      : step,
  );
  expect(shownSubject({ steps: call, events })).toEqual([1]);
});
