/**
 * A reader far from the primary: lists, versions and templates come from a copy of D1 that lags,
 * here by everything that was written since the last `sync`.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "#http/app.ts";
import { problemSchema } from "#model/problem.ts";
import { ai, definition, form } from "../support/definitions.ts";
import { bindings } from "../run/support/runs.ts";
import { bookmarkOf, Replicated } from "../run/support/replicated.ts";

/** As in test/config/workerd.ts. */
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECRETS_KEYS = `1:${btoa("k".repeat(32))}`;

const app = createApp();
let d1: Replicated;

interface Asked {
  method?: string;
  body?: object;
  key?: string;
  headers?: Record<string, string>;
}

async function ask(path: string, { method, body, key = KEY, headers = {} }: Asked = {}) {
  const context = createExecutionContext();
  const response = await app.request(
    path,
    {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { ...bindings, DB: d1.binding, SECRETS_KEYS },
    context,
  );
  const text = await response.text();
  await waitOnExecutionContext(context);
  const value: unknown = text === "" ? null : JSON.parse(text);
  return { status: response.status, value, bookmark: response.headers.get("x-d1-bookmark") };
}

const seen = (bookmark: string | null) => ({ headers: { "x-d1-bookmark": bookmark ?? "" } });

let names = 0;
const flow = (id: string, step = "details") => ({ ...definition([form(step)]), id });
const newId = () => `far_${(names += 1)}`;

beforeAll(async () => {
  d1 = await Replicated.open();
});
beforeEach(async () => {
  await d1.sync();
  d1.asked.length = 0;
});

/** One thing of each list, and the list with it. */
const LISTS: [list: string, write: (id: string) => Promise<{ bookmark: string | null }>][] = [
  ["/v1/workflows", (id) => ask("/v1/workflows", { body: flow(id) })],
  ["/v1/templates", (id) => ask(`/v1/templates/${id}`, { method: "PUT", body: { prompt: "Hi" } })],
  ["/v1/secrets", (id) => ask(`/v1/secrets/${id}`, { method: "PUT", body: { value: "s3cret" } })],
  ["/v1/audit", (id) => ask(`/v1/templates/${id}`, { method: "PUT", body: { prompt: "Hi" } })],
  ["/v1/executions", writeRun],
];

async function writeRun(id: string): Promise<{ bookmark: string | null }> {
  await d1.write(`INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at,
      created_by, tags, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
    VALUES ('run_${id}', 'flow', 1, 'completed', '2026-11-01T00:00:00.000Z',
      '2026-11-01T00:00:00.000Z', 'dev', '[]', 0, 0, 0, 0, 0, 9)`);
  return ask("/v1/keys");
}

describe("a list", () => {
  test.each(LISTS)("%s is read from the copy, without a bookmark", async (list, write) => {
    const id = newId();
    await write(id);
    d1.asked.length = 0;
    const read = await ask(`${list}?limit=200`);
    expect(read.status).toBe(200);
    expect(JSON.stringify(read.value)).not.toContain(`${id}"`);
    expect(d1.asked).toEqual(["nearest"]);
  });

  test.each(LISTS)("%s shows its caller's own write, with its bookmark", async (list, write) => {
    const id = newId();
    const { bookmark } = await write(id);
    const read = await ask(`${list}?limit=200`, seen(bookmark));
    expect(JSON.stringify(read.value)).toContain(`${id}"`);
    expect(read.bookmark).toBe(bookmark);
  });

  test("of keys is always the primary's", async () => {
    const id = newId();
    await ask("/v1/keys", { body: { name: id, scopes: ["runs:read"] } });
    d1.asked.length = 0;
    const { value } = await ask("/v1/keys?limit=200");
    expect(JSON.stringify(value)).toContain(id);
    expect(d1.asked).toEqual(["primary"]);
  });

  test("goes on from the bookmark of its first page", async () => {
    const first = await ask("/v1/workflows?limit=1");
    expect(first.bookmark).not.toBeNull();
    const id = newId();
    const { bookmark } = await ask("/v1/workflows", { body: flow(id) });
    expect((bookmark ?? "") > (first.bookmark ?? "")).toBe(true);
  });
});

describe("what the copy does not have", () => {
  test.each(["", "/versions", "/versions/1"])("of a workflow, %s, is found", async (rest) => {
    const id = newId();
    await ask("/v1/workflows", { body: flow(id) });
    d1.asked.length = 0;
    const read = await ask(`/v1/workflows/${id}${rest}`);
    expect(read.status).toBe(200);
    expect(d1.asked).toEqual(["nearest", "primary"]);
    expect(read.bookmark).not.toBeNull();
  });

  test("of a template is found", async () => {
    const id = newId();
    await ask(`/v1/templates/${id}`, { method: "PUT", body: { prompt: "Hi" } });
    expect((await ask(`/v1/templates/${id}`)).status).toBe(200);
  });

  test("is a later version, and the earlier one is the copy's", async () => {
    const id = newId();
    await ask("/v1/workflows", { body: flow(id) });
    await d1.sync();
    await ask(`/v1/workflows/${id}`, { method: "PUT", body: flow(id, "other") });
    d1.asked.length = 0;
    expect((await ask(`/v1/workflows/${id}/versions/2`)).value).toMatchObject({ version: 2 });
    expect((await ask(`/v1/workflows/${id}/versions/1`)).value).toMatchObject({ version: 1 });
    expect(d1.asked).toEqual(["nearest", "primary", "nearest"]);
    // Without a bookmark a reader may be shown what was the latest a moment ago.
    expect((await ask(`/v1/workflows/${id}`)).value).toMatchObject({ version: 1 });
  });

  test("is a workflow that is shown again", async () => {
    const id = newId();
    await ask("/v1/workflows", { body: flow(id) });
    await ask(`/v1/workflows/${id}`, { method: "DELETE" });
    await d1.sync();
    expect((await ask(`/v1/workflows/${id}`)).status).toBe(404);
    await ask("/v1/workflows", { body: flow(id) });
    expect((await ask(`/v1/workflows/${id}`)).status).toBe(200);
  });

  test.each([
    "/v1/workflows/far_nothing",
    "/v1/workflows/far_nothing/versions",
    "/v1/workflows/far_nothing/versions/3",
    "/v1/templates/far_nothing",
  ])("and the primary neither: %s is 404", async (path) => {
    expect((await ask(path)).status).toBe(404);
    expect(d1.asked).toEqual(["nearest", "primary"]);
  });
});

describe("the primary decides", () => {
  test("about the next version, and about If-Match", async () => {
    const id = newId();
    await ask("/v1/workflows", { body: flow(id) });
    const put = await ask(`/v1/workflows/${id}`, { method: "PUT", body: flow(id, "other") });
    expect(put.value).toMatchObject({ version: 2 });
    expect(d1.asked).not.toContain("nearest");
  });

  test("about a template that a workflow names", async () => {
    const id = newId();
    await ask(`/v1/templates/${id}`, { method: "PUT", body: { prompt: "Hi" } });
    const checked = await ask(`/v1/workflows/${newId()}/validate`, {
      body: definition([ai("write", { config: { template_id: id, variables: [] } })]),
    });
    expect(checked.status).toBe(200);
    expect(JSON.stringify(checked.value)).not.toContain("unknown_template");
    expect(d1.asked).not.toContain("nearest");
  });

  test("about a key that was made a moment ago, or revoked", async () => {
    const made = await ask("/v1/keys", { body: { name: "far", scopes: ["workflows:read"] } });
    const { key } = made.value as { key: string };
    expect((await ask("/v1/workflows", { key })).status).toBe(200);
  });

  test("about the version that a start takes", async () => {
    const id = newId();
    await ask("/v1/workflows", { body: flow(id) });
    await d1.sync();
    await ask(`/v1/workflows/${id}`, { method: "PUT", body: flow(id, "other") });
    const started = await ask("/v1/executions", { body: { workflow_id: id } });
    expect(started.value).toMatchObject({ workflow_version: 2, status: "waiting" });
    await ask(`/v1/workflows/${id}`, { method: "DELETE" });
    expect((await ask("/v1/executions", { body: { workflow_id: id } })).status).toBe(404);
  });
});

describe("a write", () => {
  test("that is repeated with its key returns a bookmark that shows it", async () => {
    const id = newId();
    const write = () =>
      ask("/v1/workflows", { body: flow(id), headers: { "idempotency-key": `once-${id}` } });
    expect(await write()).toMatchObject({ status: 201 });
    const { bookmark } = await write();
    const read = await ask("/v1/workflows?limit=200", seen(bookmark));
    expect(JSON.stringify(read.value)).toContain(`${id}"`);
  });
});

const MALFORMED = [
  "",
  "first-primary",
  "first-unconstrained",
  "nonsense",
  "00000001-00000000-00000000-0000000000000000000000000000000",
  "00000001-00000000-00000000-000000000000000000000000000000000",
  "0000000A-00000000-00000000-00000000000000000000000000000000",
  `${bookmarkOf(1)}, ${bookmarkOf(1)}`,
];

describe("a malformed bookmark", () => {
  test.each(MALFORMED)("%j is refused by a list", async (bookmark) => {
    const { status, value } = await ask("/v1/executions", seen(bookmark));
    expect(status).toBe(400);
    const problem = problemSchema.parse(value);
    expect(problem.code).toBe("invalid_parameter");
    expect(problem.detail).toContain("x-d1-bookmark");
    expect(d1.asked).toEqual([]);
  });

  test("is refused by a write, which writes nothing", async () => {
    const id = newId();
    const refused = await ask("/v1/workflows", { body: flow(id), ...seen("nonsense") });
    expect(refused.status).toBe(400);
    expect((await ask(`/v1/workflows/${id}`)).status).toBe(404);
  });

  test("shows nothing to a caller without credentials", async () => {
    expect((await ask("/v1/executions", { key: "wo_x", ...seen("nonsense") })).status).toBe(401);
  });
});

describe("a bookmark of another history", () => {
  const later = bookmarkOf(0xffffffff);

  test("is answered by the primary, with one of this history", async () => {
    const read = await ask("/v1/workflows", seen(later));
    expect(read.status).toBe(200);
    expect((read.bookmark ?? later) < later).toBe(true);
    expect((await ask("/v1/workflows", seen(read.bookmark))).status).toBe(200);
  });

  test("does not hide what is not there", async () => {
    expect((await ask("/v1/workflows/far_nothing", seen(later))).status).toBe(404);
  });
});
