/** Secrets over HTTP: put in, used by api_calls, found nowhere else. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import { problemSchema } from "#model/problem.ts";
import { type Run, runSchema } from "#model/run.ts";
import { rewrapSchema, secretSchema } from "#model/secret.ts";
import { openKeyRing, parseVersionedKeys } from "#security/secret-keys.ts";
import { sealSecret } from "#security/secrets.ts";
import { FakeApi } from "../support/fake-api.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const base64Key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const OLD_KEY = `1:${base64Key(1)}`;
const SECRETS_KEYS = `2:${base64Key(2)},${OLD_KEY}`;
const listSchema = z.object({ items: z.array(secretSchema), next_cursor: z.string().nullable() });

let api: FakeApi;
let service: Service;

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ SECRETS_KEYS, API_CALL_ALLOW_HTTP_HOSTS: api.host });
});
afterAll(async () => {
  await service.close();
  await api.close();
});

function put(name: string, value: unknown, headers: Record<string, string> = {}) {
  return service.send({
    method: "PUT",
    path: `/v1/secrets/${name}`,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ value }),
  });
}

const remove = (name: string) => service.send({ method: "DELETE", path: `/v1/secrets/${name}` });

function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
  expect(problemSchema.parse(answer.json())).toMatchObject({ status, code });
}

/** A workflow with one api_call; `config` and `retry` in YAML flow style. */
function callingYaml(id: string, config: string, before = ""): string {
  return `id: ${id}
name: Calling
start_step: ${before === "" ? "call" : "ask"}
steps:
${before}
  - id: call
    type: api_call
    name: Call
    retry: { max_attempts: 1 }
    config: { url: "http://${api.host}/${id}", method: POST, ${config} }
`;
}

async function createCalling(id: string, config: string, before = ""): Promise<Diagnostic[]> {
  const yaml = callingYaml(id, config, before);
  const stored = await service.yaml("POST", "/v1/workflows", yaml);
  expect({ status: stored.status, body: stored.text }).toMatchObject({ status: 201 });
  const validated = await service.yaml("POST", `/v1/workflows/${id}/validate`, yaml);
  return (validated.json() as { diagnostics: Diagnostic[] }).diagnostics;
}

async function run(workflowId: string): Promise<Run> {
  const started = await service.post("/v1/executions", { workflow_id: workflowId });
  expect({ status: started.status, body: started.text }).toMatchObject({ status: 202 });
  return runSchema.parse(started.json());
}

