/** Workflows: written, posted, changed, hidden. */
import { type DataTable, Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import type { Answer } from "../../test/support/http.ts";
import { fakeApi } from "../support/environment.ts";
import { callingWorkflow, validWorkflow } from "../support/workflows.ts";
import type { Scenario } from "../support/world.ts";

/** A workflow as the API shows it, strictly: nothing more, nothing less. */
const workflowSchema = z.strictObject({
  id: z.string(),
  version: z.int().min(1),
  name: z.string(),
  definition: z.record(z.string(), z.unknown()),
  start_step: z.string(),
  steps: z.array(z.record(z.string(), z.unknown())),
  diagnostics: z.array(diagnosticSchema).optional(),
});
const aiStepSchema = z.object({
  config: z.object({
    json_schema: z.object({ properties: z.record(z.string(), z.unknown()) }),
  }),
});
const versionsSchema = z.object({ items: z.array(z.object({ version: z.int() })) });

function readWorkflow(answer: Answer) {
  return workflowSchema.parse(answer.json());
}

function use(scenario: Scenario, id: string, yaml: string): void {
  scenario.workflowId = id;
  scenario.yaml = yaml;
}

Given("a valid YAML workflow", function (this: Scenario) {
  const id = this.newId("valid_workflow");
  use(this, id, validWorkflow(id));
});

Given("a YAML missing start_step", function (this: Scenario) {
  const id = this.newId("no_start_step");
  use(this, id, validWorkflow(id).replace("start_step: collect\n", ""));
});

Given("a YAML that calls {string}", function (this: Scenario, url: string) {
  const id = this.newId("calling");
  use(this, id, callingWorkflow(id, url));
});

/** `http://fake-api/…` in the text is the fake API of these scenarios. */
Given("the workflow", function (this: Scenario, yaml: string) {
  return this.createWorkflow(yaml.replaceAll("fake-api", fakeApi().host));
});

Given("a YAML workflow", function (this: Scenario, yaml: string) {
  const id = this.newId("yaml_workflow");
  use(this, id, `id: ${id}\n${yaml}`);
});

Given("its properties are in another order", function (this: Scenario) {
  const [, first = "", second = ""] = /properties:\n(.*\n)(.*\n)/.exec(this.yaml) ?? [];
  this.yaml = this.yaml.replace(first + second, second + first);
});

When(/^I POST it(?: to \/v1\/workflows)?$/, function (this: Scenario) {
  return this.ask(() => this.client.yaml("POST", "/v1/workflows", this.yaml));
});

When("I PUT it", function (this: Scenario) {
  return this.ask(() => this.client.yaml("PUT", `/v1/workflows/${this.workflowId}`, this.yaml));
});

When("I GET it", function (this: Scenario) {
  return this.ask(() => this.client.get(`/v1/workflows/${this.workflowId}`));
});

When("I DELETE it", function (this: Scenario) {
  return this.ask(() => this.client.delete(`/v1/workflows/${this.workflowId}`));
});

When("I change its name to {string}", function (this: Scenario, name: string) {
  this.yaml = this.yaml.replace(/^name: .*$/m, `name: ${name}`);
});

When("I change its approver to {string}", function (this: Scenario, approver: string) {
  this.yaml = this.yaml.replace(/(?<=approvers:\s+- ).*/, approver);
});

When("I remember its ETag", async function (this: Scenario) {
  const answer = await this.client.get(`/v1/workflows/${this.workflowId}`);
  this.etag = answer.headers.get("etag") ?? "";
  assert.match(this.etag, /^"[^"]+"$/);
});

When("I PUT it if the ETag still matches", function (this: Scenario) {
  const headers = { "content-type": "application/yaml", "if-match": this.etag };
  const path = `/v1/workflows/${this.workflowId}`;
  return this.ask(() => this.client.send({ method: "PUT", path, headers, body: this.yaml }));
});

Then("body includes id, version", function (this: Scenario) {
  const { id, version } = readWorkflow(this.answer);
  assert.deepEqual({ id, version }, { id: this.workflowId, version: 1 });
  assert.equal(this.answer.headers.get("location"), `/v1/workflows/${this.workflowId}`);
});

Then("error mentions {string}", function (this: Scenario, name: string) {
  const { code, detail, errors = [] } = this.problem;
  assert.equal(code, "invalid_workflow");
  assert.ok(detail.includes(name), detail);
  assert.deepEqual(
    errors.map((error) => [error.severity, error.code, error.pointer, error.line, error.column]),
    [["error", "missing_key", "/start_step", 1, 1]],
  );
  assert.ok(errors[0]?.message.includes(name), errors[0]?.message);
});

Then("version {int}", function (this: Scenario, version: number) {
  assert.equal(readWorkflow(this.answer).version, version);
});

Then("the versions are {string}", async function (this: Scenario, expected: string) {
  const answer = await this.client.get(`/v1/workflows/${this.workflowId}/versions`);
  assert.equal(answer.status, 200, answer.text);
  const { items } = versionsSchema.parse(answer.json());
  assert.equal(items.map((item) => item.version).join(", "), expected);
});

Then("version {int} can still be read", async function (this: Scenario, version: number) {
  const answer = await this.client.get(`/v1/workflows/${this.workflowId}/versions/${version}`);
  assert.equal(answer.status, 200, answer.text);
  const workflow = readWorkflow(answer);
  assert.deepEqual([workflow.id, workflow.version], [this.workflowId, version]);
});

Then("the errors point to", function (this: Scenario, table: DataTable) {
  const pointers = (this.problem.errors ?? []).map((error) => error.pointer);
  assert.deepEqual(pointers.toSorted(), table.raw().flat().toSorted());
});

Then("the properties of the schema are {string}", function (this: Scenario, expected: string) {
  const [step] = readWorkflow(this.answer).steps;
  const { json_schema } = aiStepSchema.parse(step).config;
  assert.equal(Object.keys(json_schema.properties).join(", "), expected);
});

Then("a warning suggests {string}", function (this: Scenario, suggestion: string) {
  const { diagnostics = [] } = readWorkflow(this.answer);
  const found = diagnostics.filter((one) => one.suggestion === suggestion);
  assert.deepEqual(
    found.map(({ severity }) => severity),
    ["warning"],
  );
});
