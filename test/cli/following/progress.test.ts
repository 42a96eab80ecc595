import { describe, expect, test } from "vitest";
import { durationText } from "#cli/following/duration.ts";
import { createProgress } from "#cli/following/progress.ts";
import { type Paint, withoutColours } from "#cli/terminal/terminal.ts";
import type { EventType, ShownEvent } from "#model/event.ts";
import { runEvent } from "../../support/run-event.ts";

const RUN = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const DECIDED = "2026-11-22T09:01:10.000Z";
type Place = Partial<Pick<ShownEvent, "step_id" | "attempt">>;

/** An event so many milliseconds after the start. */
function event<T extends EventType>(
  type: T,
  ms: number,
  { data = {}, ...place }: Place & { data?: Partial<ShownEvent<T>["data"]> } = {},
): ShownEvent {
  const at = new Date(Date.parse("2026-11-22T09:00:00.000Z") + ms).toISOString();
  return runEvent(type, data, { at, run_id: RUN, ...place });
}

function told(events: ShownEvent[], paint: Paint = withoutColours): string[] {
  return events.map(createProgress(paint));
}

const CREATED = event("run.created", 0, {
  data: { workflow_id: "content_draft_flow", workflow_version: 2, mock: true },
});

describe("each event is a line", () => {
  test("from the start to a person and on to the end", () => {
    const step = (step_id: string, data = {}) => ({ step_id, attempt: 1, data });
    expect(
      told([
        CREATED,
        event("run.started", 0),
        event("step.started", 4, step("form", { type: "form" })),
        event("run.waiting", 9, { step_id: "form", data: { wait_number: 1, type: "form" } }),
        event("run.resumed", 65_000, { step_id: "form", data: { wait_number: 1, by: "key:dev" } }),
        event("step.completed", 65_000, step("form", { next: "approval" })),
        event("step.started", 65_000, step("approval")),
        event("run.waiting", 65_010, {
          step_id: "approval",
          data: { wait_number: 2, type: "approval", expires_at: "2026-11-23T09:00:00.000Z" },
        }),
        event("run.resumed", 70_000, {
          step_id: "approval",
          data: {
            by: "key:dev",
            decision: { by: "ann@example.com", approved: true, comment: "Good.", at: DECIDED },
          },
        }),
        event("step.completed", 70_000, step("approval", { next: null })),
        event("run.completed", 70_000),
      ]),
    ).toEqual([
      `   +0.0s • ${RUN}: content_draft_flow version 2, on the mock provider`,
      "   +0.0s • run started",
      "   +0.0s ▶ form started",
      "   +0.0s ⏸ form is waiting for answers",
      "  +65.0s ▶ form answered by key:dev",
      "  +65.0s ✓ form completed in 1 min 5 s",
      "  +65.0s ▶ approval started",
      "  +65.0s ⏸ approval is waiting for a decision until 2026-11-23T09:00:00.000Z",
      '  +70.0s ▶ approval approved by ann@example.com: "Good."',
      "  +70.0s ✓ approval completed in 5.0 s",
      "  +70.0s ✓ run completed in 1 min 10 s",
    ]);
  });

  test("of a model that fails, does not fit, and fits", () => {
    const nth = (attempt: number, data = {}) => ({ step_id: "generate", attempt, data });
    const asked = { provider: "openai", template_id: "content_v1", template_version: 3 };
    const answered = { provider: "openai", tokens_prompt: 90, tokens_output: 20, latency_ms: 120 };
    expect(
      told([
        event("run.created", 0, { data: { workflow_id: "flow", workflow_version: 1 } }),
        event("step.started", 0, nth(1)),
        event("ai.request", 0, nth(1, { ...asked, model: "small" })),
        event("ai.response", 30, nth(1, { ...answered, tokens_output: 0, schema_valid: false })),
        event("step.retrying", 30, nth(1, { code: "timeout", message: "Late.", delay_ms: 500 })),
        event("step.started", 530, nth(2)),
        event("ai.request", 530, nth(2, asked)),
        event("ai.response", 650, nth(2, { ...answered, schema_valid: false })),
        event(
          "step.retrying",
          650,
          nth(2, { code: "ai_schema_violation", message: "No draft.", delay_ms: 0 }),
        ),
        event("step.started", 650, nth(3)),
        event("ai.response", 770, nth(3, { ...answered, schema_valid: true })),
        event("step.completed", 770, nth(3)),
      ]).slice(1),
    ).toEqual([
      "   +0.0s ▶ generate started",
      "   +0.0s · generate asks openai small, template content_v1 version 3",
      "   +0.0s · openai did not respond within 120 ms",
      "   +0.0s ↻ generate retrying in 500 ms, after attempt 1: timeout: Late.",
      "   +0.5s ▶ generate started, attempt 2",
      "   +0.5s · generate asks openai, template content_v1 version 3",
      "   +0.7s · openai answered in 120 ms, 90 + 20 tokens; it does not fit the schema",
      "   +0.7s ↻ generate retrying at once, after attempt 2: ai_schema_violation: No draft.",
      "   +0.7s ▶ generate started, attempt 3",
      "   +0.8s · openai answered in 120 ms, 90 + 20 tokens",
      "   +0.8s ✓ generate completed in 120 ms, attempt 3",
    ]);
  });

  test.each([
    [
      "a step that fails and is caught",
      event("step.failed", 30, {
        step_id: "call",
        attempt: 2,
        data: { code: "http_error", message: "Status 404.", next: "mail" },
      }),
      "✗ call failed, attempt 2: http_error: Status 404. (continues at mail)",
    ],
    [
      "a step that fails for good",
      event("step.failed", 30, {
        step_id: "call",
        attempt: 1,
        data: { code: "http_error", message: "Status 404.", next: null },
      }),
      "✗ call failed: http_error: Status 404.",
    ],
    [
      "a late result",
      event("step.late", 30, { step_id: "call", attempt: 1, data: { outcome: "completed" } }),
      "· call responded too late, which changes nothing",
    ],
    [
      "a call that was stopped",
      event("step.late", 30, { step_id: "call", attempt: 1, data: { outcome: "canceled" } }),
      "· call was stopped before a response arrived",
    ],
    [
      "a call that was stopped and may have been carried out",
      event("step.late", 30, { step_id: "call", attempt: 2, data: { outcome: "outcome_unknown" } }),
      "· call was stopped; whether the server processed the call is unknown, attempt 2",
    ],
    ["a run that failed", event("run.failed", 30, { data: {} }), "✗ run failed after 30 ms"],
    [
      "a run that was canceled",
      event("run.canceled", 30, { data: { by: "key:ops", reason: "Not needed" } }),
      "✗ run canceled by key:ops: Not needed",
    ],
    [
      "a run that was canceled without a reason",
      event("run.canceled", 30, { data: { by: "key:ops" } }),
      "✗ run canceled by key:ops",
    ],
    [
      "a rejection",
      event("run.resumed", 30, {
        step_id: "ok",
        data: { by: "key:a", decision: { by: "key:a", approved: false, at: DECIDED } },
      }),
      "▶ ok rejected by key:a",
    ],
    [
      "a text that would act on the terminal",
      event("run.canceled", 30, { data: { by: "key:ops", reason: "\u001b[2J" } }),
      "✗ run canceled by key:ops: ␛[2J",
    ],
  ])("of %s", (_what, one, expected) => {
    expect(told([CREATED, one])[1]).toBe(`   +0.0s ${expected}`);
  });

  test("with a colour for its mark", () => {
    const paint: Paint = (colour, text) => `<${colour}>${text}</>`;
    expect(told([CREATED, event("run.completed", 2_500)], paint)[1]).toBe(
      "<dim>   +2.5s</> <green>✓</> run completed in 2.5 s",
    );
  });
});

test.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [999, "999 ms"],
  [999.6, "1000 ms"],
  [1_000, "1.0 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [125_000, "2 min 5 s"],
  [3_599_499, "59 min 59 s"],
  [3_599_500, "1 h 0 min"],
  [90_060_000, "25 h 1 min"],
])("%d ms is shown as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