describe("a secret", () => {
  test("is reported by name, version and times, never by value", async () => {
    const first = await put("LISTED", "v-one");
    expect(first.status).toBe(200);
    const told = secretSchema.strict().parse(first.json());
    expect(told).toMatchObject({ name: "LISTED", version: 1, key_version: 2 });

    const second = secretSchema.parse((await put("LISTED", "v-one")).json());
    expect(second).toMatchObject({ version: 2, created_at: told.created_at });
    expect(second.updated_at >= told.updated_at).toBe(true);

    const listed = await service.get("/v1/secrets");
    expect(listSchema.parse(listed.json()).items).toContainEqual(second);
    expect(listed.text).not.toContain("v-one");
  });

  test("has no route that reads it", async () => {
    await put("UNREADABLE", "value");
    expectProblem(await service.get("/v1/secrets/UNREADABLE"), 405, "method_not_allowed");
  });

  test("that was deleted is gone, and its name goes on counting", async () => {
    await put("DELETED", "canary-of-the-deleted");
    expect((await remove("DELETED")).status).toBe(204);
    expectProblem(await remove("DELETED"), 404, "secret_not_found");
    const { items } = listSchema.parse((await service.get("/v1/secrets")).json());
    expect(items.map(({ name }) => name)).not.toContain("DELETED");
    expect(secretSchema.parse((await put("DELETED", "again")).json()).version).toBe(2);
  });

  test("is listed page by page", async () => {
    for (const name of ["PAGE_A", "PAGE_B", "PAGE_C"]) await put(name, "value");
    const all = listSchema.parse((await service.get("/v1/secrets")).json()).items;
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = listSchema.parse((await service.get(`/v1/secrets?limit=2${query}`)).json());
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all.map(({ name }) => name));
    expect(seen).toEqual(seen.toSorted());
  });

  test.each([
    ["one letter", "A"],
    ["64 characters", `A${"B".repeat(63)}`],
    ["lower case", "lower_case_1"],
  ])("may have a name of %s", async (_what, name) => {
    expect((await put(name, "value")).status).toBe(200);
  });

  test.each([
    ["one character", "v"],
    ["16 KiB", "v".repeat(16 * 1024)],
    ["16 KiB in characters of two bytes", "ü".repeat(8 * 1024)],
  ])("may have a value of %s", async (_what, value) => {
    expect((await put("SIZED", value)).status).toBe(200);
  });

  test("that many store at once has a version for each value", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => put("RACED", `value ${index}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const versions = answers.map((answer) => secretSchema.parse(answer.json()).version);
    expect(versions.toSorted((a, b) => a - b)).toEqual(versions.map((_, index) => index + 1));
  });

  test("belongs to all workflows: a key that is limited to one is refused", async () => {
    const limited = { scopes: ["admin"], workflowScope: "content_draft_flow" } as const;
    const client = await service.clientWithKey(limited);
    expectProblem(await client.get("/v1/secrets"), 403, "insufficient_scope");
  });
});

describe("an idempotency key on a secret", () => {
  test("returns the first answer again and stores nothing", async () => {
    const first = await put("KEYED", "value", { "idempotency-key": "s1" });
    const again = await put("KEYED", "value", { "idempotency-key": "s1" });
    expect(again.json()).toEqual(first.json());
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(secretSchema.parse((await put("KEYED", "value")).json()).version).toBe(2);
  });

  test("leaves no hash by which a value could be guessed", async () => {
    const value = "guessable";
    await put("HASHED", value, { "idempotency-key": "s3" });
    const body = JSON.stringify({ value });
    const path = "/v1/secrets/HASHED";
    const request = { body, if_match: null, method: "PUT", path };
    const dump = await service.dump();
    expect(dump).toContain('"key":"s3"');
    for (const text of [value, body, JSON.stringify(request)]) {
      for (const algorithm of ["sha256", "sha1", "md5"]) {
        expect(dump).not.toContain(createHash(algorithm).update(text).digest("hex"));
      }
    }
  });

  test("with another value is refused", async () => {
    await put("KEYED_TOO", "value", { "idempotency-key": "s2" });
    const other = await put("KEYED_TOO", "another", { "idempotency-key": "s2" });
    expectProblem(other, 422, "idempotency_key_reused");
  });
});

describe("a workflow that names a secret", () => {
  test("is warned about when there is none, with the name that was meant", async () => {
    await put("TICKETS_TOKEN", "value");
    const found = await createCalling("warned", `headers: { a: "{{secrets.TICKET_TOKEN}}" }`);
    expect(found).toMatchObject([
      {
        severity: "warning",
        code: "secret_unknown",
        pointer: "/steps/0/config/headers/a",
        suggestion: "TICKETS_TOKEN",
      },
    ]);
  });

  test("is fine when there is one", async () => {
    await put("KNOWN", "value");
    expect(await createCalling("fine", `headers: { a: "{{secrets.KNOWN}}" }`)).toEqual([]);
  });

  test("sends it in headers and body", async () => {
    await put("SENT", "s3cr3t-value");
    await createCalling(
      "sending",
      `headers: { Authorization: "Bearer {{secrets.SENT}}" }, body: { deep: ["{{secrets.SENT}}"], text: "<{{secrets.SENT}}>" }`,
    );
    expect(await run("sending")).toMatchObject({ status: "completed" });
    const [call] = api.calls("/sending");
    expect(call?.headers["authorization"]).toBe("Bearer s3cr3t-value");
    expect(JSON.parse(call?.body ?? "")).toEqual({
      deep: ["s3cr3t-value"],
      text: "<s3cr3t-value>",
    });
  });

  test("uses the value that is current when the step begins", async () => {
    await put("CHANGING", "first-value");
    await createCalling("changing", `headers: { a: "{{secrets.CHANGING}}" }`, ASK);
    const { id } = await run("changing");
    await put("CHANGING", "second-value");
    await service.post(`/v1/executions/${id}/resume?`, { inputs: { topic: "x" } });
    expect(api.calls("/changing")[0]?.headers["a"]).toBe("second-value");
  });

  test("fails with secret_missing when it was deleted between start and step", async () => {
    await put("GONE", "canary-that-is-gone");
    await createCalling("gone", `headers: { a: "{{secrets.GONE}}" }`, ASK);
    const { id } = await run("gone");
    await remove("GONE");
    const resumed = await service.post(`/v1/executions/${id}/resume`, { inputs: { topic: "x" } });
    expect(runSchema.parse(resumed.json())).toMatchObject({
      status: "failed",
      error: { code: "secret_missing", message: "No secret named GONE.", step_id: "call" },
    });
    expect(api.calls("/gone")).toEqual([]);
  });

  test.each([
    [
      "a row moved to another name",
      "MOVED",
      "UPDATE secrets SET (wrapped_key, ciphertext) = (SELECT wrapped_key, ciphertext FROM secrets WHERE name = 'KNOWN') WHERE name = ?",
    ],
    ["another version", "AGED", "UPDATE secrets SET version = 7 WHERE name = ?"],
    [
      "other bytes",
      "BENT",
      "UPDATE secrets SET ciphertext = 'AAAA' || substr(ciphertext, 5) WHERE name = ?",
    ],
    ["a key that does not exist", "LOST", "UPDATE secrets SET key_version = 9 WHERE name = ?"],
  ])("fails the same way with %s, and only the log says why", async (_what, name, sql) => {
    const id = name.toLowerCase();
    await put("KNOWN", "value");
    await put(name, `canary-${id}`);
    await service.execute(sql, name);
    await createCalling(id, `headers: { a: "{{secrets.${name}}}" }`);
    expect(await run(id)).toMatchObject({
      status: "failed",
      error: { code: "secret_missing", message: `No secret named ${name}.` },
    });
    expect(api.calls(`/${id}`)).toEqual([]);
    const lines = service.logs().filter((line) => line.includes("secret not opened"));
    expect(lines.filter((line) => line.includes(`"secret_name":"${name}"`))).toHaveLength(1);
  });
});

describe("a secret that names the workflows that may use it", () => {
  const store = (name: string, body: object) =>
    service.send({
      method: "PUT",
      path: `/v1/secrets/${name}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const workflowsOf = async (name: string) => {
    const { items } = listSchema.parse((await service.get("/v1/secrets?limit=200")).json());
    return items.find((item) => item.name === name)?.workflows;
  };

  test("is shown with them, keeps them with a new value, and is opened by null alone", async () => {
    const answer = await store("USES_SHOWN", {
      value: "first",
      workflows: ["uses_a", "uses_b", "uses_a"],
    });
    expect(secretSchema.parse(answer.json())).toMatchObject({ workflows: ["uses_a", "uses_b"] });
    await store("USES_SHOWN", { value: "second" });
    expect(await workflowsOf("USES_SHOWN")).toEqual(["uses_a", "uses_b"]);
    await store("USES_SHOWN", { value: "third", workflows: [] });
    expect(await workflowsOf("USES_SHOWN")).toEqual([]);
    await store("USES_SHOWN", { value: "fourth", workflows: null });
    expect(await workflowsOf("USES_SHOWN")).toBeUndefined();
    await store("USES_SHOWN", { value: "fifth", workflows: ["uses_a"] });
    await remove("USES_SHOWN");
    await store("USES_SHOWN", { value: "of a new beginning" });
    expect(await workflowsOf("USES_SHOWN")).toBeUndefined();
  });

  test("names at most 100 of them, by their ids", async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `flow_${index}`);
    expect((await store("USES_MANY", { value: "v", workflows: ids(100) })).status).toBe(200);
    expectProblem(
      await store("USES_MANY", { value: "v", workflows: ids(101) }),
      422,
      "validation_failed",
    );
    expectProblem(
      await store("USES_MANY", { value: "v", workflows: ["Not An Id"] }),
      422,
      "validation_failed",
    );
  });

  test("is used by them, and kept from others when they are stored", async () => {
    await store("USES_ONE", { value: "a-value-for-one", workflows: ["uses_mine"] });
    const config = `headers: { a: "{{secrets.USES_ONE}}" }`;
    expect(await createCalling("uses_mine", config)).toEqual([]);
    expect(await run("uses_mine")).toMatchObject({ status: "completed" });
    expect(api.calls("/uses_mine")[0]?.headers["a"]).toBe("a-value-for-one");
    for (const [method, path] of [
      ["POST", "/v1/workflows"],
      ["POST", "/v1/workflows/uses_other/validate"],
    ] as const) {
      const answer = await service.yaml(method, path, callingYaml("uses_other", config));
      expect(answer.text).toContain('"code":"secret_not_for_workflow"');
      expect(answer.text).toContain('"pointer":"/steps/0/config/headers/a"');
    }
    // The id comes from the name where the file has none.
    const unnamed = callingYaml("uses_other", config).replace(/^id: .*\n/, "");
    expectProblem(await service.yaml("POST", "/v1/workflows", unnamed), 422, "invalid_workflow");
  });

  test("keeps others from starting, those that an earlier release stored too", async () => {
    await store("USES_LATER", { value: "a-value-for-later" });
    await createCalling("uses_stored", `headers: { a: "{{secrets.USES_LATER}}" }`);
    await store("USES_LATER", { value: "a-value-for-later", workflows: ["uses_mine"] });
    const start = () => service.post("/v1/executions", { workflow_id: "uses_stored" });
    expectProblem(await start(), 422, "secret_not_for_workflow");
    const version = { workflow_id: "uses_stored", workflow_version: 1 };
    expectProblem(await service.post("/v1/executions", version), 422, "secret_not_for_workflow");
    await service.execute("UPDATE workflow_versions SET secret_names = NULL");
    expectProblem(await start(), 422, "secret_not_for_workflow");
    expect(api.calls("/uses_stored")).toEqual([]);
    await store("USES_LATER", { value: "a-value-for-later", workflows: ["uses_stored"] });
    expect(await run("uses_stored")).toMatchObject({ status: "completed" });
  });

  test("is not there for a run that was under way, and only the log says why", async () => {
    await store("USES_TAKEN", { value: "a-value-that-is-taken" });
    await createCalling("uses_taken", `headers: { a: "{{secrets.USES_TAKEN}}" }`, ASK);
    const { id } = await run("uses_taken");
    await store("USES_TAKEN", { value: "a-value-that-is-taken", workflows: ["uses_mine"] });
    const resumed = await service.post(`/v1/executions/${id}/resume`, { inputs: { topic: "x" } });
    expect(runSchema.parse(resumed.json())).toMatchObject({
      status: "failed",
      error: { code: "secret_missing", message: "No secret named USES_TAKEN.", step_id: "call" },
    });
    expect(api.calls("/uses_taken")).toEqual([]);
    const lines = service.logs().filter((line) => line.includes("secret refused to workflow"));
    expect(lines.filter((line) => line.includes('"secret_name":"USES_TAKEN"'))).toHaveLength(1);
  });

  test.each([
    ["opened to all", "NULL"],
    ["opened to another workflow", `'["uses_bent"]'`],
  ])("does not open where its row was %s without the key", async (_what, workflows) => {
    await store("USES_BENT", { value: "a-value-that-is-bound", workflows: ["uses_mine"] });
    await service.execute(`UPDATE secrets SET workflows = ${workflows} WHERE name = 'USES_BENT'`);
    await service.yaml(
      "POST",
      "/v1/workflows",
      callingYaml("uses_bent", `headers: { a: "{{secrets.USES_BENT}}" }`),
    );
    expect(await run("uses_bent")).toMatchObject({ error: { code: "secret_missing" } });
    expect(api.calls("/uses_bent")).toEqual([]);
  });

  test("may still be wrapped again", async () => {
    const ring = await openKeyRing(null, keysOf(OLD_KEY));
    const workflows = ["uses_wrapped"];
    const identity = { name: "USES_WRAPPED", version: 1, workflows };
    const sealed = await sealSecret(ring, identity, "a-value-that-is-wrapped");
    await service.execute(
      "INSERT INTO secrets VALUES ('USES_WRAPPED', 1, ?, ?, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', ?)",
      sealed.keyVersion,
      sealed.wrappedKey,
      sealed.ciphertext,
      JSON.stringify(workflows),
    );
    const wrapped = await service.send({ method: "POST", path: "/v1/secrets/rewrap" });
    expect(rewrapSchema.parse(wrapped.json())).toMatchObject({ rewrapped: 1 });
    await createCalling("uses_wrapped", `headers: { a: "{{secrets.USES_WRAPPED}}" }`);
    expect(await run("uses_wrapped")).toMatchObject({ status: "completed" });
  });
});

