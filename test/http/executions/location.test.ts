/** Where a run is placed: the caller's choice, passed to the platform as a hint. */
import {
  createExecutionContext,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "#http/app.ts";
import { problemSchema } from "#model/problem.ts";
import { runSchema } from "#model/run.ts";
import { definition, form } from "../../support/definitions.ts";
import { bindings, objectOf } from "../../run/support/runs.ts";

/** As in test/config/workerd.ts. */
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const app = createApp();
/** The hint of each object that was asked for, in order. */
let hints: (string | undefined)[] = [];

const RUNS: typeof bindings.RUNS = new Proxy(bindings.RUNS, {
  get(namespace, name) {
    if (name !== "getByName") return Reflect.get(namespace, name) as unknown;
    const getByName: typeof namespace.getByName = (id, options) => {
      hints.push(options?.locationHint);
      return namespace.getByName(id, options);
    };
    return getByName;
  },
});

async function send(path: string, body: object): Promise<{ status: number; value: unknown }> {
  const context = createExecutionContext();
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await app.request(path, init, { ...bindings, RUNS }, context);
  const value: unknown = await response.json();
  await waitOnExecutionContext(context);
  return { status: response.status, value };
}

const start = (run_opts: object) => send("/v1/executions", { workflow_id: "placed", run_opts });

function storedStart(runId: string): Promise<unknown> {
  return runInDurableObject(objectOf(runId), (_object, state) => {
    const query = "SELECT value FROM doc WHERE name = 'start'";
    const { value } = state.storage.sql.exec<{ value: string }>(query).one();
    return JSON.parse(value) as unknown;
  });
}

beforeAll(async () => {
  await send("/v1/workflows", { ...definition([form("details")]), id: "placed" });
});
beforeEach(() => void (hints = []));

describe("run_opts.location", () => {
  test.each([
    "wnam",
    "enam",
    "sam",
    "weur",
    "eeur",
    "apac",
    "apac-ne",
    "apac-se",
    "oc",
    "afr",
    "me",
  ])("%s places the run, and is kept with it", async (location) => {
    const { status, value } = await start({ location });
    expect(status).toBe(202);
    expect(hints).toEqual([location]);
    expect(await storedStart(runSchema.parse(value).id)).toMatchObject({ location });
  });

  test("is the platform's choice where it is absent", async () => {
    const { value } = await start({});
    expect(hints).toEqual([undefined]);
    expect(await storedStart(runSchema.parse(value).id)).not.toHaveProperty("location");
  });

  test.each(["eu", "WEUR", "", " weur", "apac-", "global", null, 1, ["weur"]])(
    "%j is refused, and starts nothing",
    async (location) => {
      const { status, value } = await start({ location });
      expect(status).toBe(422);
      const problem = problemSchema.parse(value);
      expect(problem.errors?.[0]?.pointer).toBe("/run_opts/location");
      expect(hints).toEqual([]);
    },
  );

  test("belongs to what an idempotency key means", async () => {
    const key = { idempotency_key: "placed-once" };
    const first = await start({ ...key, location: "weur" });
    const again = await start({ ...key, location: "weur" });
    expect(runSchema.parse(again.value).id).toBe(runSchema.parse(first.value).id);
    const elsewhere = await start({ ...key, location: "oc" });
    expect(elsewhere.status).toBe(422);
    expect(problemSchema.parse(elsewhere.value).code).toBe("idempotency_key_reused");
    expect((await start(key)).status).toBe(422);
  });
});
