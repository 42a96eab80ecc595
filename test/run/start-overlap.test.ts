/** Opening the object and asking D1 for the latest version go on at the same time. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { createApp } from "#http/app.ts";
import { definition, form } from "../support/definitions.ts";
import { bindings } from "./support/runs.ts";
import { RunObject } from "./support/worker.ts";

const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const app = createApp();

afterEach(() => vi.restoreAllMocks());

async function call(path: string, body: object): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(`https://service.example${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const response = await app.fetch(request, bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

test("a start opens its object while D1 has not answered yet", async () => {
  const { schema_version: _, ...flow } = definition([form("ask")], { id: "overlapping" });
  expect((await call("/v1/workflows", flow)).status).toBe(201);
  const open = vi.spyOn(RunObject.prototype, "open");
  const prepare = bindings.DB.prepare.bind(bindings.DB);
  let asked = 0;
  vi.spyOn(bindings.DB, "prepare").mockImplementation((query) => {
    const statement = prepare(query);
    if (!query.includes("FROM workflows LEFT JOIN")) return statement;
    asked += 1;
    const bind = statement.bind.bind(statement);
    vi.spyOn(statement, "bind").mockImplementation((...values) => {
      const bound = bind(...values);
      const all = bound.all.bind(bound);
      // D1 answers only once the object is open.
      vi.spyOn(bound, "all").mockImplementation(async () => {
        while (open.mock.calls.length === 0) await scheduler.wait(1);
        return all();
      });
      return bound;
    });
    return statement;
  });
  const started = await call("/v1/executions", { workflow_id: "overlapping" });
  expect([started.status, asked]).toEqual([202, 1]);
});
