import { describe, expect, test } from "vitest";
import { frameText } from "#run/live/frame.ts";
import { event } from "../support/live-log.ts";

describe("a frame", () => {
  const start = '"at":"2026-11-22T09:30:00.000Z","run_id":"run_aaaaaaaaaaaaaaaaaaaaaaaaaa"';
  test.each([
    [
      "without data",
      event(1, "run.started"),
      `id: 1\nevent: run.started\ndata: {"seq":1,"type":"run.started",${start},"data":{}}\n\n`,
    ],
    [
      "of a step",
      { ...event(12), step_id: "ask", attempt: 1 },
      `id: 12\nevent: step.started\ndata: {"seq":12,"type":"step.started",${start},"data":{},"step_id":"ask","attempt":1}\n\n`,
    ],
    [
      "with line breaks of every kind",
      event(3, "run.canceled", { reason: "a\nb\rc\r\nd\u2028e\n\nid: 4" }),
      `id: 3\nevent: run.canceled\ndata: {"seq":3,"type":"run.canceled",${start},"data":{"reason":"a\\nb\\rc\\r\\nd\u2028e\\n\\nid: 4"}}\n\n`,
    ],
    [
      "with half a surrogate pair and a NUL",
      event(4, "run.failed", { message: "\ud800\u0000é" }),
      `id: 4\nevent: run.failed\ndata: {"seq":4,"type":"run.failed",${start},"data":{"message":"\\ud800\\u0000é"}}\n\n`,
    ],
  ])("%s", (_what, given, expected) => {
    expect(frameText(given)).toBe(expected);
  });
});
