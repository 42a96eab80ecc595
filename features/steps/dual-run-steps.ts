/** Comparing a run with the old side: in the scenarios, the reference interpreter. */
import { Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { z } from "zod";
import { runSchema } from "#model/run.ts";
import type { Scenario } from "../support/world.ts";

const dualRunSchema = z.object({
  match: z.boolean(),
  diffs: z.array(z.object({ path: z.string(), old: z.unknown(), new: z.unknown() })),
  run_ids: z.object({ old: z.string(), new: z.string() }),
});

When("I compare", function (this: Scenario, body: string) {
  return this.ask(() => this.client.post("/v1/dev/dual-run", JSON.parse(body)));
});

When("I compare it with", function (this: Scenario, inputs: string) {
  const body = { workflow_id: this.workflowId, inputs: JSON.parse(inputs) as unknown };
  return this.ask(() => this.client.post("/v1/dev/dual-run", body));
});

Then("both sides match", function (this: Scenario) {
  const { match, diffs, run_ids } = dualRunSchema.parse(this.answer.json());
  assert.deepEqual({ match, diffs }, { match: true, diffs: [] });
  assert.match(run_ids.old, /^ref_/);
});

Then("the new run has the status {string}", async function (this: Scenario, status: string) {
  const { run_ids } = dualRunSchema.parse(this.answer.json());
  const answer = await this.client.get(`/v1/executions/${run_ids.new}`);
  assert.equal(runSchema.parse(answer.json()).status, status);
});
