/** Runs: started, resumed, canceled, and what can be seen of them. */
import { type DataTable, Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { contextSchema } from "#model/run.ts";
import { FORM_ANSWERS } from "../fixtures/fixtures.ts";
import { service } from "../support/environment.ts";
import { eventually, type Scenario, toRun } from "../support/world.ts";

Given("run is waiting on {string}", async function (this: Scenario, step: string) {
  await this.start();
  if (step === "approval") await this.resume({ inputs: FORM_ANSWERS });
  const { status, current_step } = this.run;
  assert.deepEqual({ status, current_step }, { status: "waiting", current_step: step });
});

Given("the header {string}", function (this: Scenario, line: string) {
  this.setHeader(line);
});

When(/^I POST \/v1\/executions$/, function (this: Scenario) {
  return this.start();
});

When(/^I POST \/v1\/executions\/\{run\}\/resume with inputs$/, async function (this: Scenario) {
  const answer = await this.resume({ inputs: FORM_ANSWERS });
  assert.equal(answer.status, 200, answer.text);
});

When("I start it", function (this: Scenario) {
  return this.start();
});

When("I start it with", function (this: Scenario, body: string) {
  return this.start(parseObject(body));
});

When("I start {string} with", function (this: Scenario, workflowId: string, body: string) {
  this.workflowId = workflowId;
  return this.start(parseObject(body));
});

When("I try to start it", function (this: Scenario) {
  return this.tryStart();
});

When("I try to start {string} with", function (this: Scenario, workflowId: string, body: string) {
  this.workflowId = workflowId;
  return this.tryStart(parseObject(body));
});

When("I resume it with", function (this: Scenario, body: string) {
  return this.resume(body);
});

When(
  "I resume it {int} times at once with",
  async function (this: Scenario, times: number, body: string) {
    await this.remember();
    const given: unknown = JSON.parse(body);
    const resume = () => this.client.post(this.path("/resume"), given);
    this.answers = await Promise.all(Array.from({ length: times }, resume));
  },
);

When(/^I cancel it(?: again)?$/, function (this: Scenario) {
  return this.cancel();
});

When("I cancel it with", function (this: Scenario, body: string) {
  return this.cancel(parseObject(body));
});

When("the run is evicted", function (this: Scenario) {
  return service().evict(this.runId);
});

When("I act with another key", async function (this: Scenario) {
  this.client = await service().clientWithKey({
    scopes: ["workflows:read", "runs:read", "runs:write", "approvals:decide"],
  });
});

When("the run has the event {string}", async function (this: Scenario, type: string) {
  await eventually(
    () => this.readHistory(),
    ({ events }) => events.some((event) => event.type === type),
  );
});

When("{int} ms pass", (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)));

Then("status {int}", function (this: Scenario, status: number) {
  assert.equal(this.answer.status, status, this.answer.text);
});

Then("the problem is {string}", function (this: Scenario, code: string) {
  assert.equal(this.problem.code, code, this.answer.text);
});

Then("nothing has changed", async function (this: Scenario) {
  assert.notEqual(this.before, "");
  assert.equal(await this.readEverything(), this.before);
});

/** Both as the last answer says and as the run is now. */
Then("run status {string}", async function (this: Scenario, status: string) {
  if (this.answer.status < 300) assert.equal(this.run.status, status, this.answer.text);
  assert.equal((await this.readRun()).status, status);
});

Then("current_step {string}", async function (this: Scenario, step: string) {
  if (this.answer.status < 300) assert.equal(this.run.current_step, step);
  assert.equal((await this.readRun()).current_step, step);
});

Then("there is no current_step", async function (this: Scenario) {
  const run = await this.readRun();
  assert.equal(run.current_step, null);
  assert.ok(run.ended_at);
});

Then("it waits for nothing", async function (this: Scenario) {
  assert.equal((await this.readRun()).wait, undefined);
});

Then("the run has version {int}", async function (this: Scenario, version: number) {
  assert.equal((await this.readRun()).workflow_version, version);
});

Then(
  "the form of wait {int} asks for {string}",
  async function (this: Scenario, number: number, keys: string) {
    const { wait } = await this.readRun();
    assert.ok(wait?.type === "form", JSON.stringify(wait));
    assert.equal(wait.number, number);
    assert.equal(wait.fields.map((field) => field.key).join(", "), keys);
  },
);

Then("the form is filled in with", async function (this: Scenario, answers: string) {
  const { wait } = await this.readRun();
  assert.ok(wait?.type === "form");
  assert.deepEqual(wait.prefill, parseObject(answers));
});

Then("the form complains about {string}", async function (this: Scenario, pointer: string) {
  const { wait } = await this.readRun();
  assert.ok(wait?.type === "form");
  assert.deepEqual(
    wait.errors?.map((error) => error.pointer),
    [pointer],
  );
});

Then(
  "the approval of wait {int} is up to {string}",
  async function (this: Scenario, number: number, approvers: string) {
    const { wait } = await this.readRun();
    assert.ok(wait?.type === "approval", JSON.stringify(wait));
    assert.deepEqual([wait.number, wait.quorum, wait.decisions], [number, 1, []]);
    assert.equal(wait.approvers.join(", "), approvers);
  },
);

