/** Request headers in all their spellings: heeded, ignored or replaced, never an error. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";
import { start } from "./runs.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const CANDIDATE = `id: content_draft_flow
name: Sample
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;

function startWith(headers: Record<string, string>): Promise<Answer> {
  return service.post("/v1/executions", { workflow_id: "content_draft_flow" }, headers);
}

test.each([
  ["", null],
  ["wait", null],
  ["wait=", null],
  ["wait=abc", null],
  ["wait=-1", null],
  ["wait=1.5", null],
  ["wait=99999999999999999999", null],
  ["respond-asynchronously", null],
  ["return=minimal", null],
  [";;,,==", null],
  ["wait=0", "wait=0"],
  ["WAIT = 5", "wait=5"],
  ["return=minimal, wait=5", "wait=5"],
  ["wait=61", "wait=60"],
  ["Respond-Async", "respond-async"],
])("Prefer: %s", async (prefer, applied) => {
  const answer = await startWith({ prefer });
  expect(answer.status).toBe(202);
  expect(runSchema.parse(answer.json()).status).toBe("waiting");
  expect(answer.headers.get("preference-applied")).toBe(applied);
});

test.each([
  "application/json",
  "application/json;charset=utf-8",
  "Application/JSON ; charset=UTF-8",
])("a JSON body as %s", async (type) => {
  expect((await startWith({ "content-type": type })).status).toBe(202);
});

test.each([
  "application/yaml",
  "application/x-yaml",
  "text/yaml",
  "Application/YAML; charset=utf-8",
])("a YAML body as %s", async (type) => {
  const path = "/v1/workflows/content_draft_flow/validate";
  const body = CANDIDATE;
  const headers = { "content-type": type };
  const answer = await service.send({ method: "POST", path, headers, body });
  expect(answer.json()).toEqual({ valid: true, diagnostics: [] });
});

test.each(["application/json", "text/plain", "application/x-www-form-urlencoded"])(
  "no body, although its media type is said to be %s",
  async (type) => {
    const headers = { "content-type": type };
    const id = await start(service);
    const cancel = { method: "POST", path: `/v1/executions/${id}/cancel`, headers };
    expect((await service.send(cancel)).status).toBe(200);
    const path = "/v1/workflows/content_draft_flow/validate";
    expect((await service.send({ method: "POST", path, headers })).status).toBe(200);
  },
);

test.each(["a", "req-1.2_3", "r".repeat(128)])("X-Request-Id: %s is kept", async (id) => {
  const answer = await service.send({
    method: "GET",
    path: "/v1/executions/none",
    headers: { "x-request-id": id },
  });
  expect(answer.headers.get("x-request-id")).toBe(id);
  expect(problemSchema.parse(answer.json()).request_id).toBe(id);
});

test.each(["", "two words", "r".repeat(129), "<script>", "a\tb"])(
  "X-Request-Id: %s is replaced",
  async (id) => {
    const answer = await service.send({
      method: "GET",
      path: "/healthz",
      headers: { "x-request-id": id },
    });
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test("answers of the API are kept by no cache: runs and keys hold what opens doors", async () => {
  const run = runSchema.parse((await startWith({})).json());
  expect(run.wait).toHaveProperty("resume_token");
  const answers = [
    await service.get(`/v1/executions/${run.id}`),
    await service.post(`/v1/executions/${run.id}/resume`, { inputs: {} }),
    await service.post("/v1/keys", { name: "cached", scopes: ["runs:read"] }),
    await service.delete("/v1/keys/unknown"),
    await service.get("/v1/nothing"),
    await service.send({ method: "GET", path: "/v1/executions", key: null }),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get("cache-control")])).toEqual([
    [200, "no-store"],
    [422, "no-store"],
    [201, "no-store"],
    [404, "no-store"],
    [404, "no-store"],
    [401, "no-store"],
  ]);
});

test.each([
  "/v1/workflows/content_draft_flow",
  "/v1/workflows/content_draft_flow/versions/1",
  "/v1/templates/content_v1",
  "/",
])("If-None-Match of %s: 304 without a body when the client has it", async (path) => {
  const first = await service.get(path);
  const tag = first.headers.get("etag") ?? "";
  expect([first.status, tag]).toEqual([200, expect.stringMatching(/^(W\/)?"[^"]+"$/)]);
  const strong = tag.replace("W/", "");
  for (const known of [tag, strong, `W/${strong}`, "*", `"other", ${tag}`, `${tag},"other"`]) {
    for (const method of ["GET", "HEAD"]) {
      const again = await service.send({ method, path, headers: { "if-none-match": known } });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", tag]);
      expect(again.headers.get("content-type")).toBeNull();
      expect(again.headers.get("x-request-id")).not.toBeNull();
      expect(again.headers.get("cache-control")).toBe(first.headers.get("cache-control"));
    }
  }
  for (const other of ['"other"', "other", strong.slice(1, -1), ""]) {
    const again = await service.send({ method: "GET", path, headers: { "if-none-match": other } });
    expect([again.status, again.text]).toEqual([200, first.text]);
  }
});

test("If-None-Match is for those who may read: it opens nothing, and hides no problem", async () => {
  const headers = { "if-none-match": "*" };
  const path = "/v1/workflows/content_draft_flow";
  expect((await service.send({ method: "GET", path, headers, key: null })).status).toBe(401);
  const missing = await service.send({ method: "GET", path: "/v1/workflows/none", headers });
  expect(missing.status).toBe(404);
});

test("the ETag of a template changes with its text", async () => {
  const put = (prompt: string) => service.put("/v1/templates/tagged", { prompt });
  const first = (await put("One {{topic}}")).headers.get("etag");
  expect((await put("One {{topic}}")).headers.get("etag")).toBe(first);
  expect((await service.get("/v1/templates/tagged")).headers.get("etag")).toBe(first);
  expect((await put("Two {{topic}}")).headers.get("etag")).not.toBe(first);
});
