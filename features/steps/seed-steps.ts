/**
 * The seed workflows: as they are, or changed as a team would change them, with the fake API in
 * place of their example hosts; and the results of their runs, for any words of the mock.
 */
import { type DataTable, Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import { contextSchema, type Run } from "#model/run.ts";
import { fakeApi } from "../support/environment.ts";
import type { Scenario } from "../support/world.ts";

const SEEDS = new URL("../../src/cli/seeds/workflows/", import.meta.url);

/** `https://….example.com` becomes the fake API, below a path that the scenario has for itself. */
Given(
  /^the seed workflow "([^"]+)"(?:, whose APIs are at "([^"]+)")?$/,
  function (this: Scenario, seed: string, base: string | null) {
    return this.createWorkflow(variant(this, seed, base ?? "", []));
  },
);

/** One row a change: what is in the file, and what takes its place. */
Given(
  /^the seed workflow "([^"]+)"(?:, whose APIs are at "([^"]+)")?, with$/,
  function (this: Scenario, seed: string, base: string | null, changes: DataTable) {
    return this.createWorkflow(variant(this, seed, base ?? "", changes.raw()));
  },
);

When("there is no answer until the run is at {string}", function (this: Scenario, step: string) {
  return waitFor(this, (run) => run.current_step === step);
});

When("there is no answer until the run has ended", function (this: Scenario) {
  return waitFor(this, (run) => run.ended_at !== undefined);
});

/** As it is served to everybody, stored under its own id. Examples wait without an end: a hint. */
Then("nothing is found in the seed workflow {string}", async function (this: Scenario, id: string) {
  const answer = await this.client.post(`/v1/workflows/${id}/validate`);
  assert.equal(answer.status, 200, answer.text);
  const { valid, diagnostics } = z
    .object({ valid: z.boolean(), diagnostics: z.array(diagnosticSchema) })
    .parse(answer.json());
  assert.equal(valid, true);
  assert.deepEqual(
    diagnostics.filter(({ code }) => code !== "no_expiry"),
    [],
  );
});

Then(
  "the approval of wait {int} needs {int} of {string}",
  async function (this: Scenario, number: number, quorum: number, approvers: string) {
    const { wait } = await this.readRun();
    assert.ok(wait?.type === "approval", JSON.stringify(wait));
    assert.deepEqual([wait.number, wait.quorum], [number, quorum]);
    assert.equal(wait.approvers.join(", "), approvers);
  },
);

/** Each key of the output has a row: its JSON, or `= path` for what the context has there. */
Then("the output holds", async function (this: Scenario, table: DataTable) {
  await assertHolds(this, (await this.readRun()).output ?? {}, table.raw());
});

/** The call that `the API at … got … call` spoke of; its rows as those of an output. */
Then(
  "the call was a {string} that held",
  async function (this: Scenario, method: string, table: DataTable) {
    const [call] = fakeApi().calls(this.apiPath);
    assert.equal(call?.method, method);
    await assertHolds(this, JSON.parse(call.body), table.raw());
  },
);

Then("the run has the tags {string}", async function (this: Scenario, tags: string) {
  assert.equal((await this.readRun()).tags?.join(", "), tags);
});

Then("the run shows {string} nowhere", async function (this: Scenario, text: string) {
  const shown = await this.readEverything();
  assert.ok(shown.includes("[SENSITIVE]"), shown);
  assert.ok(!shown.includes(text), shown);
});

function variant(
  scenario: Scenario,
  seed: string,
  base: string,
  changes: readonly (readonly string[])[],
): string {
  const text = readFileSync(new URL(`${seed}.yaml`, SEEDS), "utf8");
  const changed = changes.reduce((yaml, [from = "", to = ""]) => {
    assert.ok(yaml.includes(from), `${seed} has no ${from}`);
    return yaml.replaceAll(from, to);
  }, text);
  return changed
    .replace(/^id: .*$/m, `id: ${scenario.newId(seed)}`)
    .replaceAll(/https:\/\/[a-z]+\.example\.com/g, `http://${fakeApi().host}${base}`);
}

/** Polls, and makes the run as it is then the last answer. */
async function waitFor(scenario: Scenario, condition: (run: Run) => boolean): Promise<void> {
  await scenario.until(condition);
  await scenario.ask(() => scenario.client.get(scenario.path()));
}

async function assertHolds(
  scenario: Scenario,
  actual: unknown,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const context = await scenario.client.get(scenario.path("/context"));
  const { runtime } = contextSchema.parse(context.json());
  const expected = rows.map(([key = "", cell = ""]) => [key, expectation(cell, runtime)] as const);
  assert.deepEqual(actual, Object.fromEntries(expected));
}

/** What a cell represents; a path must lead to something, so that nothing never equals nothing. */
function expectation(cell: string, runtime: object): unknown {
  if (!cell.startsWith("= ")) return JSON.parse(cell);
  let value: unknown = runtime;
  for (const key of cell.slice(2).split(".")) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }
  assert.ok(value !== undefined && value !== null && value !== "", `nothing at ${cell}`);
  return value;
}
