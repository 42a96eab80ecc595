/**
 * What a key that is limited to one workflow can learn of the others: nothing. A table over all
 * operations, then each way in which a name, a time or a count could come through.
 *
 * What belongs to the other workflow has markers in it. A request that names one of them itself is
 * compared with the same request for a name that does not exist.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { SCOPES } from "#model/access.ts";
import { runSchema } from "#model/run.ts";
import type { Answer, Client, Request } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";
import { nameOf, OPERATIONS } from "./operations.ts";
import { projected } from "./runs.ts";

const OWN = "own_flow";
const TAG = "shared_tag";
/** In everything of the other workflow. */
const MARK = "qzother";

const workflow = (id: string, template: string, secret: string) => `id: ${id}
name: Flow ${id}
tags: [${TAG}]
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask ${id}
    config: { fields: [{ key: topic, type: string, required: true }] }
    next: write
  - id: write
    type: ai_generate
    name: Write
    config: { template_id: ${template}, variables: [topic], json_schema: { type: object } }
    next: call
  - id: call
    type: api_call
    name: Call
    config:
      url: https://api.example.com
      method: POST
      headers: { Authorization: "Bearer {{secrets.${secret}}}" }
`;

const listSchema = z.object({ items: z.array(z.unknown()), next_cursor: z.string().nullable() });

let service: Service;
/** Limited to `own_flow`, with all scopes. */
let limited: Client;
let runs: { own: string; other: string };
let markers: string[];

async function createRun(client: Client, workflowId: string): Promise<string> {
  const body = { workflow_id: workflowId, run_opts: { tags: [TAG] } };
  return runSchema.parse((await client.post("/v1/executions", body)).json()).id;
}

beforeAll(async () => {
  service = await startService();
  const wide = await service.clientWithKey({ scopes: ["admin"], principal: `key_${MARK}` });
  for (const [id, template, secret] of [
    [OWN, "own_template", "OWN_TOKEN"],
    [`${MARK}_flow`, `${MARK}_template`, `${MARK}_TOKEN`],
  ] as const) {
    await wide.put(`/v1/templates/${template}`, { prompt: `Write ${template} on {{topic}}` });
    await wide.put(`/v1/secrets/${secret}`, { value: "a value that is long enough" });
    const stored = await wide.yaml("POST", "/v1/workflows", workflow(id, template, secret));
    expect({ status: stored.status, body: stored.text }).toMatchObject({ status: 201 });
  }
  await wide.put("/v1/secrets/GRANTED_TOKEN", { value: "long enough", workflows: [OWN] });
  await wide.put(`/v1/secrets/${MARK}_GRANTED`, {
    value: "long enough",
    workflows: [`${MARK}_flow`],
  });
  runs = { own: await createRun(wide, OWN), other: await createRun(wide, `${MARK}_flow`) };
  limited = await service.clientWithKey({ scopes: [...SCOPES], workflowScope: OWN });
  const other = runSchema.parse((await wide.get(`/v1/executions/${runs.other}`)).json());
  const token = other.wait?.type === "form" ? (other.wait.resume_token ?? "") : "";
  markers = [MARK, other.id, other.started_at, token];
  // In D1 as well, before anything is listed.
  await projected(service, [runs.own, runs.other]);
});

afterAll(() => service.close());

function expectNoMarker({ text, headers }: Answer, sent = ""): void {
  const whole = `${text}\n${JSON.stringify([...headers])}`;
  const cursors = [...whole.matchAll(/"next_cursor":"([^"]+)"/g)].map(([, cursor = ""]) => cursor);
  const read = cursors.map((cursor) => Buffer.from(cursor, "base64url").toString("latin1"));
  for (const marker of markers.filter((one) => !sent.includes(one))) {
    expect(
      [whole, ...read].filter((part) => part.includes(marker)),
      marker,
    ).toEqual([]);
  }
}

const named = OPERATIONS.map((operation) => [nameOf(operation), operation] as const);

