/** `GET /v1/executions` over HTTP: filters, pages, whom it shows what. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { runListSchema, runSchema } from "#model/run.ts";
import type { Answer, Client } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";
import { createRuns, start } from "./runs.ts";

/** Ends at once. */
const QUICK = `id: quick
name: Quick
tags: [quick]
start_step: decide
steps:
  - id: decide
    type: conditional
    name: Decide
    config: { when: "true", then: null, else: null }
`;

let service: Service;
/** By state. */
let ids: Record<"waiting" | "deciding" | "completed" | "failed" | "canceled", string>;
/** Runs of the workflow "quick", newest first; the tag "third" is on every third. */
let quick: string[];

beforeAll(async () => {
  service = await startService();
  ({ ids } = await createRuns(service));
  await service.yaml("POST", "/v1/workflows", QUICK);
  quick = [];
  for (let number = 1; number <= 7; number++) {
    const tags = number % 3 === 0 ? ["third"] : [];
    quick.unshift(await start(service, { workflow_id: "quick", run_opts: { tags } }));
  }
  await listed(quick);
});

afterAll(() => service.close());

/** D1 follows the runs by a moment. */
async function listed(expected: string[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { items } = await list("?status=completed&limit=200");
    const seen = new Set(items.map((run) => run.id));
    if (expected.every((id) => seen.has(id))) return;
    if (Date.now() > deadline) throw new Error(`D1 has ${[...seen].join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function list(query: string, client: Client = service) {
  const answer = await client.get(`/v1/executions${query}`);
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 200 });
  return runListSchema.parse(answer.json());
}

async function idsOf(query: string, client?: Client): Promise<string[]> {
  return (await list(query, client)).items.map((run) => run.id);
}

describe("a list of runs", () => {
  test("has every run once, newest first, and no more pages", async () => {
    const { items, next_cursor } = await list("");
    const { canceled, failed, completed, deciding, waiting } = ids;
    const all = [...quick, canceled, failed, completed, deciding, waiting];
    expect(items.map((run) => run.id)).toEqual(all);
    expect(next_cursor).toBeNull();
  });

  test.each([
    ["waiting", 2],
    ["completed", 8],
    ["failed", 1],
    ["canceled", 1],
    ["running", 0],
    ["queued", 0],
  ])("of status %s has %i", async (status, count) => {
    const { items } = await list(`?status=${status}`);
    expect(items.map((run) => run.status)).toEqual(Array.from({ length: count }, () => status));
  });

  test("shows each run as it shows itself, without its wait", async () => {
    const { items } = await list("?workflow_id=content_draft_flow");
    expect(items.length).toBe(5);
    for (const item of items) {
      const itself = await service.get(`/v1/executions/${item.id}`);
      const { wait: _, ...rest } = runSchema.parse(itself.json());
      expect(item).toEqual(rest);
    }
  });

  test("can be limited to a workflow, a tag, both and a status", async () => {
    expect(await idsOf("?workflow_id=quick")).toEqual(quick);
    expect(await idsOf("?tag=quick")).toEqual(quick);
    expect(await idsOf("?tag=third")).toEqual([quick[1], quick[4]]);
    expect(await idsOf("?tag=third&workflow_id=quick&status=completed")).toEqual([
      quick[1],
      quick[4],
    ]);
    expect(await idsOf("?tag=third&workflow_id=content_draft_flow")).toEqual([]);
    expect(await idsOf("?tag=third&status=failed")).toEqual([]);
    expect(await idsOf("?workflow_id=content_draft_flow&status=failed")).toEqual([ids.failed]);
    expect(await idsOf("?workflow_id=nothing")).toEqual([]);
  });

  test("can be limited to a time, in any zone, without its bounds", async () => {
    const { items } = await list("?workflow_id=quick");
    const [newest = "", , third = ""] = items.map((run) => run.started_at);
    const local = `${new Date(Date.parse(third) + 3_600_000).toISOString().slice(0, -1)}+01:00`;
    const later = await idsOf(`?workflow_id=quick&created_after=${encodeURIComponent(local)}`);
    const expected = items.filter((run) => run.started_at > third).map((run) => run.id);
    expect(later).toEqual(expected);
    const between = await idsOf(
      `?workflow_id=quick&created_after=${third}&created_before=${newest}`,
    );
    expect(between).toEqual(
      items.filter((run) => run.started_at > third && run.started_at < newest).map((run) => run.id),
    );
    expect(await idsOf("?created_after=2999-01-01T00:00:00Z")).toEqual([]);
  });

  test("comes in pages that fit together while runs arrive", async () => {
    const first = await list("?workflow_id=quick&limit=3");
    expect(first.items.map((run) => run.id)).toEqual(quick.slice(0, 3));
    const newer = await start(service, { workflow_id: "quick" });
    await listed([newer]);
    const second = await list(`?workflow_id=quick&limit=3&cursor=${first.next_cursor}`);
    expect(second.items.map((run) => run.id)).toEqual(quick.slice(3, 6));
    const third = await list(`?workflow_id=quick&limit=3&cursor=${second.next_cursor}`);
    expect(third.items.map((run) => run.id)).toEqual(quick.slice(6));
    expect(third.next_cursor).toBeNull();
    quick.unshift(newer);
  });

  test("takes no cursor of other filters", async () => {
    const { next_cursor } = await list("?workflow_id=quick&limit=1");
    const answer = await service.get(`/v1/executions?status=failed&cursor=${next_cursor}`);
    const { code, errors } = problemSchema.parse(answer.json());
    expect(code).toBe("invalid_parameter");
    expect(errors).toMatchObject([{ code: "invalid_cursor", pointer: "/cursor" }]);
  });
});

describe("a parameter that cannot be read is named", () => {
  test.each([
    ["status=done", "/status"],
    ["status=", "/status"],
    ["status=failed&status=waiting", "/status"],
    ["workflow_id=Not%20An%20Id", "/workflow_id"],
    ["tag=", "/tag"],
    [`tag=${"t".repeat(65)}`, "/tag"],
    ["created_after=yesterday", "/created_after"],
    ["created_after=2026-11-22", "/created_after"],
    ["created_after=2026-11-22T09:30:00", "/created_after"],
    ["created_after=2026-02-30T09:30:00Z", "/created_after"],
    ["created_after=2026-11-22T09:30:00+01:00", "/created_after"],
    ["created_before=9999-12-31T23:59:59-01:00", "/created_before"],
    ["created_before=0000-01-01T00:00:00%2B01:00", "/created_before"],
    ["limit=0", "/limit"],
    ["limit=201", "/limit"],
    ["limit=ten", "/limit"],
    ["limit=1.5", "/limit"],
    ["cursor=", "/cursor"],
    ["cursor=%25", "/cursor"],
    ["cursor=cXVpY2s", "/cursor"],
    ["workflow=quick", "/workflow"],
  ])("%s", async (query, pointer) => {
    const answer = await service.get(`/v1/executions?${query}`);
    expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 400 });
    const { code, errors } = problemSchema.parse(answer.json());
    expect(code).toBe("invalid_parameter");
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  test("and all of them at once", async () => {
    const answer = await service.get("/v1/executions?status=done&limit=0&cursor=%25");
    const { errors } = problemSchema.parse(answer.json());
    expect(errors?.map((error) => error.pointer).toSorted()).toEqual([
      "/cursor",
      "/limit",
      "/status",
    ]);
  });

  test("a tag of 64 characters and limits of 1 and 200 are taken", async () => {
    expect(await idsOf(`?tag=${"t".repeat(64)}`)).toEqual([]);
    expect((await idsOf("?limit=1")).length).toBe(1);
    expect((await idsOf("?limit=200")).length).toBeGreaterThan(7);
  });
});

describe("access to the list", () => {
  test("needs runs:read", async () => {
    const others = await service.clientWithKey({
      scopes: ["runs:write", "workflows:read", "approvals:decide", "ai:infer"],
    });
    const answer: Answer = await others.get("/v1/executions");
    expect(answer.status).toBe(403);
    const reader = await service.clientWithKey({ scopes: ["runs:read"] });
    expect((await list("?limit=200", reader)).items.length).toBeGreaterThan(7);
  });

  test("that is limited to a workflow shows only its runs", async () => {
    const limited = await service.clientWithKey({ scopes: ["runs:read"], workflowScope: "quick" });
    expect(await idsOf("?limit=200", limited)).toEqual(quick);
    expect(await idsOf("?workflow_id=quick", limited)).toEqual(quick);
    expect(await idsOf("?workflow_id=content_draft_flow", limited)).toEqual([]);
    expect(await idsOf("?status=failed", limited)).toEqual([]);
    expect(await idsOf("?tag=third", limited)).toEqual(quick.filter((_, n) => n === 2 || n === 5));
  });
});
