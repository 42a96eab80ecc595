/**
 * The other side of each limit, and what looks odd but is right: it is taken, and nothing of it is
 * lost.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextSchema, runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";
import { JSON_TYPE, KIB, nested, padded, YAML_TYPE } from "./bad-input/row.ts";
import { answerForm, start } from "./runs.ts";

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

const START = { workflow_id: "content_draft_flow" };

function startWith(over: object, headers: Record<string, string> = {}): Promise<Answer> {
  return service.post("/v1/executions", { ...START, ...over }, headers);
}

/** The inputs that the run has, as its context tells them. */
async function inputsOf(answer: Answer): Promise<unknown> {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 202 });
  const { id } = runSchema.parse(answer.json());
  const context = await service.get(`/v1/executions/${id}/context`);
  return contextSchema.parse(context.json()).runtime.inputs;
}

function yamlOf(id: string): string {
  return `id: ${id}
name: Sample
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;
}

describe("limits, from the inside", () => {
  test.each([
    ["with its length", false],
    ["in chunks", true],
  ])("a body of exactly 256 KiB is read, sent %s", async (_how, chunked) => {
    const body = padded(JSON.stringify(START), 256 * KIB);
    expect(Buffer.byteLength(body)).toBe(262_144);
    const answer = await service.send({
      method: "POST",
      path: "/v1/executions",
      headers: JSON_TYPE,
      body,
      chunked,
    });
    expect(answer.status).toBe(202);
  });

  test("a YAML of exactly 64 KiB is stored", async () => {
    const body = padded(`${yamlOf("exactly_64_kib")}#`, 64 * KIB);
    expect(Buffer.byteLength(body)).toBe(65_536);
    const answer = await service.yaml("POST", "/v1/workflows", body);
    expect(answer.status).toBe(201);
  });

  test("64 levels are taken", async () => {
    const body = `{"workflow_id": "content_draft_flow", "inputs": {"deep": ${nested(62)}}}`;
    const answer = await service.send({
      method: "POST",
      path: "/v1/executions",
      headers: JSON_TYPE,
      body,
    });
    expect(JSON.stringify(await inputsOf(answer))).toBe(`{"deep":${nested(62)}}`);
  });

  test.each([1, 254, 255])("an Idempotency-Key of %i characters is taken", async (length) => {
    const key = `~${"k".repeat(length - 1)}`;
    const inHeader = await startWith({}, { "idempotency-key": key });
    expect(runSchema.parse(inHeader.json()).idempotency_key).toBe(key);
    const inBody = await startWith({ run_opts: { idempotency_key: key } });
    expect(inBody.headers.get("idempotent-replayed")).toBe("true");
  });

  test("20 tags of 64 characters are kept", async () => {
    const tags = Array.from({ length: 20 }, (_, n) => String(n).padStart(64, "t"));
    const answer = await startWith({ run_opts: { tags } });
    expect(runSchema.parse(answer.json()).tags).toEqual(tags);
  });

  test("a reason of 1,000 characters is kept", async () => {
    const id = await start(service);
    const reason = "ä".repeat(1_000);
    const answer = await service.post(`/v1/executions/${id}/cancel`, { reason });
    expect(answer.status).toBe(200);
    const history = await service.get(`/v1/executions/${id}/history`);
    expect(history.text).toContain(reason);
  });

  test("a comment of 4,000 characters is kept", async () => {
    const id = await answerForm(service, await start(service));
    const decision = { step_id: "approval", approved: true, comment: "c".repeat(4_000) };
    const answer = await service.post(`/v1/executions/${id}/resume`, { approvals: [decision] });
    expect(runSchema.parse(answer.json()).status).toBe("completed");
  });

  test("a template of 32 KiB is stored", async () => {
    const prompt = "x".repeat(32 * KIB);
    const answer = await service.put("/v1/templates/large_v1", { prompt });
    expect(answer.json()).toEqual({ id: "large_v1", version: 1, prompt });
  });

  test.each(["/v1/workflows", "/v1/templates"])("%s takes limits of 1 and 200", async (list) => {
    expect((await service.get(`${list}?limit=1`)).status).toBe(200);
    expect((await service.get(`${list}?limit=200`)).status).toBe(200);
  });
});

