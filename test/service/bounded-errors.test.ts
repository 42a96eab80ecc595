/** However much is wrong with a request, its answer names the first mistakes and counts the rest. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "#model/limits.ts";
import { problemSchema } from "#model/problem.ts";
import { type Service, sharedService } from "../support/service.ts";
import { JSON_TYPE, YAML_TYPE } from "./bad-input/row.ts";
import { createRuns, type Runs } from "./runs.ts";

let service: Service;
let runs: Runs;

beforeAll(async () => {
  service = await sharedService();
  runs = await createRuns(service);
});

afterAll(() => service.close());

const KIB = 1024;
const MANY = 20_000;

const unknownKeys = JSON.stringify(
  Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`k${index}`, 0])),
);
const inexact = `{"n": [${Array.from({ length: MANY }, () => "1e16").join(",")}]}`;
const twice = `{${Array.from({ length: MANY }, (_, index) => `"k${index % (MANY / 2)}":0`).join(",")}}`;
const longKeys = JSON.stringify(
  Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`${index}${"k".repeat(25_000)}`, 0])),
);
const long = (length: number) => JSON.stringify({ ["k".repeat(length)]: 0 });

type Door = [method: "POST" | "PUT", path: string];

const DOORS: Door[] = [
  ["POST", "/v1/executions"],
  ["POST", "/v1/executions/{waiting}/resume"],
  ["POST", "/v1/executions/{waiting}/cancel"],
  ["POST", "/v1/workflows"],
  ["PUT", "/v1/workflows/content_draft_flow"],
  ["PUT", "/v1/templates/content_v1"],
  ["PUT", "/v1/secrets/SAMPLE"],
  ["POST", "/v1/keys"],
  ["POST", "/v1/ai/infer"],
  ["POST", "/v1/dev/dual-run"],
];

async function refused([method, path]: Door, body: string, headers: object = JSON_TYPE) {
  const sent = { method, path: runs.fill(path), headers: { ...headers }, body };
  const answer = await service.send(sent);
  const problem = problemSchema.parse(answer.json());
  expect(problem.status).toBeGreaterThanOrEqual(400);
  expect(problem.detail.length).toBeLessThanOrEqual(LIMITS.problemDetailLength);
  return { problem, errors: problem.errors ?? [], bytes: Buffer.byteLength(answer.text) };
}

describe.each(DOORS)("%s %s", (...door) => {
  test.each([
    ["unknown keys", unknownKeys],
    ["numbers that are not exact", inexact],
    ["keys that stand twice", twice],
  ])("answers to many %s", async (_what, body) => {
    const { errors, bytes } = await refused(door, body);
    expect(errors).toHaveLength(LIMITS.diagnostics);
    expect(errors.at(-1)?.code).toBe("more_diagnostics");
    expect(bytes).toBeLessThan(64 * KIB);
  });

  test("answers to keys that are long themselves", async () => {
    const { errors, bytes } = await refused(door, longKeys);
    expect(errors.at(-1)?.code).toBe("more_diagnostics");
    expect(bytes).toBeLessThan(320 * KIB);
  });
});

describe("the number of errors", () => {
  const door: Door = ["POST", "/v1/executions"];
  const keys = (count: number) => {
    const all = Array.from({ length: count }, (_, index) => [`k${index}`, 0] as const);
    return JSON.stringify({ workflow_id: "content_draft_flow", ...Object.fromEntries(all) });
  };

  test("is reported whole up to 200", async () => {
    const { errors } = await refused(door, keys(200));
    expect(errors).toHaveLength(200);
    expect(errors.at(-1)?.pointer).toBe("/k199");
  });

  test("is cut and counted beyond", async () => {
    const { errors, problem } = await refused(door, keys(201));
    expect(errors).toHaveLength(200);
    expect(errors.at(-1)).toEqual({
      code: "more_diagnostics",
      message: "2 more errors are not listed; fix these first.",
      pointer: "",
    });
    expect(problem.detail).toMatch(/ 198 more in errors\.$/);
  });

  test("is counted where a single one is too long to be listed", async () => {
    const { errors } = await refused(door, long(LIMITS.problemErrorsLength + 1));
    expect(errors.map(({ code }) => code)).toContain("more_diagnostics");
  });
});

test("many unknown inputs, answers and parameters are bounded too", async () => {
  const start = `{"workflow_id": "declared", "inputs": ${unknownKeys}}`;
  const unknown = await refused(["POST", "/v1/executions"], start);
  expect(unknown.errors.length).toBeLessThanOrEqual(LIMITS.diagnostics);
  const answers = await refused(
    ["POST", "/v1/executions/{waiting}/resume"],
    `{"inputs": ${unknownKeys}}`,
  );
  expect(answers.errors.length).toBeLessThanOrEqual(LIMITS.diagnostics);
  const names = Array.from({ length: 1_000 }, (_, index) => `p${index}=`).join("&");
  const asked = await service.get(`/v1/workflows?${names}`);
  expect(problemSchema.parse(asked.json()).errors).toHaveLength(LIMITS.diagnostics);
  for (const { bytes } of [unknown, answers]) expect(bytes).toBeLessThan(64 * KIB);
});

test("a schema, a list and a YAML full of mistakes are bounded too", async () => {
  const types = Array.from({ length: 1_000 }, () => '{"type": "x"}').join(",");
  const schema = `{"template_id": "email_v1", "json_schema": {"anyOf": [${types}]}}`;
  const inferred = await refused(["POST", "/v1/ai/infer"], schema);
  expect(inferred.errors).toHaveLength(LIMITS.diagnostics);
  const items = `{"approvals": [${Array.from({ length: MANY }, () => "0").join(",")}]}`;
  const resumed = await refused(["POST", "/v1/executions/{waiting}/resume"], items);
  expect(resumed.errors.length).toBeLessThanOrEqual(LIMITS.diagnostics);
  const text = Array.from({ length: 5_000 }, (_, index) => `k${index}: 1e16`).join("\n");
  const yaml = await refused(["POST", "/v1/workflows"], text, YAML_TYPE);
  expect(yaml.errors).toHaveLength(LIMITS.diagnostics);
  for (const { bytes } of [inferred, resumed, yaml]) expect(bytes).toBeLessThan(96 * KIB);
});
