/** The cron: which task has a turn, one at a time, from where the last one ended. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createScheduled, type Task, type Turn } from "#archive/cron.ts";
import { TASKS } from "#archive/tasks.ts";
import type { JsonObject } from "#model/json.ts";
import { CRON_TASKS } from "#telemetry/metrics.ts";
import { bindings } from "../support/runs.ts";

const DAY_MS = 24 * 3600 * 1000;

beforeEach(async () => {
  await bindings.DB.exec("DELETE FROM cron_tasks");
  await bindings.DB.exec("DELETE FROM write_keys");
  await bindings.DB.exec("DELETE FROM audit");
});

/** A tick of the clock; `cron` is the expression, or the name of a task. */
function tick(tasks: readonly Task[], { cron = "* * * * *", at = Date.now() } = {}): Promise<void> {
  return createScheduled(tasks)({ cron, scheduledTime: at }, bindings);
}

function task(name: Task["name"], turn: Task["turn"]): Task {
  return { name, turn };
}

const counter = async (key: string) => {
  const row = await bindings.DB.prepare("SELECT value FROM metrics").first<{ value: string }>();
  const counters: unknown = JSON.parse(row?.value ?? "{}");
  return (counters as Record<string, number>)[key] ?? 0;
};

describe("the cron", () => {
  test("goes on from the state of the last turn, and rests when the task says so", async () => {
    const states: (JsonObject | null)[] = [];
    const counting = task("retention", async ({ state }) => {
      states.push(state);
      return { state: { turns: states.length }, pauseMs: states.length === 3 ? 3_600_000 : 0 };
    });
    for (let turn = 0; turn < 5; turn += 1) await tick([counting]);
    expect(states).toEqual([null, { turns: 1 }, { turns: 2 }]);
  });

  test("takes a turn of a task by name, due or not, and of no other", async () => {
    const turns: string[] = [];
    const rest = (name: Task["name"]) =>
      task(name, async () => {
        turns.push(name);
        return { state: null, pauseMs: 3_600_000 };
      });
    const tasks = [rest("retention"), rest("expiry")];
    await tick(tasks);
    await tick(tasks, { cron: "expiry" });
    expect(turns).toEqual(["retention", "expiry", "expiry"]);
  });

  test("runs no two turns of a task at the same time", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let turns = 0;
    const slow = task("retention", async () => {
      turns += 1;
      await held;
      return { state: null, pauseMs: 0 };
    });
    const first = tick([slow]);
    await vi.waitFor(() => expect(turns).toBe(1));
    await Promise.all([tick([slow]), tick([slow], { cron: "retention" })]);
    expect(turns).toBe(1);
    release();
    await first;
    await tick([slow]);
    expect(turns).toBe(2);
  });

  test("takes over a turn whose lease has expired, and keeps nothing of the lost one", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const states: (JsonObject | null)[] = [];
    const turn = async ({ state }: Turn) => {
      states.push(state);
      if (states.length === 1) await held;
      return { state: { by: states.length }, pauseMs: 0 };
    };
    const lost = tick([task("retention", turn)]);
    await vi.waitFor(() => expect(states).toHaveLength(1));
    await bindings.DB.exec("UPDATE cron_tasks SET lease_until = '2026-01-01T00:00:00.000Z'");
    await tick([task("retention", turn)]);
    release();
    await lost;
    const row = await bindings.DB.prepare("SELECT state FROM cron_tasks").first("state");
    expect(row).toBe('{"by":2}');
  });

  test("keeps the state of a task that fails, counts it, and goes on to the next", async () => {
    const before = await counter("cron_failures|retention");
    const others: string[] = [];
    let fails = false;
    const tasks = [
      task("retention", async () => {
        if (fails) throw new Error("planned");
        return { state: { kept: true }, pauseMs: 0 };
      }),
      task("expiry", async () => {
        others.push("expiry");
        return { state: null, pauseMs: 0 };
      }),
    ];
    await tick(tasks);
    fails = true;
    await tick(tasks);
    await tick(tasks);
    const row = await bindings.DB.prepare(
      "SELECT state, next_at FROM cron_tasks WHERE name = 'retention'",
    ).first();
    expect(row).toMatchObject({ state: '{"kept":true}', next_at: expect.any(String) as string });
    expect(others).toHaveLength(3);
    // The third tick came within the pause.
    expect((await counter("cron_failures|retention")) - before).toBe(1);
  });

  test("does nothing while the settings cannot be read", async () => {
    let turns = 0;
    const counting = task("retention", async () => {
      turns += 1;
      return { state: null, pauseMs: 0 };
    });
    const broken = { ...bindings, RETENTION_DAYS: "3" };
    const event = { cron: "", scheduledTime: Date.now() };
    await createScheduled([counting])(event, broken);
    expect(turns).toBe(0);
  });
});

test("every task that has a metric is in the list, once", () => {
  expect(TASKS.map(({ name }) => name).toSorted()).toEqual([...CRON_TASKS].toSorted());
});

describe("expiry", () => {
  const now = Date.parse("2026-11-29T12:00:00.000Z");
  const daysAgo = (days: number) => new Date(now - days * DAY_MS).toISOString();

  async function insertAudit(at: string, count = 1): Promise<void> {
    await bindings.DB.prepare(
      `INSERT INTO audit (at, id, actor, action, target, request_id)
       SELECT ?, value, 'dev', 'workflow.create', 'w', 'r' FROM json_each(?)`,
    )
      .bind(at, JSON.stringify(Array.from({ length: count }, () => crypto.randomUUID())))
      .run();
  }

  async function insertKey(createdAt: string): Promise<void> {
    await bindings.DB.prepare(
      `INSERT INTO write_keys (principal_id, key, fingerprint, status, body, created_at)
       VALUES ('dev', ?, 'f', 200, '', ?)`,
    )
      .bind(crypto.randomUUID(), createdAt)
      .run();
  }

  const ages = async (table: string, column: string) => {
    const { results } = await bindings.DB.prepare(
      `SELECT DISTINCT ${column} AS at FROM ${table} ORDER BY 1`,
    ).all<{ at: string }>();
    return results.map(({ at }) => at);
  };

  test("deletes keys of writes and audit entries just beyond their age, and no others", async () => {
    const [keyAge, auditAge] = [7, 400];
    for (const days of [keyAge - 0.001, keyAge, keyAge + 0.001]) await insertKey(daysAgo(days));
    for (const days of [auditAge - 0.001, auditAge, auditAge + 0.001]) {
      await insertAudit(daysAgo(days));
    }
    await tick(TASKS, { cron: "expiry", at: now });
    expect(await ages("write_keys", "created_at")).toEqual([daysAgo(7), daysAgo(6.999)]);
    expect(await ages("audit", "at")).toEqual([daysAgo(400), daysAgo(399.999)]);
  });

  test("keeps the audit for good where AUDIT_DAYS is 0", async () => {
    await insertAudit(daysAgo(5000));
    const kept = { ...bindings, AUDIT_DAYS: "0" };
    await createScheduled(TASKS)({ cron: "expiry", scheduledTime: now }, kept);
    expect(await ages("audit", "at")).toEqual([daysAgo(5000)]);
  });

  test("takes several turns for a backlog", async () => {
    const count = () => bindings.DB.prepare("SELECT count(*) AS n FROM audit").first("n");
    await insertAudit(daysAgo(500), 5200);
    await tick(TASKS, { cron: "expiry", at: now });
    expect(await count()).toBe(200);
    // Not done, so it is due at once.
    await tick(
      TASKS.filter(({ name }) => name === "expiry"),
      { at: now },
    );
    expect(await count()).toBe(0);
  });
});
