/** Workflows as they are stored and read: canonical, versioned, never changed in place. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const yamlOf = (id: string, name = "Sample") => `name: ${name}
id: ${id}
tags: [demo]
start_step: ask
steps:
  - id: ask
    name: Ask
    type: form
    next: call
    config: { fields: [{ type: string, key: topic, required: true }], expires_in_s: 60 }
  - { id: call, type: api_call, name: Call, config: { method: GET, url: "https://a.example.com" } }
`;

function post(text: string) {
  return service.yaml("POST", "/v1/workflows", text);
}

describe("a workflow", () => {
  test("is read with its latest version and an ETag of it, in canonical form", async () => {
    const created = await post(yamlOf("stored_a"));
    expect(created.headers.get("location")).toBe("/v1/workflows/stored_a");
    const read = await service.get("/v1/workflows/stored_a");
    expect(read.text).toBe(created.text);
    expect(read.headers.get("etag")).toBe(created.headers.get("etag"));
    const steps = [
      {
        id: "ask",
        type: "form",
        name: "Ask",
        next: "call",
        config: {
          fields: [{ key: "topic", type: "string", required: true }],
          expires_in_s: 60,
        },
      },
      {
        id: "call",
        type: "api_call",
        name: "Call",
        next: null,
        retry: {
          max_attempts: 3,
          initial_delay_ms: 500,
          max_delay_ms: 30_000,
          backoff: "exponential",
          jitter: true,
        },
        config: { url: "https://a.example.com", method: "GET", timeout_s: 30, idempotent: false },
      },
    ];
    expect(read.json()).toEqual({
      id: "stored_a",
      version: 1,
      name: "Sample",
      start_step: "ask",
      definition: {
        schema_version: "0.2.0",
        id: "stored_a",
        name: "Sample",
        start_step: "ask",
        static: {},
        tags: ["demo"],
        steps,
      },
      steps,
    });
  });

  test("is the same posted as JSON and as YAML, for any order of its keys", async () => {
    const created = await post(yamlOf("stored_b"));
    expect(created.status).toBe(201);
    const again = await service.post("/v1/workflows", parse(yamlOf("stored_b")));
    expect(again.status).toBe(200);
    expect(again.text).toBe(created.text);
    expect(again.headers.get("etag")).toBe(created.headers.get("etag"));
  });

  test("that was read can be put back, and nothing changes", async () => {
    await post(yamlOf("stored_c"));
    const path = "/v1/workflows/stored_c";
    const read = (await service.get(path)).json() as { definition: object };
    const put = await service.put(path, read.definition);
    expect(put.status).toBe(200);
    expect(put.json()).toEqual(read);
  });
});

describe("a version", () => {
  test("stays as it was, regardless of what becomes of the workflow", async () => {
    await post(yamlOf("stored_d"));
    const path = "/v1/workflows/stored_d";
    const first = await service.get(`${path}/versions/1`);
    expect(first.status).toBe(200);
    await service.yaml("PUT", path, yamlOf("stored_d", "Changed"));
    expect((await service.get(path)).json()).toMatchObject({ version: 2, name: "Changed" });
    await service.delete(path);

    const again = await service.get(`${path}/versions/1`);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    const list = (await service.get(`${path}/versions`)).json() as { items: object[] };
    expect(list.items).toMatchObject([
      { version: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      { version: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
  });

  test("has its own ETag: none fits another", async () => {
    const tag = async (answer: Promise<{ headers: Headers }>) => (await answer).headers.get("etag");
    const path = "/v1/workflows/stored_e";
    const one = await tag(post(yamlOf("stored_e")));
    const two = await tag(service.yaml("PUT", path, yamlOf("stored_e", "Two")));
    const three = await tag(service.yaml("PUT", path, yamlOf("stored_e")));
    expect(new Set([one, two, three]).size).toBe(3);
  });
});
