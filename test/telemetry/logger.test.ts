import { describe, expect, test } from "vitest";
import { redactFields } from "#security/redact.ts";
import { createLogger, type LogLevel } from "#telemetry/logger.ts";
import { runEvent } from "../support/run-event.ts";

function logged(level: LogLevel = "DEBUG") {
  const lines: string[] = [];
  const logger = createLogger({
    level,
    redact: redactFields,
    write: (line) => lines.push(line),
    now: () => new Date("2026-01-01T00:00:00Z"),
  });
  return { logger, lines };
}

const EVENT = runEvent(
  "run.resumed",
  { wait_number: 2, by: "ann@example.com" },
  {
    seq: 5,
    at: "2026-01-01T00:00:00.000Z",
    run_id: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya",
    step_id: "approval",
  },
);

describe("a log line", () => {
  test("of an event is one JSON line with its ids, redacted", () => {
    const { logger, lines } = logged();
    logger.event(EVENT, "content_draft_flow");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: "INFO",
        time: "2026-01-01T00:00:00.000Z",
        message: "run.resumed",
        run_id: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya",
        workflow_id: "content_draft_flow",
        seq: 5,
        at: "2026-01-01T00:00:00.000Z",
        step_id: "approval",
        data: { wait_number: 2, by: "[REDACTED_EMAIL]" },
      },
    ]);
  });

  test("of a late result has its usage, and nothing of what it gave", () => {
    const { logger, lines } = logged();
    const output = { body: "private" };
    logger.event(runEvent("step.late", { outcome: "completed", output, under_way: [] }), "w");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "WARN",
      data: { outcome: "completed", under_way: [] },
    });
    expect(lines[0]).not.toContain("private");
  });

  test("below the level is not written", () => {
    const { logger, lines } = logged("WARN");
    logger.event(EVENT, "w");
    logger.event(runEvent("step.retrying"), "w");
    logger.event(runEvent("run.failed"), "w");
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
      "WARN",
      "ERROR",
    ]);
  });

  test("of a defect keeps the error, without its secrets", () => {
    const { logger, lines } = logged();
    logger.defect("it broke", new Error("api_key=abcdefghijklmnop1234"), { run_id: "r" });
    expect(lines[0]).toContain("it broke");
    expect(lines[0]).not.toContain("abcdefghijklmnop1234");
  });
});
