/** Who may do what: every operation with every kind of credentials. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scope, SCOPES } from "#model/access.ts";
import { problemSchema } from "#model/problem.ts";
import type { Answer, Client, Request } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";
import { readDescription } from "./api-description.ts";
import { nameOf, OPERATIONS, WORKFLOW_ID } from "./operations.ts";

const HOUR_MS = 3_600_000;
const EVERYTHING = SCOPES.filter((scope) => scope !== "admin");

let service: Service;
const withScope = new Map<Scope, Client>();

beforeAll(async () => {
  service = await sharedService();
  for (const scope of SCOPES) {
    withScope.set(scope, await service.clientWithKey({ scopes: [scope] }));
  }
});

afterAll(() => service.close());

test("every operation of the API description is tried, and no other", async () => {
  const { operations } = await readDescription(service);
  const described = operations
    .filter((operation) => operation.isSecured)
    .map(({ id, method, path }) => `${id}: ${method} ${path}`);
  const tried = OPERATIONS.map(({ id, method, path }) => `${id}: ${method} ${path}`);
  expect([...new Set(tried)].toSorted()).toEqual(described.toSorted());
});

test("everything under /v1 takes a key", async () => {
  const { operations } = await readDescription(service);
  const open = operations.filter((operation) => !operation.isSecured);
  expect(open.filter(({ path }) => path.startsWith("/v1"))).toEqual([]);
});

const named = OPERATIONS.map((operation) => [nameOf(operation), operation] as const);

describe.each(named)("%s", (_name, operation) => {
  let request: Request;

  beforeAll(async () => {
    request = await operation.prepare(service);
  });

  test("describes the scopes that it takes, and no others", () => {
    const samples = OPERATIONS.filter(({ id }) => id === operation.id);
    const taken = new Set(samples.flatMap(({ scopes }) => scopes));
    expect(new Set(operation.declared)).toEqual(taken);
  });

  test("answers 401 without a key", async () => {
    expectUnauthorized(await service.send({ ...request, key: null }));
  });

  test.each([
    ["nothing", ""],
    ["a Bearer without a key", "Bearer"],
    ["a Bearer with two words", `Bearer ${"a".repeat(10)} b`],
    ["Basic credentials", "Basic dXNlcjpwYXNz"],
    ["a word", "wo_servicetst"],
    ["a key of the wrong form", "Bearer wo_1_2"],
    ["a key that does not exist", `Bearer wo_nobodyhast_${"b".repeat(32)}`],
    ["a key that is not ASCII", "Bearer schl\u00fcssel"],
    ["SQL", "Bearer wo_'_OR_1=1"],
  ])("answers 401 to %s", async (_what, authorization) => {
    const headers = { ...request.headers, authorization };
    expectUnauthorized(await service.send({ ...request, headers, key: null }));
  });

  test("answers 401 to the right prefix with another secret", async () => {
    const key = await service.createKey({ scopes: ["admin"] });
    expectUnauthorized(
      await service.send({ ...request, key: `${key.slice(0, -32)}${"c".repeat(32)}` }),
    );
  });

  test("answers 401 to a key that was revoked", async () => {
    const key = await service.createKey({ scopes: ["admin"], revokedAt: new Date() });
    expectUnauthorized(await service.send({ ...request, key }));
  });

  test("answers 401 to a key that has expired", async () => {
    const expiresAt = new Date(Date.now() - 1_000);
    const key = await service.createKey({ scopes: ["admin"], expiresAt });
    expectUnauthorized(await service.send({ ...request, key }));
  });

  test("answers 403 to a key without any scope", async () => {
    const key = await service.createKey({ scopes: [] });
    expectForbidden(await service.send({ ...request, key }), operation.scopes);
  });

  test.each(SCOPES)("with the scope %s alone", async (scope) => {
    const client = withScope.get(scope) ?? service;
    if (scope === "admin" || operation.scopes.includes(scope)) {
      expectSuccess(await client.send(await operation.prepare(service)), operation.success);
    } else {
      expectForbidden(await client.send(request), operation.scopes);
    }
  });

  test("succeeds with a key that has not expired yet", async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const client = await service.clientWithKey({ scopes: operation.scopes, expiresAt });
    expectSuccess(await client.send(await operation.prepare(service)), operation.success);
  });

  test("with a key that is limited to another workflow", async () => {
    const limited = { scopes: EVERYTHING, workflowScope: "another_workflow" };
    const client = await service.clientWithKey(limited);
    const answer = await client.send(request);
    expect({ status: answer.status, body: answer.text }).toMatchObject({
      status: operation.elsewhere,
    });
  });
});

describe("a key limited to one workflow", () => {
  test("replays nothing of others that a wider key of its principal has done", async () => {
    const principal = "key_shared";
    const wide = await service.clientWithKey({ scopes: EVERYTHING, principal });
    const limited = await service.clientWithKey({
      scopes: EVERYTHING,
      principal,
      workflowScope: "another_workflow",
    });
    const headers = { "idempotency-key": "shared" };
    const start = { workflow_id: WORKFLOW_ID };
    const text =
      "id: shared\nname: Shared\nstart_step: a\nsteps: [{ id: a, type: conditional, name: A, config: { when: 'true' } }]\n";
    const type = { "content-type": "application/yaml", "idempotency-key": "written" };
    const write = { method: "POST", path: "/v1/workflows", headers: type, body: text };

    expect((await wide.post("/v1/executions", start, headers)).status).toBe(202);
    expect((await wide.send(write)).status).toBe(201);
    expect((await limited.post("/v1/executions", start, headers)).status).toBe(404);
    expect((await limited.send(write)).json()).toMatchObject({ code: "idempotency_key_reused" });
    expect((await wide.post("/v1/executions", start, headers)).status).toBe(202);
    expect((await wide.send(write)).status).toBe(201);
  });

  let client: Client;

  beforeAll(async () => {
    client = await service.clientWithKey({ scopes: EVERYTHING, workflowScope: WORKFLOW_ID });
  });

  test("reads, starts, resumes and cancels there", async () => {
    expect((await client.get(`/v1/workflows/${WORKFLOW_ID}`)).status).toBe(200);
    for (const operation of OPERATIONS.filter(({ path }) => path.startsWith("/v1/executions"))) {
      expectSuccess(await client.send(await operation.prepare(service)), operation.success);
    }
  });

  test("sees no other workflow in the list", async () => {
    await service.yaml("POST", "/v1/workflows", YAML_OF_ANOTHER);
    const { items } = (await client.get("/v1/workflows")).json() as { items: { id: string }[] };
    expect(items.map((item) => item.id)).toEqual([WORKFLOW_ID]);
  });

  test("learns nothing that distinguishes another workflow from one that does not exist", async () => {
    await service.yaml("POST", "/v1/workflows", YAML_OF_ANOTHER);
    const there = problemSchema.parse((await client.get("/v1/workflows/another_one")).json());
    const notThere = problemSchema.parse((await client.get("/v1/workflows/nowhere_one")).json());
    const generic = { request_id: "", instance: "", detail: "" };
    expect({ ...there, ...generic }).toEqual({ ...notThere, ...generic });
    expect(there.detail.replace("another_one", "nowhere_one")).toBe(notThere.detail);
  });
});

const YAML_OF_ANOTHER = `id: another_one
name: Another one
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;

test.each(["/healthz", "/openapi.json", "/openapi.yaml", "/schema/workflow-0.2.json", "/docs/"])(
  "%s takes no key",
  async (path) => {
    expect((await service.send({ method: "GET", path, key: null })).status).toBe(200);
  },
);

test("a path under /v1 that does not exist is not told to strangers", async () => {
  expectUnauthorized(await service.send({ method: "GET", path: "/v1/nothing", key: null }));
});

function expectSuccess(answer: Answer, status: number): void {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
}

function expectUnauthorized(answer: Answer): void {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 401 });
  expect(problemSchema.parse(answer.json())).toMatchObject({ status: 401, code: "unauthorized" });
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
}

function expectForbidden(answer: Answer, scopes: readonly Scope[]): void {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 403 });
  const problem = problemSchema.parse(answer.json());
  expect(problem.code).toBe("insufficient_scope");
  expect(problem.detail).toContain(scopes[0]);
  expect(answer.headers.get("www-authenticate")).toContain(`scope="${scopes[0]}"`);
}
