/** Idempotency keys of what is done outside of D1, over HTTP: infer and dual runs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const TIMEOUT_MS = 1_500;

let service: Service;

beforeAll(async () => {
  service = await startService({ AI_INFER_TIMEOUT_MS: String(TIMEOUT_MS) });
});
afterAll(() => service.close());

const REQUEST = {
  template_id: "email_v1",
  variables: { topic: "A launch that is secret" },
  json_schema: {
    type: "object",
    properties: { subject: { type: "string" }, body: { type: "string" } },
    required: ["subject", "body"],
  },
  mock: true,
};

const infer = (key: string, over: object = {}) =>
  service.post("/v1/ai/infer", { ...REQUEST, ...over }, { "idempotency-key": key });

const isReplayed = (answer: Answer) => answer.headers.get("idempotent-replayed") === "true";

function rowOf(rows: unknown[], key: string): Record<string, unknown> {
  const found = rows.find(
    (row) => typeof row === "object" && row !== null && Reflect.get(row, "key") === key,
  );
  if (found === undefined) throw new Error(`no row of ${key}`);
  return found as Record<string, unknown>;
}

function keysOf(rows: unknown[]): unknown[] {
  return rows.map((row) =>
    typeof row === "object" && row !== null && "key" in row ? row.key : undefined,
  );
}

/** As after a crash in the middle of the call. */
const lose = (key: string, leaseUntil: number) =>
  service.execute(
    "UPDATE write_keys SET status = 0, body = '', key_version = NULL, wrapped_key = NULL, claim = 'lost', lease_until = ? WHERE key = ?",
    new Date(leaseUntil).toISOString(),
    key,
  );

describe("an inference with a key", () => {
  test("is made once: its answer is given again, and stands nowhere in the clear", async () => {
    const first = await infer("i1");
    expect([first.status, isReplayed(first)]).toEqual([200, false]);
    const again = await infer("i1");
    expect([again.status, isReplayed(again), again.text]).toEqual([200, true, first.text]);
    const { output } = first.json() as { output: { subject: string } };
    const row = rowOf(await service.everyRow(), "i1");
    expect(JSON.stringify(row)).not.toContain(output.subject);
    expect(row).toMatchObject({ status: 200, claim: null, key_version: 0 });
  });

  test("with another body is refused", async () => {
    await infer("i2");
    const other = await infer("i2", { variables: { topic: "Another" } });
    expect([other.status, other.json()]).toMatchObject([422, { code: "idempotency_key_reused" }]);
  });

  test("that is refused uses up no key", async () => {
    expect((await infer("i3", { template_id: "no_such_template" })).status).toBe(404);
    expect((await infer("i3")).status).toBe(200);
  });

  test("is not made again while it is under way; a failure releases the key", async () => {
    const slow = { mock: { mode: "timeout" } };
    const first = infer("i4", slow);
    // The first one is under way when it has put its claim into D1.
    await expect.poll(async () => keysOf(await service.everyRow())).toContain("i4");
    const second = await infer("i4", slow);
    expect([second.status, second.json()]).toMatchObject([409, { code: "request_in_progress" }]);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await infer("i4")).status).toBe(422);
    expect((await first).status).toBe(504);
    expect((await infer("i4")).status).toBe(200);
  });

  test("twenty times at once is made once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => infer("i5")));
    const made = answers.filter((answer) => answer.status === 200 && !isReplayed(answer));
    expect(made).toHaveLength(1);
    for (const answer of answers) expect([200, 409]).toContain(answer.status);
    expect(isReplayed(await infer("i5"))).toBe(true);
  });

  test("is waited for while its lease lasts, and made again after it", async () => {
    await infer("i6");
    await lose("i6", Date.now() + 3_000);
    const waiting = await infer("i6");
    expect(waiting.status).toBe(409);
    expect(["1", "2", "3"]).toContain(waiting.headers.get("retry-after"));
    await lose("i6", Date.now() - 1);
    expect((await infer("i6", { variables: {} })).status).toBe(422);
    const taken = await infer("i6");
    expect([taken.status, isReplayed(taken)]).toEqual([200, false]);
    expect(isReplayed(await infer("i6"))).toBe(true);
  });

  test("whose answer was moved to another key does not return it", async () => {
    await infer("i7");
    await infer("i8");
    const { body, wrapped_key: wrapped } = rowOf(await service.everyRow(), "i7");
    const sql = "UPDATE write_keys SET body = ?, wrapped_key = ? WHERE key = 'i8'";
    await service.execute(sql, body, wrapped);
    expect((await infer("i8")).status).toBe(503);
  });
});

test("a dual run with a key is made once", async () => {
  const request = {
    workflow_id: "content_draft_flow",
    inputs: { topic: "Launch", audience: "SMB" },
    run_opts: { mock_ai: true },
  };
  const run = () => service.post("/v1/dev/dual-run", request, { "idempotency-key": "d1" });
  const first = await run();
  expect(first.status, first.text).toBe(200);
  const again = await run();
  expect([isReplayed(again), again.text]).toEqual([true, first.text]);
});