describe("every operation with the limited key", () => {
  test.each(named)("%s says nothing of the other workflow", async (_name, operation) => {
    const request = await operation.prepare(service);
    expectNoMarker(await limited.send(request));
  });

  /** The same operation, on a thing of the other workflow and on one that does not exist. */
  const NOWHERE = MARK.replaceAll("o", "a");
  const inOther = (text: string) =>
    text
      .replaceAll("content_draft_flow", `${MARK}_flow`)
      .replaceAll(/sample_\d+/g, `${MARK}_flow`)
      .replaceAll(/SAMPLE_\d+/g, `${MARK}_TOKEN`)
      .replaceAll(/\b(content_v1|email_v1)\b/g, `${MARK}_template`)
      .replaceAll(/run_[a-z2-7]{26}/g, runs.other);
  const nowhere = (text: string) =>
    text.replaceAll(runs.other, `run_${"a".repeat(26)}`).replaceAll(MARK, NOWHERE);

  test.each(named)("%s does not distinguish it from nothing", async (_name, operation) => {
    const request = await operation.prepare(service);
    const { body = "" } = request;
    if (typeof body !== "string") throw new Error("the samples have texts as bodies");
    const send = async (rename: (text: string) => string) => {
      const renamed: Request = { ...request, path: rename(inOther(request.path)) };
      if (body !== "") renamed.body = rename(inOther(body));
      return limited.send(renamed);
    };
    const there = await send((text) => text);
    const notThere = await send(nowhere);
    expect(summary(there, nowhere)).toEqual(summary(notThere, (text) => text));
  });
});

/** What a caller sees, without what differs in each request. */
function summary({ status, text, headers }: Answer, rename: (text: string) => string) {
  const body = rename(text)
    .replaceAll(/"request_id":"[^"]*"/g, "")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "(time)");
  const names = [...headers.keys()].toSorted();
  return { status, body, names, etag: headers.get("etag") };
}

