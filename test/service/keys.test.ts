/** API keys made over HTTP, and the trail of changes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createdKeySchema, keySchema } from "#model/api-key.ts";
import { auditEntrySchema } from "#model/audit.ts";
import { problemSchema } from "#model/problem.ts";
import { type Client, createClient } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const keysSchema = z.object({
  items: z.array(keySchema.strict()),
  next_cursor: z.string().nullable(),
});
const auditSchema = z.object({
  items: z.array(auditEntrySchema.strict()),
  next_cursor: z.string().nullable(),
});

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function create(body: object) {
  const answer = await service.post("/v1/keys", { name: "made here", ...body });
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 201 });
  return createdKeySchema.strict().parse(answer.json());
}

const clientOf = ({ key = "" }: { key?: string | undefined }): Client =>
  createClient(service.url, key);

describe("a key that was made", () => {
  test("does what its scopes say, at once", async () => {
    const made = await create({ scopes: ["workflows:read", "workflows:read"] });
    expect(made).toMatchObject({ name: "made here", scopes: ["workflows:read"] });
    expect(made.key).toMatch(new RegExp(`^wo_${made.id}_[a-z2-7]{32}$`));
    const client = clientOf(made);
    expect((await client.get("/v1/workflows")).status).toBe(200);
    expect((await client.get("/v1/executions")).status).toBe(403);
  });

  test("is listed without the key, and stored nowhere", async () => {
    const { key = "", ...told } = await create({ scopes: ["runs:read"] });
    const listed = await service.get("/v1/keys?limit=200");
    expect(keysSchema.parse(listed.json()).items).toContainEqual(told);
    const secret = key.split("_")[2] ?? "?";
    for (const text of [listed.text, await service.dump(), service.logs().join("\n")]) {
      expect(text).not.toContain(secret);
    }
  });

  test("is limited to its workflow, and ends when it should", async () => {
    const expires_at = "2099-01-01T01:00:00+01:00";
    const made = await create({ scopes: ["workflows:read"], workflow_id: "nowhere", expires_at });
    expect(made).toMatchObject({ workflow_id: "nowhere", expires_at: "2099-01-01T00:00:00.000Z" });
    expect((await clientOf(made).get("/v1/workflows/content_draft_flow")).status).toBe(404);
  });

  test("is refused once it was revoked, and revoking it again changes nothing", async () => {
    const made = await create({ scopes: ["workflows:read"] });
    const revoke = () => service.send({ method: "DELETE", path: `/v1/keys/${made.id}` });
    expect((await revoke()).status).toBe(204);
    expect((await clientOf(made).get("/v1/workflows")).status).toBe(401);
    const find = async () => {
      const { items } = keysSchema.parse((await service.get("/v1/keys?limit=200")).json());
      return items.find(({ id }) => id === made.id);
    };
    const revoked = await find();
    expect(revoked?.revoked_at).toMatch(/Z$/);
    expect((await revoke()).status).toBe(204);
    expect(await find()).toEqual(revoked);
  });

  test("can stand for the principal of another: idempotency keys stay valid", async () => {
    const scopes = ["runs:write"];
    const first = await create({ scopes });
    const second = await create({ scopes, principal_id: first.principal_id });
    expect(second.id).not.toBe(first.id);
    const start = async (made: typeof first) => {
      const body = { workflow_id: "content_draft_flow" };
      const headers = { "idempotency-key": "rotated" };
      return clientOf(made).post("/v1/executions", body, headers);
    };
    const { id } = (await start(first)).json() as { id: string };
    expect((await start(second)).json()).toMatchObject({ id });
  });

  test("is shown once: a repeated request gets the answer without it, and no second key", async () => {
    const headers = { "idempotency-key": "key-1" };
    const body = { name: "once", scopes: ["runs:read"] };
    const { key, ...told } = createdKeySchema.parse(
      (await service.post("/v1/keys", body, headers)).json(),
    );
    const again = await service.post("/v1/keys", body, headers);
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json()).toEqual(told);
    expect(key).toMatch(/^wo_/);
    const { items } = keysSchema.parse((await service.get("/v1/keys?limit=200")).json());
    expect(items.filter(({ name }) => name === "once")).toHaveLength(1);
  });
});

test("a key that is limited to one workflow makes no other, regardless of its scopes", async () => {
  const limited = { scopes: ["admin"], workflowScope: "content_draft_flow" } as const;
  const client = await service.clientWithKey(limited);
  for (const answer of [
    await client.post("/v1/keys", { name: "x", scopes: ["admin"] }),
    await client.get("/v1/keys"),
    await client.get("/v1/audit"),
  ]) {
    expect(answer.status).toBe(403);
    expect(problemSchema.parse(answer.json()).code).toBe("insufficient_scope");
  }
});

const YAML = (name: string) => `id: audited
name: ${name}
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;

describe("the audit trail", () => {
  let actor: Client;
  beforeAll(async () => {
    const scopes = ["admin"] as const;
    actor = await service.clientWithKey({ scopes, principal: "the-actor" });
    const put = (path: string, body: object) =>
      actor.send({
        method: "PUT",
        path,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const remove = (path: string) => actor.send({ method: "DELETE", path });
    await actor.yaml("POST", "/v1/workflows", YAML("One"));
    await actor.yaml("POST", "/v1/workflows", YAML("One"));
    await actor.yaml("PUT", "/v1/workflows/audited", YAML("Two"));
    await actor.yaml("PUT", "/v1/workflows/audited", YAML("Two"));
    await actor.yaml("POST", "/v1/workflows", "name: [");
    await remove("/v1/workflows/audited");
    await actor.yaml("POST", "/v1/workflows", YAML("Three"));
    await put("/v1/templates/audited_v1", { prompt: "the prompt" });
    await put("/v1/templates/audited_v1", { prompt: "the prompt" });
    await put("/v1/secrets/AUDITED", { value: "the value" });
    await remove("/v1/secrets/AUDITED");
    await remove("/v1/secrets/AUDITED");
    const made = await actor.post("/v1/keys", { name: "the name", scopes: ["runs:read"] });
    const { id } = made.json() as { id: string };
    await remove(`/v1/keys/${id}`);
    await remove(`/v1/keys/${id}`);
  });

  test("has one entry for each change, newest first, and none for what changed nothing", async () => {
    const answer = await service.get("/v1/audit?limit=200");
    const { items } = auditSchema.parse(answer.json());
    const own = items.filter((entry) => entry.actor === "the-actor").toReversed();
    const told = own.map(({ action, target, version }) =>
      [action, target, version].filter((part) => part !== undefined).join(" "),
    );
    const [made, revoked] = told.splice(-2);
    expect(told).toEqual([
      "workflow.created audited 1",
      "workflow.changed audited 2",
      "workflow.hidden audited",
      "workflow.created audited 3",
      "template.stored audited_v1 1",
      "secret.stored AUDITED 1",
      "secret.deleted AUDITED",
    ]);
    expect(made).toMatch(/^key\.created [a-z2-7]{10}$/);
    expect(revoked).toBe(made?.replace("created", "revoked"));
    for (const content of ["the prompt", "the value", "the name"]) {
      expect(answer.text).not.toContain(content);
    }
  });

  test("names the request, as the logs do", async () => {
    const headers = { "x-request-id": "audited-request", "content-type": "application/json" };
    const body = '{"value": "x"}';
    await service.send({ method: "PUT", path: "/v1/secrets/TRACED", headers, body });
    const [newest] = auditSchema.parse((await service.get("/v1/audit?limit=1")).json()).items;
    expect(newest).toMatchObject({ target: "TRACED", actor: "dev" });
    // By an id of ours: the caller's own could be that of another request.
    const { request_id: id = "" } = newest ?? {};
    expect(id).not.toContain("audited-request");
    const line = service.logs().find((one) => one.includes(id));
    expect(line).toContain('"client_request_id":"audited-request"');
  });

  test("is read page by page, without gaps", async () => {
    const { items } = auditSchema.parse((await service.get("/v1/audit?limit=200")).json());
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = auditSchema.parse((await service.get(`/v1/audit?limit=3${query}`)).json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(items.map(({ id }) => id));
    expect(new Set(seen).size).toBe(seen.length);
  });
});
