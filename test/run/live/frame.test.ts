import { describe, expect, test } from "vitest";
import { frameText } from "#run/live/frame.ts";
import { runEvent } from "../../support/run-event.ts";

describe("a frame", () => {
  const start = '"at":"2026-11-22T09:30:00.000Z","run_id":"run_aaaaaaaaaaaaaaaaaaaaaaaaaa"';
  test.each([
    [
      "without data",
      runEvent("run.started"),
      `id: 1\nevent: run.started\ndata: {"seq":1,"type":"run.started",${start},"data":{}}\n\n`,
    ],
    [
      "of a step",
      runEvent("step.started", {}, { seq: 12, step_id: "ask", attempt: 1 }),
      `id: 12\nevent: step.started\ndata: {"seq":12,"type":"step.started",${start},"step_id":"ask","attempt":1,"data":{"type":"form"}}\n\n`,
    ],
    [
      "with line breaks of every kind",
      runEvent("run.canceled", { reason: "a\nb\rc\r\nd\u2028e\n\nid: 4" }, { seq: 3 }),
      `id: 3\nevent: run.canceled\ndata: {"seq":3,"type":"run.canceled",${start},"data":{"by":"key:dev","reason":"a\\nb\\rc\\r\\nd\u2028e\\n\\nid: 4"}}\n\n`,
    ],
    [
      "with half a surrogate pair and a NUL",
      runEvent("run.failed", { message: "\ud800\u0000é" }, { seq: 4 }),
      `id: 4\nevent: run.failed\ndata: {"seq":4,"type":"run.failed",${start},"data":{"code":"timeout","message":"\\ud800\\u0000é"}}\n\n`,
    ],
  ])("%s", (_what, given, expected) => {
    expect(frameText(given)).toBe(expected);
  });
});
