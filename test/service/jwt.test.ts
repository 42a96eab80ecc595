/** Tokens beside API keys, over HTTP: who they stand for, and that nothing else opens the door. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { contextSchema, historySchema, runSchema } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Client, createClient } from "../support/http.ts";
import { type Service, startBareService, startService } from "../support/service.ts";
import {
  createIssuerKey,
  type Part,
  signWithKey,
  signWithSecret,
  unsigned,
  withPayload,
} from "../support/tokens.ts";
import { answerForm, start } from "./runs.ts";

const SECRET = "a-token-secret-of-at-least-32-characters";
const ISSUER = "https://id.example.com";
const AUDIENCE = "workflows";
const KEY = createIssuerKey("RS256", "rsa-1");

const APPROVAL = `id: two_people
name: Two people
start_step: approval
steps:
  - id: approval
    type: approval
    name: Approve
    config: { approvers: [Ann@example.com, bob@example.com] }
`;

let api: FakeApi;
let service: Service;

beforeAll(async () => {
  api = await FakeApi.start();
  const body = JSON.stringify({ keys: [KEY.jwk] });
  api.script("/keys", [{ kind: "answer", status: 200, body }]);
  service = await startService({
    JWT_SECRET: SECRET,
    JWT_JWKS_URL: `http://${api.host}/keys`,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
  });
  await service.yaml("POST", "/v1/workflows", APPROVAL);
});

afterAll(async () => {
  await service.close();
  await api.close();
});

const ALL = "runs:read runs:write approvals:decide workflows:read workflows:write ai:infer";

function payload(over: Part = {}): Part {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return { iss: ISSUER, aud: AUDIENCE, exp, sub: "u-1", scope: ALL, ...over };
}

function clientWith(token: string): Client {
  return createClient(service.url, token);
}

/** Someone with a token of the secret. */
function person(name: string, over: Part = {}): Client {
  const email = `${name}@example.com`;
  return clientWith(signWithSecret(SECRET, payload({ sub: name.toLowerCase(), email, ...over })));
}

function decide(client: Client, runId: string, approved = true) {
  const approvals = [{ step_id: "approval", approved }];
  return client.post(`/v1/executions/${runId}/resume`, { approvals });
}

