import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openDatabase } from "#db/database.ts";
import { listRuns, type RunFilter, type RunPage, type RunPosition } from "#db/runs.ts";
import { createApp } from "#http/app.ts";
import { problemSchema } from "#model/problem.ts";
import { runListSchema } from "#model/run.ts";
import { ai, approval, definition, form } from "../support/definitions.ts";
import { bindings, objectOf, projected, readRun, startRecord } from "./support/runs.ts";

const RUNS = 20_000;
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/**
 * Three runs a second from 2026-01-01 on, in five workflows, 4,000 each. Their ids stand in another
 * order than their times. 1 in 7 failed, 1 in 7 was canceled, 20 wait, the others completed. Every
 * second has the tag "even", every 2,000th "rare".
 */
async function fill(): Promise<void> {
  await bindings.DB.batch([
    bindings.DB.prepare(`
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${RUNS})
      INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at,
        created_by, tags, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
      SELECT 'run_' || printf('%026d', n * 7919 % 20011), 'flow_' || (n % 5), 1,
        CASE WHEN n % 1000 = 5 THEN 'waiting' WHEN n % 7 = 0 THEN 'failed'
          WHEN n % 7 = 1 THEN 'canceled' ELSE 'completed' END,
        strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', '+' || (n / 3) || ' seconds'),
        '2026-02-01T00:00:00.000Z', 'dev', CASE WHEN n % 2000 = 0 THEN '["even","rare"]'
          WHEN n % 2 = 0 THEN '["even"]' ELSE '[]' END, 1, 0, 0, 0, 0, 9
      FROM numbers`),
    bindings.DB.prepare(`
      INSERT INTO run_tags (tag, created_at, run_id)
      SELECT tag.value, runs.created_at, runs.id FROM runs, json_each(runs.tags) AS tag`),
  ]);
}

/** What the lists should show: the same question, asked of the whole table. */
async function idsWhere(condition: string): Promise<string[]> {
  const { results } = await bindings.DB.prepare(
    `SELECT id FROM runs NOT INDEXED WHERE ${condition} ORDER BY created_at DESC, id DESC`,
  ).all<{ id: string }>();
  return results.map((row) => row.id);
}

/** Rows that D1 says it has read since. */
function countRowsRead(): () => number {
  let rows = 0;
  const prototype = Object.getPrototypeOf(bindings.DB.prepare("SELECT 1")) as D1PreparedStatement;
  const all = prototype.all;
  vi.spyOn(prototype, "all").mockImplementation(async function (this: D1PreparedStatement) {
    const result = await all.call(this);
    rows += result.meta.rows_read;
    return result;
  });
  return () => rows;
}

function page(filter: RunFilter, after: RunPosition | null = null, limit = 50): Promise<RunPage> {
  return listRuns(openDatabase(bindings.DB), filter, after, limit);
}

/** Everything from first to last page, and the most rows that one of them read. */
async function readAll(filter: RunFilter, limit = 50): Promise<{ ids: string[]; most: number }> {
  const rowsRead = countRowsRead();
  const ids: string[] = [];
  let most = 0;
  let after: RunPosition | null = null;
  do {
    const before = rowsRead();
    const { items, next } = await page(filter, after, limit);
    ids.push(...items.map((run) => run.id));
    most = Math.max(most, rowsRead() - before);
    after = next;
  } while (after);
  return { ids, most };
}

beforeAll(fill);
afterEach(() => vi.restoreAllMocks());

const AFTER = "2026-01-01T00:30:00.000Z";
const BEFORE = "2026-01-01T00:45:00.000Z";
const RANGE = { createdAfter: AFTER, createdBefore: BEFORE };
const IN_RANGE = `created_at > '${AFTER}' AND created_at < '${BEFORE}'`;
const EVEN = `tags LIKE '%"even"%'`;

