import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;
beforeAll(async () => {
  service = await sharedService();
});
afterAll(() => service.close());

const YAML = readFileSync(
  new URL("../../src/cli/seeds/workflows/content_draft_flow.yaml", import.meta.url),
  "utf8",
);
const named = (id: string) => YAML.replace("id: content_draft_flow", `id: ${id}`);

function post(id: string, key: string, body = named(id)) {
  const headers = { "content-type": "application/yaml", "idempotency-key": key };
  return service.send({ method: "POST", path: "/v1/workflows", headers, body });
}

describe("an idempotency key on a write", () => {
  test("returns the first answer again, also when the state has moved on", async () => {
    const first = await post("keyed_a", "w1");
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const path = "/v1/workflows/keyed_a";
    expect((await service.send({ method: "DELETE", path })).status).toBe(204);

    const again = await post("keyed_a", "w1");
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json()).toEqual(first.json());
    expect((await service.send({ method: "GET", path })).status).toBe(404);
  });

  test("with another request is refused, and changes nothing", async () => {
    await post("keyed_b", "w2");
    const other = await post("keyed_c", "w2");
    expect(other.status).toBe(422);
    expect(other.json()).toMatchObject({ code: "idempotency_key_reused" });
    const path = "/v1/workflows/keyed_c";
    expect((await service.send({ method: "GET", path })).status).toBe(404);
  });

  test("of a refused write is not used up", async () => {
    expect((await post("keyed_d", "w3", "name: [")).status).toBe(422);
    expect((await post("keyed_d", "w3")).status).toBe(201);
  });

  test("works for hiding and for templates", async () => {
    await post("keyed_e", "w4");
    const hide = () =>
      service.send({
        method: "DELETE",
        path: "/v1/workflows/keyed_e",
        headers: { "idempotency-key": "w5" },
      });
    expect((await hide()).status).toBe(204);
    expect((await hide()).status).toBe(204);
    const put = (prompt: string) =>
      service.send({
        method: "PUT",
        path: "/v1/templates/keyed_v1",
        headers: { "content-type": "application/json", "idempotency-key": "w6" },
        body: JSON.stringify({ prompt }),
      });
    expect((await put("one")).json()).toMatchObject({ version: 1 });
    expect((await put("one")).headers.get("idempotent-replayed")).toBe("true");
    expect((await put("two")).json()).toMatchObject({ code: "idempotency_key_reused" });
  });

  test("belongs to its caller", async () => {
    const key = await service.createKey({ scopes: ["workflows:write", "workflows:read"] });
    await post("keyed_f", "w7");
    const headers = {
      "content-type": "application/yaml",
      "idempotency-key": "w7",
      authorization: `Bearer ${key}`,
    };
    const answer = await service.send({
      method: "POST",
      path: "/v1/workflows",
      headers,
      body: named("keyed_g"),
    });
    expect(answer.status).toBe(201);
  });

  test("of many concurrent creates returns the same workflow to all", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post("keyed_h", "w8")));
    for (const answer of answers) {
      expect([200, 201]).toContain(answer.status);
      expect(answer.json()).toMatchObject({ id: "keyed_h", version: 1 });
    }
  });
});