describe("a token", () => {
  test.each([
    ["of the secret", () => signWithSecret(SECRET, payload())],
    ["of the key set", () => signWithKey(KEY, payload())],
  ])("%s opens the door, and the set is read once", async (_what, token) => {
    const client = clientWith(token());
    expect((await client.get("/v1/executions")).status).toBe(200);
    expect((await client.get("/v1/workflows")).status).toBe(200);
    expect(api.calls("/keys").length).toBeLessThanOrEqual(1);
  });

  test("allows what its scopes say and no more", async () => {
    const reader = person("Ann", { scope: "runs:read unheard:of" });
    expect((await reader.get("/v1/executions")).status).toBe(200);
    const refused = [
      await reader.get("/v1/workflows"),
      await reader.post("/v1/executions", { workflow_id: "two_people" }),
      await reader.post("/v1/ai/infer", { template_id: "email_v1", json_schema: true }),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([403, 403, 403]);
    expect((await person("Ann", { scope: undefined }).get("/v1/executions")).status).toBe(403);
    expect((await person("Ann", { scope: "admin" }).get("/v1/workflows")).status).toBe(200);
  });

  test("passes on its claims to the runs that it starts, unless the start brings a profile", async () => {
    const ann = person("Ann", { name: "Ann", jti: "j-1", team: { id: 7 } });
    const profileOf = async (runId: string) => {
      const context = await ann.get(`/v1/executions/${runId}/context`);
      return contextSchema.parse(context.json()).profile;
    };
    expect(await profileOf(await start(ann, { workflow_id: "two_people" }))).toEqual({
      sub: "ann",
      email: "Ann@example.com",
      name: "Ann",
      team: { id: 7 },
    });
    const profile = { name: "Carl" };
    const other = await start(ann, { workflow_id: "two_people", run_opts: { profile } });
    expect(await profileOf(other)).toEqual({ name: "Carl" });
  });

  test("owns its idempotency keys by its subject, whichever token it sends", async () => {
    const body = { workflow_id: "two_people", run_opts: { idempotency_key: "once" } };
    const first = await start(person("Dora"), body);
    expect(await start(clientWith(signWithKey(KEY, payload({ sub: "dora" }))), body)).toBe(first);
    expect(await start(person("Emil"), body)).not.toBe(first);
  });
});

describe("a person with a token", () => {
  test("decides as the address of the token says, in any case", async () => {
    const runId = await start(person("Carl"), { workflow_id: "two_people" });
    const answer = await decide(person("ANN"), runId);
    expect(runSchema.parse(answer.json()).status).toBe("completed");
    const history = await service.get(`/v1/executions/${runId}/history`);
    const { steps, events } = historySchema.parse(history.json());
    expect(steps[0]?.output).toMatchObject({
      approved: true,
      decisions: [{ by: "ann@example.com", approved: true }],
    });
    expect(events[0]?.data).toMatchObject({
      created_by: { id: "user:carl", email: "carl@example.com" },
    });
  });

  test("does not decide without being listed, nor a run of their own", async () => {
    const runId = await start(person("Ann"), { workflow_id: "two_people" });
    const answers = [await decide(person("Carl"), runId), await decide(person("Ann"), runId)];
    const codes = answers.map((answer) => problemSchema.parse(answer.json()).code);
    expect(codes).toEqual(["not_an_approver", "self_approval"]);
    expect((await decide(person("Bob"), runId)).status).toBe(200);
  });

  test("decides nothing when the token has no address, and may still read and start", async () => {
    const robot = clientWith(signWithSecret(SECRET, payload({ sub: "robot" })));
    const runId = await start(robot, { workflow_id: "two_people" });
    const answer = await decide(robot, runId, false);
    expect(answer.status).toBe(403);
    expect(problemSchema.parse(answer.json()).code).toBe("not_an_approver");
    const history = await robot.get(`/v1/executions/${runId}/history`);
    expect(history.text).not.toContain("run.resumed");
  });

  test("answers forms with runs:write, not with approvals:decide", async () => {
    const runId = await start(service);
    const decider = person("Ann", { scope: "approvals:decide" });
    await expect(answerForm(decider, runId)).rejects.toThrow(/^403/);
    expect(await answerForm(person("Ann", { scope: "runs:write" }), runId)).toBe(runId);
  });
});

describe("the door stays shut for a token", () => {
  const now = Math.floor(Date.now() / 1000);
  const pem = KEY.publicKey.export({ type: "spki", format: "pem" });
  const stranger = createIssuerKey("RS256", "rsa-1");
  const good = signWithSecret(SECRET, payload());

  test.each<[what: string, token: string]>([
    ["without a signature", unsigned(payload())],
    ["with another payload", withPayload(good, payload({ scope: "admin" }))],
    ["of another secret", signWithSecret(`${SECRET}!`, payload())],
    ["of another key", signWithKey(stranger, payload())],
    ["of an unknown key", signWithKey(stranger, payload(), { kid: "unknown" })],
    ["signed with a public key as the secret", signWithSecret(pem, payload())],
    ["of another algorithm", signWithSecret(SECRET, payload(), { alg: "HS512" })],
    ["of another issuer", signWithSecret(SECRET, payload({ iss: "https://evil.example.com" }))],
    ["for another audience", signWithSecret(SECRET, payload({ aud: "others" }))],
    ["that has ended", signWithSecret(SECRET, payload({ exp: now - 3_600 }))],
    ["that has not begun", signWithSecret(SECRET, payload({ nbf: now + 3_600 }))],
    ["that never ends", signWithSecret(SECRET, payload({ exp: undefined }))],
    ["without a subject", signWithSecret(SECRET, payload({ sub: undefined }))],
    ["nested deeper than can be stored", signWithSecret(SECRET, payload({ deep: nested(65) }))],
    ["that is no token", "aaaa.bbbb.cccc"],
  ])("%s, and it is not told why", async (_what, token) => {
    const answer = await clientWith(token).get("/v1/executions");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    const { request_id: _, ...problem } = problemSchema.parse(answer.json());
    expect(problem).toEqual({
      type: "/problems/unauthorized",
      title: "The credentials are missing or invalid",
      status: 401,
      detail:
        "The token is not accepted: its signature, issuer, audience, times or claims are not valid here.",
      instance: "/v1/executions",
      code: "unauthorized",
    });
    const writes = await clientWith(token).post("/v1/executions", { workflow_id: "two_people" });
    expect(writes.status).toBe(401);
  });

  test("and opens for claims as deep as a body may be", async () => {
    const token = signWithSecret(SECRET, payload({ deep: nested(63) }));
    const runId = await start(clientWith(token), { workflow_id: "two_people" });
    expect((await service.get(`/v1/executions/${runId}/context`)).status).toBe(200);
  });

  test("none of it is a defect, and no token is in the log", () => {
    const logs = service.logs();
    expect(logs.filter((line) => line.includes('"error":{'))).toEqual([]);
    expect(logs.filter((line) => line.includes("eyJ"))).toEqual([]);
  });
});

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe("a service", () => {
  test("whose key set cannot be had says so, and goes on with secret and keys", async () => {
    api.script("/broken", [{ kind: "answer", status: 500 }]);
    const other = await startService({
      JWT_SECRET: SECRET,
      JWT_JWKS_URL: `http://${api.host}/broken`,
    });
    try {
      const answer = await createClient(other.url, signWithKey(KEY, payload())).get(
        "/v1/executions",
      );
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect(problemSchema.parse(answer.json()).code).toBe("identity_unavailable");
      expect(answer.text).not.toContain(api.host);
      // Anyone can send such tokens: they do not make the service ask the issuer each time.
      const many = Array.from({ length: 10 }, (_, each) =>
        createClient(other.url, signWithKey(KEY, payload({ sub: `u-${each}` }))).get("/v1/usage"),
      );
      const statuses = (await Promise.all(many)).map(({ status }) => status);
      expect(statuses).toEqual(statuses.map(() => 503));
      expect(api.calls("/broken").length).toBeLessThanOrEqual(2);
      const bySecret = createClient(other.url, signWithSecret(SECRET, payload()));
      expect((await bySecret.get("/v1/executions")).status).toBe(200);
      expect((await other.get("/v1/executions")).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  test("without a secret and a key set believes no token", async () => {
    const other = await startBareService({
      ENVIRONMENT: "development",
      SERVER_SECRET: "a-secret-that-has-more-than-32-characters",
    });
    try {
      for (const key of [signWithSecret("", payload()), signWithKey(KEY, payload())]) {
        const answer = await other.send({ method: "GET", path: "/v1/executions", key });
        expect(answer.status).toBe(401);
      }
    } finally {
      await other.close();
    }
  });
});
