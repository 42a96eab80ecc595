/** Idempotency keys of requests that change a run, over HTTP: whose they are and what they replay. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import type { Client } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";
import { start } from "./runs.ts";

const SCOPES = ["runs:read", "runs:write"] as const;
const INPUTS = { inputs: { topic: "Launch", audience: "SMB" } };

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const keyed = (key: string) => ({ "idempotency-key": key });

function resume(client: Client, runId: string, key: string, body: object = INPUTS) {
  return client.post(`/v1/executions/${runId}/resume`, body, keyed(key));
}

function cancel(runId: string, key: string, body: object) {
  return service.post(`/v1/executions/${runId}/cancel`, body, keyed(key));
}

async function eventCount(runId: string): Promise<number> {
  const answer = await service.get(`/v1/executions/${runId}/history`);
  return (answer.json() as { events: unknown[] }).events.length;
}

describe("a resume", () => {
  test("sent again returns the present run and answers nothing", async () => {
    const id = await start(service);
    const first = await resume(service, id, "r1");
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const events = await eventCount(id);
    const again = await resume(service, id, "r1");
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json()).toEqual(first.json());
    expect(await eventCount(id)).toBe(events);
  });

  test("with another body is refused, and changes nothing", async () => {
    const id = await start(service);
    await resume(service, id, "r2");
    const events = await eventCount(id);
    const other = await resume(service, id, "r2", { inputs: { topic: "Party", audience: "SMB" } });
    expect(other.status).toBe(422);
    expect(other.json()).toMatchObject({ code: "idempotency_key_reused" });
    expect(await eventCount(id)).toBe(events);
  });

  test("of another run may use the same key", async () => {
    const [one, two] = [await start(service), await start(service)];
    await resume(service, one, "r3");
    const answer = await resume(service, two, "r3");
    expect(answer.headers.get("idempotent-replayed")).toBeNull();
    expect(runSchema.parse(answer.json()).current_step).toBe("approval");
  });

  test("that was refused uses up no key", async () => {
    const id = await start(service);
    expect((await resume(service, id, "r4", { inputs: {} })).status).toBe(422);
    expect((await resume(service, id, "r4")).status).toBe(200);
  });
});

describe("a cancel", () => {
  test("sent again returns the same answer, with another reason it is refused", async () => {
    const id = await start(service);
    const first = await cancel(id, "c1", { reason: "Not needed" });
    expect(runSchema.parse(first.json()).status).toBe("canceled");
    const again = await cancel(id, "c1", { reason: "Not needed" });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json()).toEqual(first.json());
    const other = await cancel(id, "c1", { reason: "Another" });
    expect(other.json()).toMatchObject({ status: 422, code: "idempotency_key_reused" });
  });

  test("and a resume do not share their keys", async () => {
    const id = await start(service);
    expect((await resume(service, id, "c2")).status).toBe(200);
    const canceled = await cancel(id, "c2", {});
    expect(canceled.headers.get("idempotent-replayed")).toBeNull();
    expect(runSchema.parse(canceled.json()).status).toBe("canceled");
  });
});

describe("an owner and a key", () => {
  const TWO = `id: two_signatures
name: Two signatures
start_step: sign
steps:
  - id: sign
    type: approval
    name: Sign
    config: { approvers: [ann@example.com, bob@example.com, eve@example.com], quorum: 3 }
`;
  const scopes = ["runs:read", "runs:write", "approvals:decide"] as const;
  const approvals = { approvals: [{ step_id: "sign", approved: true }] };

  test.each<[first: [owner: string, key: string], second: [owner: string, key: string]]>([
    [
      ["ns", "sa:K1"],
      ["ns:sa", "K1"],
    ],
    [
      ["user:ns", "sa:K1"],
      ["user:ns:sa", "K1"],
    ],
    [
      ["a", 'b","c'],
      ['a","b', "c"],
    ],
    [
      ["token:1:0", "K"],
      ["token:1", "0:K"],
    ],
  ])("%j and %j have a name each: neither decision is lost", async (first, second) => {
    await service.yaml("POST", "/v1/workflows", TWO);
    const id = await start(service, { workflow_id: "two_signatures" });
    for (const [principal, key] of [first, second]) {
      const client = await service.clientWithKey({ scopes, principal });
      const answer = await resume(client, id, key, approvals);
      expect([answer.status, answer.headers.get("idempotent-replayed")]).toEqual([200, null]);
      const again = await resume(client, id, key, approvals);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
    }
    const { wait } = runSchema.parse((await service.get(`/v1/executions/${id}`)).json());
    const deciders = wait?.type === "approval" ? wait.decisions.map(({ by }) => by) : [];
    expect(deciders).toEqual([`key:${first[0]}`, `key:${second[0]}`]);
  });

  test("have no run in common either, regardless of what is in them", async () => {
    const body = { workflow_id: "content_draft_flow" };
    const ids = new Set<string>();
    for (const [principal, key] of [
      ["own", "er:K"],
      ["own:er", "K"],
      ["own\ner", "K"],
      ["own", "er\\nK"],
    ] as const) {
      const client = await service.clientWithKey({ scopes, principal });
      const answer = await client.post("/v1/executions", body, keyed(key));
      expect(answer.headers.get("idempotent-replayed")).toBeNull();
      ids.add(runSchema.parse(answer.json()).id);
    }
    expect(ids.size).toBe(4);
  });
});

describe("a key of a start", () => {
  const body = { workflow_id: "content_draft_flow", ...INPUTS };

  test("belongs to the principal, whichever credentials it has by now", async () => {
    const principal = "a-service";
    const before = await service.clientWithKey({ scopes: SCOPES, principal });
    const after = await service.clientWithKey({ scopes: SCOPES, principal });
    const first = await before.post("/v1/executions", body, keyed("s1"));
    const again = await after.post("/v1/executions", body, keyed("s1"));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(runSchema.parse(again.json()).id).toBe(runSchema.parse(first.json()).id);
  });

  test("does not depend on the order of the body's keys", async () => {
    const first = await service.post("/v1/executions", body, keyed("s2"));
    const inputs = { audience: "SMB", topic: "Launch" };
    const turned = { inputs, workflow_id: "content_draft_flow" };
    const again = await service.post("/v1/executions", turned, keyed("s2"));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.json()).toEqual(first.json());
  });

  test("still finds its run when the workflow is hidden", async () => {
    const text = `id: hidden_soon
name: Hidden soon
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;
    await service.yaml("POST", "/v1/workflows", text);
    const gone = { workflow_id: "hidden_soon" };
    const first = await service.post("/v1/executions", gone, keyed("s3"));
    await service.delete("/v1/workflows/hidden_soon");
    const again = await service.post("/v1/executions", gone, keyed("s3"));
    expect(again.status).toBe(202);
    expect(again.json()).toEqual(first.json());
    const other = await service.post("/v1/executions", gone, keyed("s4"));
    expect(other.json()).toMatchObject({ status: 404, code: "workflow_not_found" });
  });
});
