/** Steps of type ai_generate on the `openai` provider, and the server that plays the model. */
import { Given, Then } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { answering, completion, refusing, type Turn } from "../../test/support/fake-openai.ts";
import { modelServer } from "../support/environment.ts";
import type { Scenario } from "../support/world.ts";

function scriptTurn(scenario: Scenario, turn: Turn): void {
  scenario.turns.push(turn);
  const [first, ...rest] = scenario.turns;
  if (first) modelServer().script(first, ...rest);
}

Given(/^(?:the model|then it) answers$/, function (this: Scenario, text: string) {
  scriptTurn(this, answering(JSON.parse(text)));
});

/** Word for word, JSON or not. */
Given("the model says", function (this: Scenario, text: string) {
  scriptTurn(this, completion(text));
});

Given("the model refuses", function (this: Scenario) {
  scriptTurn(this, completion(null, { refusal: "I cannot help with that." }));
});

Given(
  "the model server answers {int} with Retry-After {int}",
  function (this: Scenario, status: number, seconds: number) {
    scriptTurn(this, refusing(status, {}, { "retry-after": String(seconds) }));
  },
);

Given("the model server drops the connection", function (this: Scenario) {
  scriptTurn(this, { kind: "drop" });
});

Then("the run comes to wait at {string}", async function (this: Scenario, step: string) {
  const { current_step, error } = await this.until(({ status }) => status !== "running");
  assert.deepEqual({ current_step, error }, { current_step: step, error: undefined });
});

Then("the run comes to its end", function (this: Scenario) {
  return this.until(({ ended_at }) => ended_at !== undefined);
});

Then(
  "the output of the step {string} is",
  async function (this: Scenario, stepId: string, output: string) {
    const { steps } = await this.readHistory();
    assert.deepEqual(steps.find((step) => step.step_id === stepId)?.output, JSON.parse(output));
  },
);

Then("the model was asked {int} time(s)", (times: number) => {
  assert.equal(modelServer().calls.length, times);
});

Then("every call was in strict mode", () => {
  const formats = modelServer().calls.map(({ body }) => body.response_format);
  assert.ok(formats.length > 0);
  for (const format of formats) {
    assert.ok(format?.type === "json_schema" && format.json_schema.strict === true);
  }
});

Then("the last message to the model says", (text: string) => {
  assert.equal(modelServer().calls.at(-1)?.body.messages.at(-1)?.content, text);
});

Then("the retry waited at least {int} ms", async function (this: Scenario, ms: number) {
  const { events } = await this.readHistory();
  const retry = events.find((event) => event.type === "step.retrying");
  assert.ok(Number(retry?.data.delay_ms) >= ms, JSON.stringify(retry));
  const [first, second] = events.filter(({ type }) => type === "ai.request");
  assert.ok(Date.parse(second?.at ?? "") - Date.parse(first?.at ?? "") >= ms);
});

Then(
  "the run and the step {string} took {int} call(s) and cost {float} USD",
  async function (this: Scenario, stepId: string, calls: number, usd: number) {
    const { usage } = await this.readRun();
    const { steps } = await this.readHistory();
    assert.deepEqual({ calls: usage?.ai_calls, usd: usage?.cost_usd }, { calls, usd });
    assert.deepEqual(steps.find((step) => step.step_id === stepId)?.usage, usage);
  },
);

Then(
  "the cost of the run is not known beyond {float} USD",
  async function (this: Scenario, usd: number) {
    const { usage } = await this.readRun();
    assert.deepEqual([usage?.cost_usd, usage?.known_cost_usd], [null, usd]);
  },
);

Then("the error says {string}", async function (this: Scenario, message: string) {
  assert.equal((await this.readRun()).error?.message, message);
});