describe("inputs that must come through unchanged", () => {
  test.each([
    ["text with every plane of Unicode", { t: "a\u00e9\u4e2d\u{1f600}\u{10ffff}" }],
    ["a NUL and other control characters", { t: "\u0000\u0001\u001f\u007f\u2028" }],
    ["half a surrogate pair", { t: "\ud800" }],
    ["empty keys and odd ones", { "": 1, " ": 2, "a.b": 3, "a/b~c": 4, "{{x}}": 5, 'q"': 6 }],
    ["names of the host language", { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ["numbers at the edges", { a: 9_007_199_254_740_991, b: -1.5e-300, c: 1e300, d: 0 }],
    ["booleans, null, lists and mappings", { a: true, b: null, c: [], d: {}, e: [[{}]] }],
    ["SQL", { t: "'; DROP TABLE runs; --" }],
  ])("%s", async (_what, inputs) => {
    expect(await inputsOf(await startWith({ inputs }))).toEqual(inputs);
  });

  test("a key called __proto__ is kept or refused, and changes nothing else", async () => {
    const body = '{"workflow_id": "content_draft_flow", "inputs": {"__proto__": {"topic": "x"}}}';
    const answer = await service.send({
      method: "POST",
      path: "/v1/executions",
      headers: JSON_TYPE,
      body,
    });
    expect([202, 422]).toContain(answer.status);
    if (answer.status === 202) {
      expect(JSON.stringify(await inputsOf(answer))).toBe('{"__proto__":{"topic":"x"}}');
    }
  });

  test("a number that JSON cannot hold is refused, not replaced", async () => {
    const body = '{"workflow_id": "content_draft_flow", "inputs": {"n": 1e999}}';
    const answer = await service.send({
      method: "POST",
      path: "/v1/executions",
      headers: JSON_TYPE,
      body,
    });
    expect([400, 422]).toContain(answer.status);
  });

  test("a body that is not UTF-8 is refused, not repaired", async () => {
    const body = Buffer.concat([
      Buffer.from('{"workflow_id": "content_draft_flow", "inputs": {"t": "'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    const answer = await service.send({
      method: "POST",
      path: "/v1/executions",
      headers: JSON_TYPE,
      body,
    });
    expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 400 });
  });
});

describe("validation without a body, and with one that is wrong", () => {
  const path = "/v1/workflows/content_draft_flow/validate";

  test("the stored workflow is valid", async () => {
    // Its form and its approval wait for as long as it takes.
    const hint = expect.objectContaining({ severity: "hint", code: "no_expiry" }) as unknown;
    const expected = { valid: true, diagnostics: [hint, hint] };
    expect((await service.post(path)).json()).toEqual(expected);
  });

  test("a YAML that cannot be read is a finding, not a refusal", async () => {
    const answer = await service.send({
      method: "POST",
      path,
      headers: YAML_TYPE,
      body: "name: [\n",
    });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      valid: false,
      diagnostics: [{ severity: "error", code: "yaml_syntax", pointer: "", line: 1, column: 7 }],
    });
  });

  test("a candidate for an id that is not there yet is checked too", async () => {
    const answer = await service.send({
      method: "POST",
      path: "/v1/workflows/not_there/validate",
      headers: YAML_TYPE,
      body: yamlOf("not_there"),
    });
    expect(answer.json()).toEqual({ valid: true, diagnostics: [] });
    expect((await service.get("/v1/workflows/not_there")).status).toBe(404);
  });
});

test("pages of a list hold each item once, in order", async () => {
  for (const id of ["page_c", "page_a", "page_b"]) {
    expect((await service.yaml("POST", "/v1/workflows", yamlOf(id))).status).toBe(201);
  }
  const seen: string[] = [];
  let path = "/v1/workflows?limit=1";
  for (let page = 0; page < 100 && path !== ""; page += 1) {
    const body = (await service.get(path)).json() as {
      items: { id: string }[];
      next_cursor: string | null;
    };
    expect(body.items).toHaveLength(1);
    seen.push(...body.items.map((item) => item.id));
    path = body.next_cursor === null ? "" : `/v1/workflows?limit=1&cursor=${body.next_cursor}`;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((id) => id.startsWith("page_"))).toEqual(["page_a", "page_b", "page_c"]);
});
