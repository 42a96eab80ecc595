/** Writes at the same time, over HTTP: with one key one of them writes; without one each does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const AT_ONCE = 30;

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const flow = (id: string, name = "A flow") => `id: ${id}
name: ${name}
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;

const JSON_TYPE = { "content-type": "application/json" };
const YAML_TYPE = { "content-type": "application/yaml" };

interface Write {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

const send = (write: Write, key: string) =>
  service.send({ ...write, headers: { ...write.headers, "idempotency-key": key } });

const isReplayed = (answer: Answer) => answer.headers.get("idempotent-replayed") === "true";

describe(`${AT_ONCE} requests with one key: one writes, the others get its answer`, () => {
  const put = (path: string, body: object): Write => ({
    method: "PUT",
    path,
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
  const cases: [what: string, status: number, prepare: () => Promise<Write>][] = [
    [
      "a workflow is created",
      201,
      async () => ({
        method: "POST",
        path: "/v1/workflows",
        headers: YAML_TYPE,
        body: flow("raced"),
      }),
    ],
    [
      "a workflow is changed",
      200,
      async () => {
        await service.yaml("POST", "/v1/workflows", flow("raced_put"));
        const body = flow("raced_put", "Another");
        return { method: "PUT", path: "/v1/workflows/raced_put", headers: YAML_TYPE, body };
      },
    ],
    [
      "a workflow is hidden",
      204,
      async () => {
        await service.yaml("POST", "/v1/workflows", flow("raced_delete"));
        return { method: "DELETE", path: "/v1/workflows/raced_delete" };
      },
    ],
    ["a template", 200, async () => put("/v1/templates/raced_v1", { prompt: "Hello" })],
    ["a secret", 200, async () => put("/v1/secrets/RACED", { value: "a-value-to-keep" })],
    [
      "a secret is deleted",
      204,
      async () => {
        await service.put("/v1/secrets/RACED_TOO", { value: "a-value-to-keep" });
        return { method: "DELETE", path: "/v1/secrets/RACED_TOO" };
      },
    ],
    [
      "secrets are wrapped again",
      200,
      async () => ({ method: "POST", path: "/v1/secrets/rewrap" }),
    ],
    [
      "an API key is revoked",
      204,
      async () => {
        const made = await service.post("/v1/keys", { name: "raced", scopes: ["runs:read"] });
        const { id } = made.json() as { id: string };
        return { method: "DELETE", path: `/v1/keys/${id}` };
      },
    ],
  ];

  test.each(cases)("%s", async (what, status, prepare) => {
    const write = await prepare();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => send(write, what)));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status));
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(isReplayed(await send(write, what))).toBe(true);
    const audit = await service.get("/v1/audit?limit=200");
    const target = write.path.split("/").at(-1) ?? "";
    const { items } = audit.json() as { items: { target: string; action: string }[] };
    const entries = items.filter((entry) => entry.target === target).map(({ action }) => action);
    expect(new Set(entries).size).toBe(entries.length);
  });

  test("an API key is made: one is live, and it is shown once", async () => {
    const body = JSON.stringify({ name: "one of many", scopes: ["runs:read"] });
    const write = { method: "POST", path: "/v1/keys", headers: JSON_TYPE, body };
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => send(write, "made")));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 201));
    const made = answers.map((answer) => answer.json() as { id: string; key?: string });
    expect(made.filter(({ key }) => key !== undefined)).toHaveLength(1);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const { items } = (await service.get("/v1/keys?limit=200")).json() as {
      items: { name: string }[];
    };
    expect(items.filter(({ name }) => name === "one of many")).toHaveLength(1);
    const again = await send(write, "made");
    expect(isReplayed(again)).toBe(true);
    expect(again.json()).not.toHaveProperty("key");
  });

  test("but two meanings: one is taken, the others are refused", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        send(put("/v1/templates/two_meanings", { prompt: `Number ${index % 2}` }), "two"),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 422);
    expect(refused).toHaveLength(5);
    expect(refused.map((answer) => (answer.json() as { code: string }).code)).toEqual(
      refused.map(() => "idempotency_key_reused"),
    );
    const stored = await service.get("/v1/templates/two_meanings");
    expect(stored.json()).toMatchObject({ version: 1 });
  });
});

describe("a request means the same", () => {
  test("with the keys of its JSON in another order", async () => {
    const first = { method: "PUT", path: "/v1/templates/ordered", headers: JSON_TYPE };
    const one = await send({ ...first, body: '{"prompt":"Hi","description":"d"}' }, "order");
    const two = await send({ ...first, body: '{ "description": "d", "prompt": "Hi" }' }, "order");
    expect([one.status, isReplayed(two), two.text]).toEqual([200, true, one.text]);
  });

  test("but not with those of a json_schema in another order", async () => {
    const body = (properties: string) =>
      `{"template_id":"email_v1","mock":true,"json_schema":{"type":"object","properties":{${properties}}}}`;
    const a = '"a":{"type":"string"}';
    const b = '"b":{"type":"string"}';
    const infer = { method: "POST", path: "/v1/ai/infer", headers: JSON_TYPE };
    expect((await send({ ...infer, body: body(`${a},${b}`) }, "schema")).status).toBe(200);
    expect((await send({ ...infer, body: body(`${b},${a}`) }, "schema")).status).toBe(422);
    const limit = (max: string) => `${a},"n":{"type":"integer","maximum":${max}}`;
    const one = await send({ ...infer, body: body(limit("9223372036854775807")) }, "limits");
    expect(one.status, one.text).toBe(200);
    const other = await send({ ...infer, body: body(limit("9223372036854775806")) }, "limits");
    expect(other.status).toBe(422);
  });
});

describe("a key", () => {
  const template = (id: string): Write => ({
    method: "PUT",
    path: `/v1/templates/${id}`,
    headers: JSON_TYPE,
    body: '{"prompt":"Hello"}',
  });
  const age = (key: string, days: number) =>
    service.execute(
      "UPDATE write_keys SET created_at = ? WHERE key = ?",
      new Date(Date.now() - days * 24 * 3600 * 1000).toISOString(),
      key,
    );

  test("is known for seven days", async () => {
    await send(template("aging"), "aging");
    await age("aging", 6.99);
    expect(isReplayed(await send(template("aging"), "aging"))).toBe(true);
    await age("aging", 7.01);
    const later = await send(template("aged_other"), "aging");
    expect([later.status, isReplayed(later)]).toEqual([200, false]);
  });

  test("that is older goes when another is written, twenty at a time", async () => {
    for (let index = 0; index < 25; index++) {
      const key = `old-${String(index).padStart(2, "0")}`;
      await send(template("old"), key);
      await age(key, 8);
    }
    await send(template("new"), "new-one");
    const left = (await service.everyRow()).filter(
      (row) =>
        typeof row === "object" &&
        row !== null &&
        String(Reflect.get(row, "key")).startsWith("old-"),
    );
    // Each write above removed what had come of age before it.
    expect(left.length).toBeLessThanOrEqual(5);
  });

  test("that a release before 0.4 remembered finds its answer", async () => {
    const write = template("before");
    await send(write, "before");
    const row = (await service.everyRow()).find(
      (one) => typeof one === "object" && one !== null && Reflect.get(one, "key") === "before",
    );
    expect(String(Reflect.get(row ?? {}, "fingerprint"))).toMatch(/^2:[0-9a-f]{64}$/);
    const { keyedHash, toHex } = await import("#security/keyed-hash.ts");
    const { SERVER_SECRET } = await import("../support/service.ts");
    const text = `{"body":${JSON.stringify(write.body)},"if_match":null,"limited_to":null,"method":"PUT","path":"${write.path}"}`;
    const print = toHex(await keyedHash(SERVER_SECRET, "write-fingerprint", text));
    await service.execute("UPDATE write_keys SET fingerprint = ? WHERE key = 'before'", print);
    expect(isReplayed(await send(write, "before"))).toBe(true);
    const other = await send({ ...write, body: '{"prompt":"Bye"}' }, "before");
    expect(other.status).toBe(422);
  });
});

describe("without a key, at the same time", () => {
  const statuses = (answers: Answer[]) => answers.map((answer) => answer.status);
  const versions = (answers: Answer[]) =>
    answers
      .map((answer) => (answer.json() as { version: number }).version)
      .toSorted((left, right) => left - right);
  const upTo = (last: number, first = 1) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);

  test(`${AT_ONCE} changes of a workflow are ${AT_ONCE} versions`, async () => {
    await service.yaml("POST", "/v1/workflows", flow("changed"));
    const answers = await Promise.all(
      upTo(AT_ONCE).map((index) =>
        service.yaml("PUT", "/v1/workflows/changed", flow("changed", `Number ${index}`)),
      ),
    );
    expect(statuses(answers)).toEqual(answers.map(() => 200));
    expect(versions(answers)).toEqual(upTo(AT_ONCE + 1, 2));
  });

  test("with If-Match one is stored, the others get 412", async () => {
    const created = await service.yaml("POST", "/v1/workflows", flow("matched"));
    const headers = { ...YAML_TYPE, "if-match": created.headers.get("etag") ?? "" };
    const answers = await Promise.all(
      upTo(10).map((index) =>
        service.send({
          method: "PUT",
          path: "/v1/workflows/matched",
          headers,
          body: flow("matched", `Number ${index}`),
        }),
      ),
    );
    expect(statuses(answers).toSorted((left, right) => left - right)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 412),
    ]);
  });

  test("creates of one id are one workflow, or the others are refused", async () => {
    const same = await Promise.all(
      upTo(10).map(() => service.yaml("POST", "/v1/workflows", flow("created_same"))),
    );
    expect(
      statuses(same)
        .toSorted((left, right) => left - right)
        .slice(0, 9),
    ).toEqual(Array.from({ length: 9 }, () => 200));
    const other = await Promise.all(
      upTo(10).map((index) => service.yaml("POST", "/v1/workflows", flow("created", `N ${index}`))),
    );
    expect(other.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(other.filter((answer) => answer.text.includes("workflow_exists"))).toHaveLength(9);
  });

  test(`${AT_ONCE} values of a secret and texts of a template are as many versions`, async () => {
    const secrets = await Promise.all(
      upTo(AT_ONCE).map((index) => service.put("/v1/secrets/MANY", { value: `value-${index}` })),
    );
    expect(statuses(secrets)).toEqual(secrets.map(() => 200));
    expect(versions(secrets)).toEqual(upTo(AT_ONCE));
    const templates = await Promise.all(
      upTo(AT_ONCE).map((index) => service.put("/v1/templates/many", { prompt: `Text ${index}` })),
    );
    expect(statuses(templates)).toEqual(templates.map(() => 200));
    expect(versions(templates)).toEqual(upTo(AT_ONCE));
  });
});
