/** Steps of type ai_generate on the deterministic mock. */
import { Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { z } from "zod";
import type { EventType } from "#model/event.ts";
import { eventsOf } from "../../test/support/run-event.ts";
import { mailWorkflow } from "../support/workflows.ts";
import type { Scenario } from "../support/world.ts";

/** What every ai.response tells, strictly. */
const responseSchema = z.strictObject({
  provider: z.literal("mock"),
  model: z.literal("mock"),
  template_id: z.literal("email_v1"),
  template_version: z.literal(1),
  tokens_prompt: z.int().min(0),
  tokens_output: z.int().min(0),
  latency_ms: z.int().min(0),
  retry_count: z.int().min(0),
  cost_usd: z.literal(0),
  schema_valid: z.boolean(),
});

Given("ai_generate expects {subject, body}".replace("{", "\\{"), function (this: Scenario) {
  return this.createWorkflow(mailWorkflow(this.newId("mail")));
});

/** The mock leaves out the first key that is required: subject. */
Given("provider returns only body", function (this: Scenario) {
  this.mockMode = "schema_violation";
});

Given("the provider is in mode {string}", function (this: Scenario, mode: string) {
  this.mockMode = mode;
});

When("executed", function (this: Scenario) {
  const inputs = { topic: "Launch" };
  return this.start({ inputs, run_opts: { mock_ai: { mode: this.mockMode } } });
});

/** The first attempt and two more, each told what was wrong with the one before. */
Then("retried up to 2", async function (this: Scenario) {
  const { events } = await this.readHistory();
  const of = <T extends EventType>(type: T) => eventsOf(events, type);
  assert.equal(of("ai.request").length, 3);
  const responses = of("ai.response").map((event) => responseSchema.parse(event.data));
  assert.deepEqual(
    responses.map(({ retry_count, schema_valid }) => [retry_count, schema_valid]),
    [
      [0, false],
      [1, false],
      [2, false],
    ],
  );
  assert.deepEqual(
    of("step.retrying").map(({ attempt, data }) => [attempt, data.reason, data.code]),
    [
      [1, "schema", "ai_schema_violation"],
      [2, "schema", "ai_schema_violation"],
    ],
  );
  for (const { data } of of("step.retrying")) {
    const feedback = JSON.stringify(data.feedback);
    assert.ok(feedback.includes("subject") && !feedback.includes("body"), feedback);
  }
});

Then("if still invalid run fails", async function (this: Scenario) {
  assert.equal(this.answer.status, 202);
  assert.equal(this.run.status, "failed");
  const { error } = this.run;
  assert.deepEqual([error?.code, error?.step_id], ["ai_schema_violation", "mail"]);
  assert.ok(error?.message.includes("subject"), error?.message);
  const { events, steps } = await this.readHistory();
  assert.deepEqual(
    steps.map(({ status, attempt, error: failure }) => [status, attempt, failure?.code]),
    [["failed", 3, "ai_schema_violation"]],
  );
  assert.deepEqual(
    events.slice(-2).map((event) => event.type),
    ["step.failed", "run.failed"],
  );
});

Then(
  "the retry was for {string} because of {string}",
  async function (this: Scenario, reason: string, code: string) {
    const { events } = await this.readHistory();
    const retries = events.filter((event) => event.type === "step.retrying");
    assert.deepEqual(
      retries.map(({ attempt, data }) => [attempt, data.reason, data.code]),
      [[1, reason, code]],
    );
  },
);

Then("every ai.response says who, what, how much and how long", async function (this: Scenario) {
  const { events } = await this.readHistory();
  const responses = events
    .filter((event) => event.type === "ai.response")
    .map((event) => responseSchema.parse(event.data));
  assert.deepEqual(
    responses.map(({ retry_count, schema_valid }) => [retry_count, schema_valid]),
    [
      [0, false],
      [1, true],
    ],
  );
  assert.ok(responses[1] && responses[1].tokens_prompt > 0 && responses[1].tokens_output > 0);
});

Then("the usage counts {int} calls", async function (this: Scenario, calls: number) {
  const { usage } = await this.readRun();
  assert.equal(usage?.ai_calls, calls);
  assert.ok(usage.tokens_prompt > 0 && usage.tokens_output > 0);
});