Then(
  "the approval of wait {int} has {int} decision",
  async function (this: Scenario, number: number, decisions: number) {
    const { wait } = await this.readRun();
    assert.ok(wait?.type === "approval", JSON.stringify(wait));
    assert.deepEqual([wait.number, wait.decisions.length], [number, decisions]);
  },
);

Then(
  "the run failed at {string} with {string}",
  async function (this: Scenario, step: string, code: string) {
    const { error } = await this.readRun();
    assert.deepEqual([error?.step_id, error?.code], [step, code], error?.message);
    const { steps } = await this.readHistory();
    const failed = steps.find((one) => one.step_id === step);
    assert.deepEqual([failed?.status, failed?.error?.code], ["failed", code]);
  },
);

Then("the run completes anyway", async function (this: Scenario) {
  const run = await this.until(({ ended_at }) => ended_at !== undefined);
  assert.equal(run.status, "completed", JSON.stringify(run.error));
});

Then("the output is", async function (this: Scenario, output: string) {
  assert.deepEqual((await this.readRun()).output, parseObject(output));
});

Then("the output is the draft of the step {string}", async function (this: Scenario, step: string) {
  const { output } = await this.readRun();
  const draft = output?.["draft"];
  assert.ok(typeof draft === "string" && draft !== "", JSON.stringify(output));
  const { steps } = await this.readHistory();
  assert.deepEqual(steps.find((one) => one.step_id === step)?.output, { draft });
  assert.deepEqual(await readContext(this, `runtime.steps.${step}.output`), { draft });
});

Then(
  "both runs have the same output of the step {string}",
  async function (this: Scenario, step: string) {
    const [first, second] = this.answers.slice(-2).map((answer) => toRun(answer).id);
    assert.notEqual(first, second);
    const outputs: unknown[] = [];
    for (const runId of [first, second]) {
      this.runId = runId ?? "";
      outputs.push(await readContext(this, `runtime.steps.${step}.output.draft`));
    }
    assert.equal(typeof outputs[0], "string");
    assert.equal(outputs[0], outputs[1]);
  },
);

Then("the steps are", async function (this: Scenario, table: DataTable) {
  const { steps, run_id } = await this.readHistory();
  assert.deepEqual(
    steps.map((step) => ({
      step: step.step_id,
      type: step.type,
      status: step.status,
      attempt: String(step.attempt),
    })),
    table.hashes(),
  );
  for (const step of steps) assert.equal(step.id, `${run_id}:${step.step_id}`);
});

Then("the events are", async function (this: Scenario, table: DataTable) {
  const { events } = await this.readHistory();
  assert.deepEqual(
    events.map((event) => ({ type: event.type, step: event.step_id ?? "" })),
    table.hashes(),
  );
  for (const [index, event] of events.entries()) {
    assert.deepEqual([event.seq, event.run_id], [index + 1, this.runId]);
  }
});

Then("the last event is {string}", async function (this: Scenario, type: string) {
  assert.equal((await this.readHistory()).events.at(-1)?.type, type);
});

Then(
  /^there (?:is|are) (\d+) events? "([^"]+)"$/,
  async function (this: Scenario, count: string, type: string) {
    const { events } = await this.readHistory();
    assert.equal(events.filter((event) => event.type === type).length, Number(count));
  },
);

Then(
  "nothing but {string} follows {string}",
  async function (this: Scenario, allowed: string, type: string) {
    const { events } = await this.readHistory();
    const at = events.findIndex((event) => event.type === type);
    assert.notEqual(at, -1);
    const others = events.slice(at + 1).filter((event) => event.type !== allowed);
    assert.deepEqual(others, []);
  },
);

Then("the context holds", async function (this: Scenario, table: DataTable) {
  for (const [path = "", value = ""] of table.raw()) {
    assert.deepEqual(await readContext(this, path), JSON.parse(value), path);
  }
});

Then("both cancels have the same answer", function (this: Scenario) {
  const [first, second] = this.answers.slice(-2);
  assert.deepEqual([first?.status, first?.text], [second?.status, second?.text]);
});

Then(
  "one answer has status {int} and {int} have status {int}",
  function (this: Scenario, good: number, times: number, bad: number) {
    const statuses = this.answers.map((answer) => answer.status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [good, ...Array.from({ length: times }, () => bad)]);
  },
);

Then("the applied preference is {string}", function (this: Scenario, preference: string) {
  assert.equal(this.answer.headers.get("preference-applied"), preference);
});

Then(
  "the answer took between {int} and {int} ms",
  function (this: Scenario, least: number, most: number) {
    assert.ok(this.tookMs >= least && this.tookMs <= most, `${this.tookMs} ms`);
  },
);

function parseObject(text: string): object {
  const value: unknown = JSON.parse(text);
  assert.ok(typeof value === "object" && value !== null);
  return value;
}

/** What stands at the dotted path of the context; undefined when nothing does. */
async function readContext(scenario: Scenario, path: string): Promise<unknown> {
  const answer = await scenario.client.get(scenario.path("/context"));
  assert.equal(answer.status, 200, answer.text);
  let value: unknown = contextSchema.parse(answer.json());
  for (const key of path.split(".")) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}
