/**
 * Differences that are there on purpose. The new side is a real service; the old side is the
 * reference with one thing changed in its source. Harness, recording and comparison are those of the
 * endpoint. Every plant has to be caught, and without one nothing may be.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runReference } from "#dual-run/reference.ts";
import { comparableRun } from "#parity/comparable.ts";
import { compareRuns, type Diff } from "#parity/compare.ts";
import { interpret } from "#parity/interpreter.ts";
import { FakeApi } from "../../support/fake-api.ts";
import { type Service, startService } from "../../support/service.ts";
import { casesAt, type Case, scriptApi } from "./cases.ts";
import { Greenhouse } from "./mutants.ts";
import { exchangeWith, runThere, type Told } from "./over-http.ts";
import { PLANTS } from "./plants.ts";

let service: Service;
let api: FakeApi;
let cases: Case[];
const greenhouse = new Greenhouse();
/** What the new side did, once for each case. */
const told = new Map<string, Told>();

beforeAll(async () => {
  api = await FakeApi.start();
  scriptApi(api);
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host, LOG_LEVEL: "ERROR" });
  cases = casesAt(api.host);
  for (const { workflow } of cases) {
    const answer = await service.yaml("POST", "/v1/workflows", workflow);
    if (answer.status >= 300) throw new Error(answer.text);
  }
  for (const one of cases) told.set(one.name, await runThere(exchangeWith(service), one));
});

afterAll(async () => {
  greenhouse.remove();
  await service.close();
  await api.close();
});

/** What differs between the service and an old side, case by case. */
async function differences(oldSide: typeof interpret): Promise<{ name: string; diffs: Diff[] }[]> {
  const found: { name: string; diffs: Diff[] }[] = [];
  for (const { name, inputs, mock } of cases) {
    const fresh = told.get(name);
    if (fresh === undefined) throw new Error(`${name} was not run`);
    const world = { inputs, models: { mock }, exchange: exchangeWith(service), now: Date.now };
    const old = await runReference(fresh, world, oldSide);
    const { match, diffs } = compareRuns(comparableRun(old), fresh.run);
    if (!match) found.push({ name, diffs });
  }
  return found;
}

test("nothing differs without a plant", async () => {
  expect(await differences(interpret)).toEqual([]);
});

test("the cases end in each way that there is", () => {
  const ends = cases.map(({ name }) => told.get(name)?.run.status);
  expect(new Set(ends)).toEqual(new Set(["completed", "failed", "waiting"]));
});

const table: string[] = [];

describe("each plant is caught", () => {
  test.each(PLANTS.map((plant) => [plant.name, plant] as const))("%s", async (name, plant) => {
    const found = await differences(await greenhouse.grow(plant));
    const diff = found[0]?.diffs[0];
    table.push(`${name.padEnd(58)}${found[0]?.name.padEnd(10) ?? "NOT CAUGHT"}${diff?.path ?? ""}`);
    expect(diff).toBeDefined();
  });

  test("there are enough of them, and the table shows where each came to light", () => {
    console.log(`${PLANTS.length} plants\n${table.join("\n")}`);
    expect(PLANTS.length).toBeGreaterThanOrEqual(12);
    expect(table).toHaveLength(PLANTS.length);
  });
});
