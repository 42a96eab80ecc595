/** Starts that carry an idempotency key, and how many runs came of them. */
import { Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { z } from "zod";
import { service } from "../support/environment.ts";
import { eventually, type Scenario, toRun } from "../support/world.ts";

When(
  /^I POST \/v1\/executions with key=(\S+) twice$/,
  async function (this: Scenario, key: string) {
    await this.start({ run_opts: { idempotency_key: key } });
    const before = this.runObjectsBefore;
    await this.start({ run_opts: { idempotency_key: key } });
    this.runObjectsBefore = before;
  },
);

When(
  "I start {string} {int} times at once with",
  async function (this: Scenario, workflowId: string, times: number, body: string) {
    await this.remember();
    const options: unknown = JSON.parse(body);
    assert.ok(typeof options === "object");
    const start = () => this.client.post("/v1/executions", { workflow_id: workflowId, ...options });
    this.answers = await Promise.all(Array.from({ length: times }, start));
    this.runId = this.run.id;
  },
);

Then("both return same run_id", function (this: Scenario) {
  const [first, second] = this.answers.slice(-2);
  assert.ok(first && second);
  assert.deepEqual([first.status, second.status], [202, 202]);
  assert.equal(toRun(second).id, toRun(first).id);
  assert.equal(first.headers.get("idempotent-replayed"), null);
  assert.equal(second.headers.get("idempotent-replayed"), "true");
});

Then("both return different run_ids", function (this: Scenario) {
  const ids = this.answers.slice(-2).map((answer) => toRun(answer).id);
  assert.equal(new Set(ids).size, 2);
});

Then(
  "all answers have status {int} and the same run_id",
  function (this: Scenario, status: number) {
    for (const answer of this.answers) assert.equal(answer.status, status, answer.text);
    const ids = this.answers.map((answer) => toRun(answer).id);
    assert.equal(new Set(ids).size, 1);
    const replays = this.answers.filter((answer) => answer.headers.has("idempotent-replayed"));
    assert.equal(replays.length, this.answers.length - 1);
  },
);

/** The log of the run, the objects of runs, and D1 all say one. */
Then("only one run created", async function (this: Scenario) {
  const { events } = await this.readHistory();
  const created = events.filter((event) => event.type === "run.created");
  assert.equal(created.length, 1);
  const key = z.string().parse(created[0]?.data["idempotency_key"]);
  await assertOneRun(this, key);
});

Then("only one run has the key {string}", async function (this: Scenario, key: string) {
  const rows = await rowsWithKey(key);
  assert.deepEqual(rows, [this.runId]);
  const { events } = await this.readHistory();
  assert.equal(events.filter((event) => event.type === "run.created").length, 1);
});

Then("no run was created", async function (this: Scenario) {
  const runObjects = await service().runObjects();
  assert.deepEqual(runObjects, this.runObjectsBefore);
});

Then("the run has the key {string}", async function (this: Scenario, key: string) {
  assert.equal((await this.readRun()).idempotency_key, key);
});

Then("it is a replay", function (this: Scenario) {
  assert.equal(this.answer.headers.get("idempotent-replayed"), "true");
});

Then("it is not a replay", function (this: Scenario) {
  assert.equal(this.answer.headers.get("idempotent-replayed"), null);
});

async function assertOneRun(scenario: Scenario, key: string): Promise<void> {
  const runObjects = await service().runObjects();
  const added = runObjects.filter((id) => !scenario.runObjectsBefore.includes(id));
  assert.equal(added.length, 1);
  assert.deepEqual(await rowsWithKey(key), [scenario.runId]);
}

/** The ids of the runs that D1 has under the key, once it has any. */
async function rowsWithKey(key: string): Promise<string[]> {
  const read = async () => {
    const { runs } = await service().stored();
    return runs.filter((run) => run.idempotency_key === key).map((run) => run.id);
  };
  return eventually(read, (ids) => ids.length > 0);
}
