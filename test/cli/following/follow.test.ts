import { describe, expect, test } from "vitest";
import { type Answer, type ApiClient, bodyOf } from "#cli/following/api-client.ts";
import { createFollower } from "#cli/following/follow.ts";
import { problemText } from "#cli/following/problem-text.ts";
import type { Run } from "#model/run.ts";

const RUN = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const AT = "2026-11-22T09:00:00.000Z";
const ADDRESS = {
  url: "http://127.0.0.1:1",
  key: "wo_key",
  keyFrom: "WORKFLOW_API_KEY",
  options: [],
};
const UNREACHABLE: Answer = { kind: "unreachable", reason: "ECONNREFUSED" };

function ok(body: unknown): Answer {
  return { kind: "ok", status: 200, headers: new Headers(), body };
}

function problem(code: string, status: number): Answer {
  const words = { type: `/problems/${code}`, title: "T", detail: "D.", instance: "/" };
  return { kind: "problem", problem: { ...words, code, status, request_id: "r" } };
}

/** A look at the run: its status, and the events that it has by then. */
function look(status: Run["status"], events: number): Answer[] {
  const run = {
    id: RUN,
    workflow_id: "flow",
    workflow_version: 1,
    status,
    current_step: null,
    started_at: AT,
    updated_at: AT,
  };
  const log = Array.from({ length: events }, (_, index) => ({
    seq: index + 1,
    type: "run.started",
    at: AT,
    run_id: RUN,
    data: {},
  }));
  return [ok(run), ok({ run_id: RUN, steps: [], events: log })];
}

/** Answers in order, regardless of what is asked; what was shown and how long was paused in between. */
function follow(...answers: Answer[]) {
  const seen: (number | string)[] = [];
  const client: ApiClient = {
    address: ADDRESS,
    send: () => Promise.resolve(answers.shift() ?? problem("asked_too_often", 500)),
  };
  const follower = createFollower(client, RUN, {
    onEvent: ({ seq }) => seen.push(seq),
    pause: (ms) => {
      seen.push(`${Math.round(ms)} ms`);
      return Promise.resolve();
    },
  });
  return { follower, seen, left: answers };
}

function paused(...pauses: number[]): string[] {
  return pauses.map((ms) => `${ms} ms`);
}

describe("a run is followed until it settles", () => {
  test.each(["waiting", "completed", "failed", "canceled"] as const)("%s", async (status) => {
    const { follower, seen, left } = follow(...look(status, 3));
    expect((await follower.untilSettled()).status).toBe(status);
    expect(seen).toEqual([1, 2, 3]);
    expect(left).toEqual([]);
  });

  test("ever more seldom while nothing happens, and soon again when something does", async () => {
    const looks = Array.from({ length: 9 }, () => look("running", 2)).flat();
    const { follower, seen } = follow(
      ...look("queued", 1),
      ...looks,
      ...look("running", 3),
      ...look("completed", 4),
    );
    await follower.untilSettled();
    expect(seen).toEqual([
      1,
      ...paused(100),
      2,
      ...paused(100, 150, 225, 338, 506, 759, 1139, 1709, 2000),
      3,
      ...paused(100),
      4,
    ]);
  });

  test("further after it was resumed, and no event is shown twice", async () => {
    const { follower, seen } = follow(...look("waiting", 2), ...look("completed", 4));
    await follower.untilSettled();
    await follower.untilSettled();
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

describe("a service that does not answer for a moment", () => {
  test.each([
    ["is not there", UNREACHABLE],
    ["is overloaded", problem("overloaded", 503)],
    ["is behind a proxy that says so", { kind: "foreign", status: 502 } as const],
  ])("and %s is asked again", async (_what, answer) => {
    const { follower, seen } = follow(answer, answer, ...look("completed", 1));
    expect((await follower.untilSettled()).status).toBe("completed");
    expect(seen).toEqual(["150 ms", "225 ms", 1]);
  });

  test("is given up after ten times", async () => {
    const { follower, left } = follow(...Array.from({ length: 11 }, () => UNREACHABLE));
    await expect(follower.untilSettled()).rejects.toThrow("No service responds at");
    expect(left).toHaveLength(1);
  });

  test("is distinguished from one that speaks another language", async () => {
    const { follower } = follow(ok({ hello: "world" }));
    await expect(follower.untilSettled()).rejects.toThrow(
      "The response of the service at http://127.0.0.1:1 has an unknown form. Do the service and this program have the same version?",
    );
  });

  test("is not asked again when it refuses", async () => {
    const { follower, seen } = follow(problem("run_not_found", 404));
    await expect(follower.untilSettled()).rejects.toThrow("run_not_found: D.");
    expect(seen).toEqual([]);
  });
});

describe("an answer that is none ends the command", () => {
  test.each([
    [
      UNREACHABLE,
      "No service responds at http://127.0.0.1:1 (ECONNREFUSED). Start one with npm start, or choose another with --url.",
    ],
    [
      { kind: "foreign", status: 200 } as const,
      "The server at http://127.0.0.1:1 is not this service (status 200). Choose another with --url.",
    ],
    [
      problem("unauthorized", 401),
      "unauthorized: D.\nThe request went to http://127.0.0.1:1, with the key from WORKFLOW_API_KEY. Choose another service with --url, or another key with --api-key.",
    ],
    [problem("insufficient_scope", 403), "insufficient_scope: D."],
  ])("%#", (answer, message) => {
    expect(() => bodyOf(answer, ADDRESS)).toThrow(
      expect.objectContaining({ name: "CommandError", exitCode: 1, message }),
    );
  });
});

describe("a problem is reported with its errors", () => {
  const told = (detail: string, ...errors: Parameters<typeof problemText>[0]["errors"] & object) =>
    problemText({
      type: "/problems/invalid-inputs",
      title: "T",
      status: 422,
      instance: "/",
      request_id: "r",
      code: "invalid_inputs",
      detail,
      errors,
    });

  test.each([
    ["without any", told("No."), "invalid_inputs: No."],
    [
      "one that says the same",
      told("No.", { code: "c", message: "No.", pointer: "/inputs/a" }),
      "invalid_inputs: No.",
    ],
    [
      "some, with what was probably meant",
      told(
        "2 fields are not valid.",
        { code: "required", message: "Topic is required.", pointer: "/inputs/topic" },
        { code: "unknown_key", message: 'No "tpic".', pointer: "", suggestion: "topic" },
      ),
      'invalid_inputs: 2 fields are not valid.\n  /inputs/topic: Topic is required.\n  No "tpic". (did you mean "topic"?)',
    ],
  ])("%s", (_what, text, expected) => {
    expect(text).toBe(expected);
  });
});