const ASK = `  - id: ask
    type: form
    name: Ask
    next: call
    config: { fields: [{ key: topic, type: string, required: true }] }`;

function keysOf(text: string) {
  const parsed = parseVersionedKeys(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Stores a value as it was stored when the key was the only one. */
async function putUnderKey(keys: string, name: string, value: string): Promise<void> {
  const ring = await openKeyRing("of no importance here, but long enough", keysOf(keys));
  const sealed = await sealSecret(ring, { name, version: 1 }, value);
  await service.execute(
    "INSERT INTO secrets VALUES (?, 1, ?, ?, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', NULL)",
    name,
    sealed.keyVersion,
    sealed.wrappedKey,
    sealed.ciphertext,
  );
}

async function rewrap() {
  return rewrapSchema.parse((await service.post("/v1/secrets/rewrap")).json());
}

async function keyVersionOf(name: string) {
  const { items } = listSchema.parse((await service.get("/v1/secrets")).json());
  return items.find((item) => item.name === name)?.key_version;
}

describe("after a key was added", () => {
  test("what the old one wrapped is still used, and a write wraps with the new one", async () => {
    await putUnderKey(OLD_KEY, "OLD", "old-value");
    await createCalling("rotated", `headers: { a: "{{secrets.OLD}}" }`);
    expect(await run("rotated")).toMatchObject({ status: "completed" });
    expect(api.calls("/rotated")[0]?.headers["a"]).toBe("old-value");
    expect(await keyVersionOf("OLD")).toBe(1);
    await put("OLD", "new-value");
    expect(await keyVersionOf("OLD")).toBe(2);
  });

  test("rewrap moves everything to it; values and versions stay", async () => {
    await service.execute("DELETE FROM secrets");
    for (const index of [1, 2, 3]) await putUnderKey(OLD_KEY, `OLD_${index}`, `value-${index}`);
    await put("NEW", "value-new");
    expect(await rewrap()).toEqual({ key_version: 2, rewrapped: 3, remaining: 0, failed: [] });
    expect(await rewrap()).toEqual({ key_version: 2, rewrapped: 0, remaining: 0, failed: [] });
    const { items } = listSchema.parse((await service.get("/v1/secrets")).json());
    expect(items.map(({ version, key_version }) => `${version}/${key_version}`)).toEqual([
      "1/2",
      "1/2",
      "1/2",
      "1/2",
    ]);
    await createCalling("rewrapped", `headers: { a: "{{secrets.OLD_2}}" }`);
    await run("rewrapped");
    expect(api.calls("/rewrapped")[0]?.headers["a"]).toBe("value-2");
  });

  test("rewrap names what it cannot unwrap, leaves it, and goes on with the rest", async () => {
    await service.execute("DELETE FROM secrets");
    await putUnderKey(OLD_KEY, "FINE", "value");
    await putUnderKey(OLD_KEY, "STUCK", "value");
    await service.execute("UPDATE secrets SET version = 5 WHERE name = 'STUCK'");
    await putUnderKey(`7:${base64Key(7)}`, "UNKNOWN_KEY", "value");
    expect(await rewrap()).toEqual({
      key_version: 2,
      rewrapped: 1,
      remaining: 2,
      failed: ["STUCK"],
    });
  });

  test.each([
    [200, { rewrapped: 200, remaining: 0 }],
    [201, { rewrapped: 200, remaining: 1 }],
  ])("rewrap takes 200 at a time: of %i", async (count, expected) => {
    await service.execute("DELETE FROM secrets");
    const ring = await openKeyRing("of no importance here, but long enough", keysOf(OLD_KEY));
    const rows = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const name = `MANY_${index}`;
        return { name, ...(await sealSecret(ring, { name, version: 1 }, "value")) };
      }),
    );
    await service.execute(
      `INSERT INTO secrets SELECT value ->> '$.name', 1, value ->> '$.keyVersion',
         value ->> '$.wrappedKey', value ->> '$.ciphertext', 'now', 'now', NULL FROM json_each(?)`,
      JSON.stringify(rows),
    );
    expect(await rewrap()).toMatchObject(expected);
    await service.execute("DELETE FROM secrets");
  });
});