describe("lists", () => {
  test("of templates have those that a stored version of the workflow names", async () => {
    const { items } = listSchema.parse((await limited.get("/v1/templates")).json());
    expect(items).toMatchObject([{ id: "own_template" }]);
  });

  test("of runs with a tag end where its own runs end, however many others have", async () => {
    for (const [table, columns] of [
      [
        "runs",
        `id, workflow_id, workflow_version, status, created_at, updated_at, created_by, tags, mock,
         tokens_prompt, tokens_output, cost_usd, ai_calls, seq`,
      ],
    ] as const) {
      await service.execute(
        `INSERT INTO ${table} (${columns}) SELECT 'run_${MARK}' || value, '${MARK}_flow', 1,
         'failed', '2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z', 'key_${MARK}', '[]', 0,
         0, 0, 0, 0, 1 FROM json_each(?)`,
        JSON.stringify(Array.from({ length: 700 }, (_, index) => index)),
      );
    }
    await service.execute(
      `INSERT INTO run_tags SELECT '${TAG}', created_at, id FROM runs WHERE id LIKE 'run_${MARK}%'`,
    );
    for (const query of ["", "&limit=1", "&status=waiting", `&workflow_id=${OWN}`]) {
      const answer = await limited.get(`/v1/executions?tag=${TAG}${query}`);
      const { items, next_cursor } = listSchema.parse(answer.json());
      expect(items, query).toMatchObject([{ id: runs.own }]);
      if (next_cursor !== null) {
        const after = await limited.get(`/v1/executions?tag=${TAG}${query}&cursor=${next_cursor}`);
        expect(listSchema.parse(after.json())).toEqual({ items: [], next_cursor: null });
      }
      expectNoMarker(answer);
    }
    const none = await limited.get(`/v1/executions?tag=${TAG}&status=failed`);
    expect(none.json()).toEqual({ items: [], next_cursor: null });
    const before = await limited.get(
      `/v1/executions?tag=${TAG}&created_after=2029-12-31T00:00:00Z&limit=200`,
    );
    expect(before.json()).toEqual({ items: [], next_cursor: null });
  });

  test("take no cursor of a key that sees more, and none of another list", async () => {
    const { next_cursor } = listSchema.parse((await service.get("/v1/templates?limit=1")).json());
    for (const [client, path] of [
      [limited, `/v1/templates?limit=1&cursor=${next_cursor}`],
      [service, `/v1/workflows?limit=1&cursor=${next_cursor}`],
      [service, `/v1/secrets?limit=1&cursor=${next_cursor}`],
    ] as const) {
      const answer = await client.get(path);
      expect({ status: answer.status, body: answer.json() }).toMatchObject({
        status: 400,
        body: { code: "invalid_parameter", errors: [{ code: "invalid_cursor" }] },
      });
    }
    const again = await service.get(`/v1/templates?limit=1&cursor=${next_cursor}`);
    expect(again.status).toBe(200);
  });

  test("take a cursor for its parameters, its principal and its workflow alone", async () => {
    const principal = "of_a_cursor";
    const key = { scopes: [...SCOPES], principal };
    const wide = await service.clientWithKey(key);
    const narrow = await service.clientWithKey({ ...key, workflowScope: OWN });
    const other = await service.clientWithKey({ ...key, principal: "of_no_cursor" });
    const first = listSchema.parse((await wide.get("/v1/executions?limit=1")).json());
    const after = `limit=1&cursor=${first.next_cursor}`;
    for (const [client, query] of [
      [wide, `${after}&status=waiting`],
      [wide, `${after}&tag=${TAG}`],
      [wide, `${after}&created_after=2020-01-01T00:00:00Z`],
      [narrow, after],
      [other, after],
    ] as const) {
      const answer = await client.get(`/v1/executions?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
      expect(answer.json()).toMatchObject({ errors: [{ code: "invalid_cursor" }] });
    }
    for (const query of [after, after.replace("limit=1", "limit=2")]) {
      expect((await wide.get(`/v1/executions?${query}`)).status).toBe(200);
    }
    // Another key of the principal is the same caller.
    const again = await service.clientWithKey(key);
    expect((await again.get(`/v1/executions?${after}`)).status).toBe(200);
  });

  test("take no cursor that was made up, as those of releases before 0.4 could be", async () => {
    const place = "2030-01-01T00:00:00.000Z run_n5zq3tq4wq2i5l7k3c2h6xw4ya";
    for (const text of [place, OWN, "x".repeat(60)]) {
      const cursor = Buffer.from(text).toString("base64url");
      const answer = await limited.get(`/v1/executions?tag=${TAG}&cursor=${cursor}`);
      expect(answer.status).toBe(400);
    }
  });

  test("go through all entries, one at a time, and no entry comes twice", async () => {
    for (const path of ["/v1/workflows", "/v1/templates", "/v1/secrets", "/v1/keys", "/v1/audit"]) {
      const whole = listSchema.parse((await service.get(`${path}?limit=200`)).json()).items;
      const seen: unknown[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const page = listSchema.parse((await service.get(`${path}?limit=3${query}`)).json());
        seen.push(...page.items);
        cursor = page.next_cursor;
      }
      expect(seen, path).toEqual(whole);
      expect(new Set(seen.map((item) => JSON.stringify(item))).size).toBe(seen.length);
    }
  });
});

describe("validate", () => {
  const validate = async (text: string) =>
    limited.yaml("POST", `/v1/workflows/${OWN}/validate`, text);

  test.each([
    [`${MARK}_template`, "OWN_TOKEN"],
    [`${MARK}_templat`, "OWN_TOKEN"],
    ["own_template", `${MARK}_TOKEN`],
    ["own_template", `${MARK}_TOKE`],
    ["own_template", `${MARK}_GRANTED`],
    ["own_template", `${MARK}_GRANTE`],
  ])("of %s and %s suggests and confirms nothing of others", async (template, secret) => {
    const answer = await validate(workflow(OWN, template, secret));
    const absent = {
      template: template.replace(MARK, "zzzzzzz"),
      secret: secret.replace(MARK, "zzzzzzz"),
    };
    const other = await validate(workflow(OWN, absent.template, absent.secret));
    const rename = (text: string) => text.replaceAll(MARK, "zzzzzzz");
    expect(summary(answer, rename)).toEqual(summary(other, rename));
    expect(answer.json()).toMatchObject({ valid: false });
    const suggestions = [...answer.text.matchAll(/"suggestion":"([^"]*)"/g)].map(
      ([, name]) => name,
    );
    for (const name of suggestions) expect(name).not.toContain(MARK);
  });

  test("still suggests names of the workflow itself", async () => {
    const answer = await validate(workflow(OWN, "own_templat", "OWN_TOKE"));
    expect(answer.text).toContain('"suggestion":"own_template"');
    expect(answer.text).toContain('"suggestion":"OWN_TOKEN"');
    const granted = await validate(workflow(OWN, "own_template", "GRANTED_TOKEN"));
    expect(granted.json()).toMatchObject({ valid: true });
  });

  test("a name that was stored by a limited key does not become visible", async () => {
    for (const text of [
      workflow(OWN, `${MARK}_template`, "OWN_TOKEN"),
      workflow(OWN, "own_template", `${MARK}_TOKEN`),
    ]) {
      const stored = await limited.yaml("PUT", `/v1/workflows/${OWN}`, text);
      expect(stored.json()).toMatchObject({ code: "invalid_workflow" });
    }
    expect((await limited.get(`/v1/templates/${MARK}_template`)).status).toBe(404);
  });

  test("a caller who is not limited widens it, for all versions", async () => {
    const wider = workflow(OWN, "content_v1", "OWN_TOKEN");
    expect((await service.yaml("PUT", `/v1/workflows/${OWN}`, wider)).status).toBe(200);
    expect((await limited.get("/v1/templates/content_v1")).status).toBe(200);
    expect((await limited.get("/v1/templates/own_template")).status).toBe(200);
    expect((await limited.get("/v1/templates/email_v1")).status).toBe(404);
  });
});

test("versions that an earlier release stored count as well", async () => {
  await service.execute(
    "UPDATE workflow_versions SET template_ids = NULL, secret_names = NULL WHERE workflow_id = ?",
    OWN,
  );
  expect((await limited.get("/v1/templates/own_template")).status).toBe(200);
  expect((await limited.get(`/v1/templates/${MARK}_template`)).status).toBe(404);
  const answer = await limited.yaml(
    "POST",
    `/v1/workflows/${OWN}/validate`,
    workflow(OWN, "own_template", "OWN_TOKEN"),
  );
  expect(answer.json()).toMatchObject({ valid: true });
  expect(answer.text).not.toContain("secret_");
});

test("infer takes the templates of the workflow, and no others", async () => {
  const ask = (template_id: string, key?: string) =>
    limited.post(
      "/v1/ai/infer",
      { template_id, variables: { topic: "x" }, json_schema: { type: "object" }, mock: true },
      key === undefined ? {} : { "idempotency-key": key },
    );
  expect((await ask("own_template")).status).toBe(200);
  const other = await ask(`${MARK}_template`);
  expect(other.json()).toMatchObject({ code: "template_not_found" });
  expect((await ask(`${MARK}_template`, "once")).json()).toMatchObject({
    code: "template_not_found",
  });
});

test("a replay of a wider key of the same principal shows nothing", async () => {
  const principal = "key_of_two";
  const wide = await service.clientWithKey({ scopes: [...SCOPES], principal });
  const narrow = await service.clientWithKey({
    scopes: [...SCOPES],
    principal,
    workflowScope: OWN,
  });
  const headers = { "idempotency-key": "same" };
  const body = {
    template_id: `${MARK}_template`,
    variables: { topic: "x" },
    json_schema: { type: "object" },
    mock: true,
  };
  expect((await wide.post("/v1/ai/infer", body, headers)).status).toBe(200);
  const again = await narrow.post("/v1/ai/infer", body, headers);
  expect(again.json()).toMatchObject({ code: "idempotency_key_reused" });
  expectNoMarker(again, JSON.stringify(body));
});
