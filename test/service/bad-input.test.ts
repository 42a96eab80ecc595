/**
 * Any invalid request: a problem that says what is wrong, and nothing written. One table; each row
 * is asked of the whole Worker.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService, type Stored } from "../support/service.ts";
import { ADDRESSES } from "./bad-input/addresses.ts";
import { BODIES } from "./bad-input/bodies.ts";
import { EXECUTIONS } from "./bad-input/executions.ts";
import { DUAL_RUNS } from "./bad-input/dual-runs.ts";
import { INFERENCES } from "./bad-input/inferences.ts";
import type { Row } from "./bad-input/row.ts";
import { SECRETS } from "./bad-input/secrets.ts";
import { WORKFLOWS } from "./bad-input/workflows.ts";
import { createRuns, type Runs, runIdsIn } from "./runs.ts";

let service: Service;
let runs: Runs;
/** Before anything was asked: what D1 and the run objects hold, and what the API tells of each run. */
let stored: Stored;
let runObjects: string[];
const told = new Map<string, string>();

beforeAll(async () => {
  service = await startService();
  runs = await createRuns(service);
  stored = await service.stored();
  runObjects = await service.runObjects();
  for (const id of Object.values(runs.ids)) told.set(id, await tell(id));
});

afterAll(() => service.close());

describe.each([
  ["bodies", BODIES],
  ["workflows and templates", WORKFLOWS],
  ["secrets", SECRETS],
  ["executions", EXECUTIONS],
  ["inferences", INFERENCES],
  ["dual runs", DUAL_RUNS],
  ["addresses and parameters", ADDRESSES],
])("%s", (_group, rows) => {
  test.each(rows.map((row) => [row.what, row] as const))("%s", async (_what, row) => {
    expectProblem(await service.send({ ...row, path: runs.fill(row.path) }), row);
    expect(await service.stored()).toEqual(stored);
    for (const id of runIdsIn(row.path, runs)) expect(await tell(id)).toBe(told.get(id));
  });
});

test("no run was started, and none has changed", async () => {
  expect(await service.runObjects()).toEqual(runObjects);
  for (const [id, text] of told) expect(await tell(id)).toBe(text);
});

test("the service wrote no defect into its log", () => {
  expect(service.logs().filter((line) => line.includes('"error":{'))).toEqual([]);
});

test("there are at least 80 rows and none is asked twice", () => {
  const all = [
    ...BODIES,
    ...WORKFLOWS,
    ...SECRETS,
    ...EXECUTIONS,
    ...INFERENCES,
    ...DUAL_RUNS,
    ...ADDRESSES,
  ].map((row) => row.what);
  expect(all.length).toBeGreaterThanOrEqual(80);
  expect(new Set(all).size).toBe(all.length);
});

test("what a problem quotes of a request passes the redactor", async () => {
  const unknown = await service.get("/v1/templates/ann@example.com");
  expect(problemSchema.parse(unknown.json()).detail).toBe(
    'There is no template "[REDACTED_EMAIL]".',
  );
});

describe("who sent a body reads the words of it in what is wrong with it", () => {
  const errorsOf = (answer: Answer) => problemSchema.parse(answer.json());

  test("an unknown key", async () => {
    const start = { workflow_id: "content_draft_flow", "call 415-555-2671": 1 };
    const { errors, detail } = errorsOf(await service.post("/v1/executions", start));
    expect(errors?.map(({ message }) => message)).toEqual(['Unknown key "call 415-555-2671".']);
    expect(detail).toContain("415-555-2671");
  });

  test("an approver listed twice, and a step named by an address", async () => {
    const approve = {
      id: "approve",
      type: "approval",
      name: "Approve",
      next: "ben@example.com",
      config: { approvers: ["kim@example.com", "Kim@example.com"] },
    };
    const body = { name: "Twice", start_step: "approve", steps: [approve] };
    for (const [method, path] of [
      ["POST", "/v1/workflows"],
      ["PUT", "/v1/workflows/content_draft_flow"],
    ] as const) {
      const answer = await service.send({
        method,
        path,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const { errors, detail } = errorsOf(answer);
      expect(errors?.map(({ message }) => message)).toEqual([
        '"next" names the step "ben@example.com", which does not exist.',
        '"kim@example.com" is in the list twice.',
      ]);
      expect(detail).toContain("ben@example.com");
    }
  });

  test("a template that cannot be parsed", async () => {
    const body = { prompt: "{{ann@example.com}}" };
    const { errors, detail } = errorsOf(await service.put("/v1/templates/told", body));
    expect(errors?.[0]?.message).toContain("ann@example.com");
    expect(detail).toContain("ann@example.com");
  });

  test("but no credential", async () => {
    const start = { workflow_id: "content_draft_flow", [`sk-${"a1".repeat(12)}`]: 1 };
    const { errors, detail } = errorsOf(await service.post("/v1/executions", start));
    expect(errors?.map(({ message }) => message)).toEqual(['Unknown key "[REDACTED]".']);
    expect(detail).not.toContain("a1a1");
  });
});

test("instance is a URI reference, also where the path is not", async () => {
  const answer = await service.get("/v1/executions/run_%C3%A9%20%00");
  const { instance } = problemSchema.parse(answer.json());
  expect(instance).toMatch(/^\/v1\/executions\/run_[A-Za-z0-9%._~-]+$/);
});

async function tell(id: string): Promise<string> {
  const paths = ["", "/history", "/context"].map((rest) => `/v1/executions/${id}${rest}`);
  const answers = await Promise.all(paths.map((path) => service.get(path)));
  return answers.map((answer) => answer.text).join("\n");
}

function expectProblem(answer: Answer, row: Row): void {
  const { status, code, pointers, at, allow } = row;
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = problemSchema.parse(answer.json());
  expect(problem).toMatchObject({ status, code, type: `/problems/${code.replaceAll("_", "-")}` });
  expect(problem.request_id).toBe(answer.headers.get("x-request-id"));
  expect(problem.request_id).not.toBe("");
  expect(problem.title).not.toBe("");
  expect(problem.detail).not.toBe("");
  expect(problem.instance.startsWith("/")).toBe(true);
  const errors = problem.errors ?? [];
  if (pointers) expect(errors.map((error) => error.pointer)).toEqual(pointers);
  if (at !== undefined) expect(`${errors[0]?.line}:${errors[0]?.column}`).toBe(at);
  for (const error of errors) expect(error.message).toMatch(/^\S.*[.?]$/s);
  const allowed = (answer.headers.get("allow") ?? "").split(", ");
  for (const method of allow ?? []) expect(allowed).toContain(method);
  if (status === 415) expect(answer.headers.get("accept")).toContain("application/json");
}
