/**
 * Whatever is sent: a problem that says what is wrong, and nothing written. One table; each row is
 * asked of the whole Worker.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "../../src/model/problem.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";
import { ADDRESSES } from "./bad-input/addresses.ts";
import { BODIES } from "./bad-input/bodies.ts";
import { EXECUTIONS } from "./bad-input/executions.ts";
import type { Row } from "./bad-input/row.ts";
import { WORKFLOWS } from "./bad-input/workflows.ts";
import { createRuns, type Runs, runIdsIn } from "./runs.ts";

let service: Service;
let runs: Runs;

beforeAll(async () => {
  service = await startService();
  runs = await createRuns(service);
});

afterAll(() => service.close());

describe.each([
  ["bodies", BODIES],
  ["workflows and templates", WORKFLOWS],
  ["executions", EXECUTIONS],
  ["addresses and parameters", ADDRESSES],
])("%s", (_group, rows) => {
  test.each(rows.map((row) => [row.what, row] as const))("%s", async (_what, row) => {
    const before = await everything(row);
    const answer = await service.send({ ...row, path: runs.fill(row.path) });
    expectProblem(answer, row);
    expect(await everything(row)).toEqual(before);
  });
});

test("there are at least 80 rows and none is asked twice", () => {
  const all = [...BODIES, ...WORKFLOWS, ...EXECUTIONS, ...ADDRESSES].map((row) => row.what);
  expect(all.length).toBeGreaterThanOrEqual(80);
  expect(new Set(all).size).toBe(all.length);
});

/** All that is stored, and all that the API tells about the runs of the row. */
async function everything(row: Row): Promise<unknown> {
  const told = runIdsIn(row.path, runs).map(async (id) => {
    const paths = ["", "/history", "/context"].map((rest) => `/v1/executions/${id}${rest}`);
    return Promise.all(paths.map(async (path) => (await service.get(path)).text));
  });
  return { stored: await service.stored(), told: await Promise.all(told) };
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
  expect(problem.instance).toMatch(/^\/[\x21-\x7e]*$/);
  const errors = problem.errors ?? [];
  if (pointers) expect(errors.map((error) => error.pointer)).toEqual(pointers);
  if (at !== undefined) expect(`${errors[0]?.line}:${errors[0]?.column}`).toBe(at);
  for (const error of errors) expect(error.message).toMatch(/^\S.*\.$/s);
  const allowed = (answer.headers.get("allow") ?? "").split(", ");
  for (const method of allow ?? []) expect(allowed).toContain(method);
  if (status === 415) expect(answer.headers.get("accept")).toContain("application/json");
}
