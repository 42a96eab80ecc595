import { describe, expect, test } from "vitest";
import { driveRun, type Exchange, type SideRequest } from "#dual-run/side.ts";
import { LIMITS } from "#model/limits.ts";
import { definition, form } from "../support/definitions.ts";

const ID = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const RUN = `/v1/executions/${ID}`;

interface Told {
  status: string;
  wait?: object;
}

/**
 * A deployment on which the run is, at each look, as the list says; the last one stays. Time passes
 * only in the pauses.
 */
function deployment(looks: Told[], answers: Record<string, { status: number; body: object }> = {}) {
  const asked: SideRequest[] = [];
  let time = 0;
  let turn = 0;
  const look = () => {
    const told = looks[Math.min(turn, looks.length - 1)];
    turn += 1;
    return { id: ID, current_step: null, ...told };
  };
  const bodies: Record<string, () => object> = {
    "GET /v1/workflows/flow": () => ({ version: 1, definition: definition([form("ask")]) }),
    "POST /v1/executions": look,
    [`GET ${RUN}`]: look,
    [`POST ${RUN}/resume`]: look,
    [`POST ${RUN}/cancel`]: look,
    [`GET ${RUN}/history`]: () => ({ run_id: ID, steps: [], events: [] }),
    [`GET ${RUN}/context`]: () => ({
      static: {},
      profile: {},
      runtime: { inputs: {}, steps: {} },
    }),
  };
  const exchange: Exchange = async (request) => {
    asked.push(request);
    const name = `${request.method} ${request.path}`;
    return answers[name] ?? { status: 200, body: bodies[name]?.() };
  };
  const clock = {
    now: () => time,
    deadline: LIMITS.dualRunTimeoutMs,
    pause: async (ms: number) => {
      time += ms;
    },
  };
  const drive = (inputs = {}) =>
    driveRun(exchange, { workflow_id: "flow", inputs, mock_ai: undefined }, clock);
  const names = () => asked.map(({ method, path }) => `${method} ${path.replace(RUN, "…")}`);
  return { asked, names, drive };
}

const running = (looks: number): Told[] => [
  ...Array.from({ length: looks }, () => ({ status: "running" })),
  { status: "completed" },
];
const FORM = { number: 1, step_id: "ask", type: "form", fields: [{ key: "topic" }] };

describe("a run that takes long", () => {
  const looksInTime = LIMITS.dualRunTimeoutMs / 100;

  test("is waited for until the time is over", async () => {
    const { drive, names } = deployment(running(looksInTime));
    expect(await drive()).toMatchObject({ kind: "told", run: { status: "completed" } });
    expect(names()).not.toContain("POST …/cancel");
  });

  test("is reported as it is then, and canceled", async () => {
    const { drive, names } = deployment(running(looksInTime + 1));
    expect(await drive()).toMatchObject({ kind: "told", run: { status: "running" } });
    expect(names().at(-1)).toBe("POST …/cancel");
  });
});

describe("a form", () => {
  test("is answered from the inputs that it asks for, the others go into the start", async () => {
    const { drive, asked } = deployment([
      { status: "waiting", wait: FORM },
      { status: "completed" },
    ]);
    await drive({ topic: "Launch", other: 1 });
    expect(asked[1]).toMatchObject({ path: "/v1/executions", body: { inputs: { other: 1 } } });
    expect(asked[2]).toMatchObject({
      path: `${RUN}/resume`,
      body: { inputs: { topic: "Launch" }, wait_number: 1 },
    });
  });

  test("that refuses the answer is left waiting, and the run canceled once it is reported", async () => {
    const problem = { code: "invalid_inputs", detail: "No." };
    const { drive, names } = deployment([{ status: "waiting", wait: FORM }], {
      [`POST ${RUN}/resume`]: { status: 422, body: problem },
    });
    expect(await drive()).toMatchObject({ kind: "told", run: { status: "waiting" } });
    expect(names().slice(2)).toEqual([
      "POST …/resume",
      "GET …/history",
      "GET …/context",
      "POST …/cancel",
    ]);
  });
});

describe("an approval", () => {
  const approval = (decisions: object[]) => ({
    status: "waiting",
    wait: {
      number: 2,
      step_id: "agree",
      type: "approval",
      decisions,
      resume_tokens: [
        { approver: "a@example.com", token: "A" },
        { approver: "b@example.com", token: "B" },
      ],
    },
  });

  test("is approved by one person after the other, each by a token and without a key", async () => {
    const { drive, asked } = deployment([
      approval([]),
      { status: "waiting" },
      approval([{ by: "a@example.com" }]),
      { status: "completed" },
    ]);
    await drive();
    const resumes = asked.filter(({ path }) => path.endsWith("/resume"));
    expect(resumes.map(({ body, isAnonymous }) => ({ ...body, isAnonymous }))).toEqual(
      ["A", "B"].map((resume_token) => ({
        approvals: [{ step_id: "agree", approved: true }],
        wait_number: 2,
        resume_token,
        isAnonymous: true,
      })),
    );
  });

  test("is approved by the key where there are no tokens", async () => {
    const { drive, asked } = deployment([
      { status: "waiting", wait: { number: 1, step_id: "agree", type: "approval" } },
      { status: "completed" },
    ]);
    await drive();
    expect(asked[2]).not.toHaveProperty("isAnonymous");
    expect(asked[2]?.body).toEqual({
      approvals: [{ step_id: "agree", approved: true }],
      wait_number: 1,
    });
  });
});

describe("a side that cannot be told of", () => {
  test.each([
    [
      "refuses the start",
      { status: 422, body: { code: "invalid_inputs", detail: "No." } },
      "refused",
    ],
    ["answers something else", { status: 200, body: { hello: "world" } }, "unavailable"],
    ["is another program", { status: 404, body: { error: "no such page" } }, "unavailable"],
  ])("%s", async (_what, answer, kind) => {
    const { drive } = deployment([], { "POST /v1/executions": answer });
    expect(await drive()).toMatchObject({ kind });
  });

  test("does not answer", async () => {
    const silent: Exchange = async () => null;
    const clock = { now: () => 0, deadline: 1, pause: async () => undefined };
    const request = { workflow_id: "flow", inputs: {}, mock_ai: undefined };
    expect(await driveRun(silent, request, clock)).toEqual({
      kind: "unavailable",
      reason: "It does not respond.",
    });
  });
});
