/**
 * Who may do what: every operation with every kind of credentials, and every other method at its
 * address. The line at the end counts them: S2 of the scoreboard.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scope, SCOPES } from "#model/access.ts";
import { problemSchema } from "#model/problem.ts";
import type { Answer, Client, Request } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";
import {
  createIssuerKey,
  signWithKey,
  signWithSecret,
  unsigned,
  withPayload,
} from "../support/tokens.ts";
import { readDescription } from "./api-description.ts";
import { nameOf, OPERATIONS, WORKFLOW_ID } from "./operations.ts";

const HOUR_MS = 3_600_000;
const EVERYTHING = SCOPES.filter((scope) => scope !== "admin");

const TRUST = {
  JWT_SECRET: "the secret of the tokens of these tests",
  JWT_ISSUER: "https://id.example.com",
  JWT_AUDIENCE: "workflows",
};
const UNKNOWN_KEY = createIssuerKey("RS256", "unknown");
const nowS = () => Math.floor(Date.now() / 1000);
const claims = (more: object = {}) => ({
  sub: "ann",
  iss: TRUST.JWT_ISSUER,
  aud: TRUST.JWT_AUDIENCE,
  exp: nowS() + 300,
  scope: "admin",
  ...more,
});
const sign = (more: object = {}, header: Record<string, unknown> = {}, secret = TRUST.JWT_SECRET) =>
  signWithSecret(secret, claims(more), header);

/** Tokens that grant everything, but for one fault each. */
const BAD_TOKENS: readonly (readonly [string, () => string])[] = [
  ["expired", () => sign({ exp: nowS() - 60 })],
  ["not valid yet", () => sign({ nbf: nowS() + 600 })],
  ["without an expiry", () => sign({ exp: undefined })],
  ["with an expiry that is a text", () => sign({ exp: String(nowS() + 300) })],
  ["without a subject", () => sign({ sub: undefined })],
  ["of another issuer", () => sign({ iss: "https://evil.example.com" })],
  ["of an issuer that begins like ours", () => sign({ iss: `${TRUST.JWT_ISSUER}.evil.example` })],
  ["without an issuer", () => sign({ iss: undefined })],
  ["for another audience", () => sign({ aud: "others" })],
  ["for a list of other audiences", () => sign({ aud: ["others", "more"] })],
  ["without an audience", () => sign({ aud: undefined })],
  ["by another secret", () => sign({}, {}, "another secret of at least 32 characters")],
  ["by an empty secret", () => sign({}, {}, "")],
  ["by no algorithm", () => unsigned(claims())],
  ["by None", () => sign({}, { alg: "None" })],
  ["by no algorithm, with a signature", () => sign({}, { alg: "none" })],
  ["by an algorithm that is not taken", () => sign({}, { alg: "HS512" })],
  ["without an algorithm", () => sign({}, { alg: undefined })],
  ["by a key that is not known", () => signWithKey(UNKNOWN_KEY, claims())],
  [
    "by the public key of an issuer as a secret",
    () => sign({}, {}, JSON.stringify(UNKNOWN_KEY.jwk)),
  ],
  ["with a critical header", () => sign({}, { crit: ["b64"], b64: false })],
  ["with a key of its own", () => signWithKey(UNKNOWN_KEY, claims(), { jwk: UNKNOWN_KEY.jwk })],
  ["with other claims under its signature", () => withPayload(sign({ scope: "" }), claims())],
  ["without its signature", () => `${sign().split(".").slice(0, 2).join(".")}.`],
  ["with another signature", () => `${sign().split(".").slice(0, 2).join(".")}.${"A".repeat(43)}`],
];

/** What a refusal says: nothing of the operation, and nothing of the thing that it is about. */
const REFUSALS: ReadonlySet<string> = new Set([
  "Send `Authorization: Bearer <key or token>`.",
  "Send `Authorization: Bearer <key or token>`, or a `resume_token` in JSON.",
  "The Authorization header is not of the form `Bearer <key or token>`.",
  "The key is unknown, expired or revoked.",
  "The token is not accepted: its signature, issuer, audience, times or claims are not valid here.",
]);

let asked = 0;

let service: Service;
const withScope = new Map<Scope, Client>();

beforeAll(async () => {
  service = await sharedService(TRUST);
  for (const scope of SCOPES) {
    withScope.set(scope, await service.clientWithKey({ scopes: [scope] }));
  }
});

afterAll(async () => {
  const operations = new Set(OPERATIONS.map(({ id }) => id)).size;
  console.log(`access: ${asked} requests to ${operations} operations, each with the right answer`);
  await service.close();
});

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

  test.each(BAD_TOKENS)("answers 401 to a token %s", async (_what, token) => {
    const answer = await service.send({ ...request, key: token() });
    expectUnauthorized(answer);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  });

  test("answers 403 to a token without its scope, and 2xx to one with it", async () => {
    const [scope = "admin"] = operation.scopes;
    const others = SCOPES.filter((one) => one !== "admin" && !operation.scopes.includes(one));
    for (const given of ["", "nothing", others.join(" ")]) {
      const key = sign({ scope: given });
      expectForbidden(await service.send({ ...request, key }), operation.scopes);
    }
    // An approval is decided by a person: this one is the approver of the workflow.
    const key = sign({ scope, email: "dev-internal@example.com" });
    const answer = await service.send({ ...(await operation.prepare(service)), key });
    expectSuccess(answer, operation.success);
  });

  test("answers another caller by scopes, not by who started the run", async () => {
    const other = await service.clientWithKey({ scopes: operation.scopes });
    expectSuccess(await other.send(await operation.prepare(service)), operation.success);
  });

  test("exists by its own method alone", async () => {
    const [address = ""] = request.path.split("?");
    const isAt = ({ path }: { path: string }) =>
      new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(address);
    const own = new Set(OPERATIONS.filter(isAt).map((one) => one.method));
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      if (own.has(method) || (method === "HEAD" && own.has("GET"))) continue;
      for (const key of [null, service.key, sign()]) {
        const answer = await service.send({ method, path: address, key });
        asked += 1;
        expect([401, 405], `${method} ${address}`).toContain(answer.status);
      }
    }
  });

  test("answers 401 to HEAD without a key", async () => {
    if (operation.method !== "GET") return;
    const answer = await service.send({ method: "HEAD", path: request.path, key: null });
    asked += 1;
    expect(answer.status).toBe(401);
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
    for (const scopes of [EVERYTHING, SCOPES]) {
      const client = await service.clientWithKey({ scopes, workflowScope: "another_workflow" });
      const answer = await client.send(request);
      asked += 1;
      expect({ status: answer.status, body: answer.text }).toMatchObject({
        status: operation.elsewhere,
      });
    }
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
  asked += 1;
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
}

function expectUnauthorized(answer: Answer): void {
  asked += 1;
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 401 });
  const problem = problemSchema.strict().parse(answer.json());
  expect(problem).toMatchObject({ status: 401, code: "unauthorized" });
  expect(REFUSALS).toContain(problem.detail);
  expect(problem.errors).toBeUndefined();
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
}

function expectForbidden(answer: Answer, scopes: readonly Scope[]): void {
  asked += 1;
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 403 });
  const problem = problemSchema.parse(answer.json());
  expect(problem.code).toBe("insufficient_scope");
  expect(problem.detail).toBe(`This needs the scope ${scopes[0]}.`);
  expect(answer.headers.get("www-authenticate")).toContain(`scope="${scopes[0]}"`);
}