describe("a page of 50 of 20,000 runs", () => {
  test.each<[what: string, filter: RunFilter, condition: string]>([
    ["no filter", {}, "true"],
    ["status completed", { status: "completed" }, "status = 'completed'"],
    ["status waiting", { status: "waiting" }, "status = 'waiting'"],
    ["status queued", { status: "queued" }, "false"],
    ["a workflow", { workflowId: "flow_3" }, "workflow_id = 'flow_3'"],
    ["a workflow without runs", { workflowId: "nothing" }, "false"],
    ["a time after", { createdAfter: AFTER }, `created_at > '${AFTER}'`],
    ["a time before", { createdBefore: AFTER }, `created_at < '${AFTER}'`],
    ["a time between", RANGE, IN_RANGE],
    ["a tag", { tag: "even" }, EVEN],
    ["a rare tag", { tag: "rare" }, `tags LIKE '%"rare"%'`],
    ["a tag that nothing has", { tag: "none" }, "false"],
    [
      "workflow and status",
      { workflowId: "flow_3", status: "failed" },
      "workflow_id = 'flow_3' AND status = 'failed'",
    ],
    ["status and time", { status: "failed", ...RANGE }, `status = 'failed' AND ${IN_RANGE}`],
    [
      "workflow and time",
      { workflowId: "flow_3", ...RANGE },
      `workflow_id = 'flow_3' AND ${IN_RANGE}`,
    ],
    [
      "workflow, status and time",
      { workflowId: "flow_3", status: "failed", ...RANGE },
      `workflow_id = 'flow_3' AND status = 'failed' AND ${IN_RANGE}`,
    ],
    ["tag and time", { tag: "even", ...RANGE }, `${EVEN} AND ${IN_RANGE}`],
  ])("with %s reads at most 101 rows, and all pages are what was asked for", async (...row) => {
    const [, filter, condition] = row;
    const { ids, most } = await readAll(filter);
    expect(ids).toEqual(await idsWhere(condition));
    expect(most).toBeLessThanOrEqual(101);
  });

  test.each<[what: string, filter: RunFilter, condition: string]>([
    ["status", { tag: "even", status: "failed" }, `${EVEN} AND status = 'failed'`],
    ["a rare status", { tag: "even", status: "waiting" }, `${EVEN} AND status = 'waiting'`],
    ["workflow", { tag: "even", workflowId: "flow_2" }, `${EVEN} AND workflow_id = 'flow_2'`],
    [
      "workflow, status and time",
      { tag: "even", workflowId: "flow_2", status: "completed", ...RANGE },
      `${EVEN} AND workflow_id = 'flow_2' AND status = 'completed' AND ${IN_RANGE}`,
    ],
    [
      "a workflow that the caller is limited to",
      { tag: "even", workflowId: "flow_2", isLimited: true },
      `${EVEN} AND workflow_id = 'flow_2'`,
    ],
    [
      "that workflow, status and time",
      { tag: "even", workflowId: "flow_2", isLimited: true, status: "completed", ...RANGE },
      `${EVEN} AND workflow_id = 'flow_2' AND status = 'completed' AND ${IN_RANGE}`,
    ],
    [
      "that workflow, for a rare tag",
      { tag: "rare", workflowId: "flow_0", isLimited: true },
      `tags LIKE '%"rare"%' AND workflow_id = 'flow_0'`,
    ],
  ])("with tag and %s reads at most 1,000 rows, and nothing is missed", async (...row) => {
    const [, filter, condition] = row;
    const { ids, most } = await readAll(filter);
    expect(ids).toEqual(await idsWhere(condition));
    expect(most).toBeLessThanOrEqual(1_000);
  });

  test.each([
    [329, false],
    [330, true],
  ])(
    "after %i runs of a tag without the status: that more may follow is %s",
    async (count, more) => {
      await bindings.DB.prepare(
        `INSERT INTO run_tags SELECT ?1, created_at, id FROM runs WHERE status = 'failed' LIMIT ?2`,
      )
        .bind(`failed_${count}`, count)
        .run();
      const { items, next } = await page({ tag: `failed_${count}`, status: "waiting" });
      expect(items).toEqual([]);
      expect(next !== null).toBe(more);
    },
  );

  test("of a tag says that more may follow when it is full", async () => {
    const full = await page({ tag: "rare" }, null, 10);
    expect(full.items.length).toBe(10);
    expect(await page({ tag: "rare" }, full.next, 10)).toEqual({ items: [], next: null });
    expect((await page({ tag: "rare" }, null, 11)).next).toBeNull();
  });

  test("without a tag knows whether it is the last", async () => {
    expect((await page({ status: "waiting" }, null, 20)).next).toBeNull();
    expect((await page({ status: "waiting" }, null, 19)).next).not.toBeNull();
  });
});

