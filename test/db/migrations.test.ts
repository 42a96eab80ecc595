/** The migrations, applied one after the other to a database that is in use. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";

const folder = new URL("../../migrations/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .toSorted();

let db: DatabaseSync;

function apply(names: readonly string[]): void {
  for (const name of names) db.exec(readFileSync(new URL(name, folder), "utf8"));
}

const counters = () => {
  const row = db.prepare("SELECT value FROM metrics WHERE name = 'counters'").get();
  return JSON.parse(String(row?.["value"])) as unknown;
};

beforeEach(() => {
  db = new DatabaseSync(":memory:");
});

test("an empty database begins with counters at nothing", () => {
  apply(files);
  expect(counters()).toEqual({});
});

describe("a database of the first three", () => {
  beforeEach(() => {
    apply(files.slice(0, 3));
    const run = db.prepare(
      `INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at, created_by,
         tags, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
       VALUES (?, 'w', 1, ?, '2026-11-01', '2026-11-01', 'dev', '["a"]', 1, 5, 21, 0.5, 1, 12)`,
    );
    for (const [id, status] of [
      ["r1", "waiting"],
      ["r2", "completed"],
      ["r3", "completed"],
    ] as const) {
      run.run(id, status);
    }
    const step = db.prepare(
      `INSERT INTO run_steps (id, run_id, step_id, type, status, attempt, started_at, seq)
       VALUES (?, 'r1', ?, ?, ?, 1, '2026-11-01', 3)`,
    );
    step.run("r1:a", "a", "form", "completed");
    step.run("r1:b", "b", "ai_generate", "failed");
    step.run("r1:c", "c", "approval", "waiting");
    db.exec(
      `INSERT INTO api_keys (prefix, principal_id, name, hash, scopes, created_at)
       VALUES ('p', 'k1', 'one', 'h', '["runs:read"]', '2026-11-01')`,
    );
    apply(files.slice(3));
  });

  test("keeps its rows, with what was not known then as unknown or none", () => {
    expect(
      db.prepare("SELECT id, status, cost_usd, cost_unknown_calls, seq FROM runs").all(),
    ).toEqual([
      { id: "r1", status: "waiting", cost_usd: 0.5, cost_unknown_calls: 0, seq: 12 },
      { id: "r2", status: "completed", cost_usd: 0.5, cost_unknown_calls: 0, seq: 12 },
      { id: "r3", status: "completed", cost_usd: 0.5, cost_unknown_calls: 0, seq: 12 },
    ]);
    expect(db.prepare("SELECT id, usage FROM run_steps").all()).toEqual([
      { id: "r1:a", usage: null },
      { id: "r1:b", usage: null },
      { id: "r1:c", usage: null },
    ]);
    expect(db.prepare("SELECT prefix, scopes FROM api_keys").all()).toEqual([
      { prefix: "p", scopes: '["runs:read"]' },
    ]);
  });

  test("begins with the runs and steps that are there already in its counters", () => {
    expect(counters()).toEqual({
      "runs|completed": 2,
      "runs|waiting": 1,
      runs_started: 3,
      "steps|ai_generate|failed": 1,
      "steps|form|completed": 1,
    });
  });
});