describe("the order", () => {
  test("stays while runs arrive and change between the pages", async () => {
    const filter = { createdBefore: "2027-01-01T00:00:00.000Z", workflowId: "flow_1" };
    const expected = await idsWhere("workflow_id = 'flow_1'");
    const seen: string[] = [];
    let after: RunPosition | null = null;
    for (let turn = 0; turn === 0 || after; turn++) {
      const { items, next }: RunPage = await page(filter, after, 200);
      seen.push(...items.map((run) => run.id));
      after = next;
      await bindings.DB.prepare(
        `INSERT INTO runs (id, workflow_id, workflow_version, status, current_step, context,
           created_at, updated_at, ended_at, idempotency_key, created_by, tags, error, output, mock,
           tokens_prompt, tokens_output, cost_usd, ai_calls, seq, cost_unknown_calls)
         SELECT 'run_new' || ?1, workflow_id, workflow_version, 'running',
           current_step, context, ?2, updated_at, ended_at, idempotency_key, created_by, tags,
           error, output, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq,
           cost_unknown_calls
         FROM runs WHERE id = ?3`,
      )
        .bind(turn, `2026-06-01T00:00:${String(turn).padStart(2, "0")}.000Z`, expected[0])
        .run();
      await bindings.DB.prepare("UPDATE runs SET status = 'canceled' WHERE id = ?")
        .bind(expected[turn * 200 + 250] ?? "")
        .run();
    }
    expect(seen).toEqual(expected);
    await bindings.DB.prepare("DELETE FROM runs WHERE id LIKE 'run_new%'").run();
  });

  test("does not depend on the filter that made the cursor", async () => {
    const { next } = await page({ tag: "even" }, null, 100);
    const { items } = await page({ status: "failed" }, next, 3);
    const older = await idsWhere(
      `status = 'failed' AND (created_at, id) < ('${next?.createdAt}', '${next?.id}')`,
    );
    expect(items.map((run) => run.id)).toEqual(older.slice(0, 3));
  });
});

describe("GET /v1/executions", () => {
  function get(query: string): Promise<Response> {
    const headers = { authorization: `Bearer ${KEY}` };
    return Promise.resolve(createApp().request(`/v1/executions${query}`, { headers }, bindings));
  }

  test.each([
    ["", 50],
    ["?limit=1", 1],
    ["?limit=200", 200],
  ])("%s returns %i runs", async (query, count) => {
    const response = await get(query);
    expect(response.status).toBe(200);
    const { items, next_cursor } = runListSchema.parse(await response.json());
    expect(items.length).toBe(count);
    expect(next_cursor).toMatch(/^[\w-]+$/);
  });

  test.each([["?limit=0"], ["?limit=201"]])("%s is refused", async (query) => {
    const response = await get(query);
    expect(response.status).toBe(400);
    const { code, errors } = problemSchema.parse(await response.json());
    expect(code).toBe("invalid_parameter");
    expect(errors?.map((error) => error.pointer)).toEqual(["/limit"]);
  });
});

describe("a run in a list", () => {
  const FLOW = definition(
    [
      form("form", { next: "generate" }),
      ai("generate", { next: "approval" }),
      approval("approval"),
    ],
    { output: { draft: "steps.generate.output.draft" } },
  );
  const RESUME = { workflowScope: null, caller: { id: "dev" }, waitMs: 5_000, key: null };

  async function inList(runId: string, filter: RunFilter) {
    const { items } = await page(filter);
    return items.find((run) => run.id === runId);
  }

  test("is the run itself without its wait, in each state", async () => {
    const tags = ["alpha", "beta"];
    const record = startRecord(FLOW, { tags, idempotencyKey: "order-1" });
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    await projected(record.runId);
    const { wait, ...waiting } = await readRun(record.runId);
    expect(wait?.type).toBe("form");
    expect(await inList(record.runId, { status: "waiting", tag: "alpha" })).toEqual(waiting);

    await object.resume({ ...RESUME, answer: { kind: "inputs", inputs: { topic: "x" } } });
    await projected(record.runId);
    const answer = { kind: "approval", step_id: "approval", approved: true } as const;
    await object.resume({ ...RESUME, answer });
    await projected(record.runId);
    const completed = await readRun(record.runId);
    expect(completed).toMatchObject({ status: "completed", tags, idempotency_key: "order-1" });
    expect(completed.output).toBeDefined();
    expect(await inList(record.runId, { status: "waiting", tag: "alpha" })).toBeUndefined();
    expect(await inList(record.runId, { tag: "beta", workflowId: "sample" })).toEqual(completed);
  });

  test("shows why it failed", async () => {
    const record = startRecord(FLOW, { mock: { mode: "schema_violation", steps: {}, seed: 1 } });
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    await object.resume({ ...RESUME, answer: { kind: "inputs", inputs: { topic: "x" } } });
    await projected(record.runId);
    const failed = await readRun(record.runId);
    expect(failed.error?.code).toBe("ai_schema_violation");
    expect(await inList(record.runId, { status: "failed", workflowId: "sample" })).toEqual(failed);
  });
});
