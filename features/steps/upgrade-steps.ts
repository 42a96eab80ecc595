/** Workflows of other versions of the format: refused, warned of, and brought over by the program. */
import { Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import { validWorkflow } from "../support/workflows.ts";
import type { Scenario } from "../support/world.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/workflow.ts", import.meta.url));
const call = promisify(execFile);

Given("a YAML of format 0.1", function (this: Scenario) {
  this.workflowId = this.newId("old_format");
  this.yaml = `# written for the draft of the format
version: 0.1
id: ${this.workflowId}
name: Old Format
start: collect
steps:
  collect:
    kind: form
    title: Brief
    fields:
      - { name: topic, type: str }
      - { name: audience, type: str, optional: true }
    goto: known
  known:
    kind: if
    title: Is it about something?
    condition: len(ctx["runtime"]["inputs"]["topic"]) > 0
    if_true: approve
  approve: { kind: approve, title: Approve, approver: dev-internal@example.com }
`;
});

When("I say that its schema_version is {string}", function (this: Scenario, version: string) {
  this.workflowId = this.newId("other_version");
  this.yaml = `schema_version: "${version}"\n${validWorkflow(this.workflowId)}`;
});

When("I upgrade it with the command that the service names", async function (this: Scenario) {
  const answer = await this.client.yaml("POST", "/v1/workflows", this.yaml);
  const command = /"workflow (upgrade [^"\\]+)/.exec(messageOf(answer.json()))?.[1];
  assert.ok(command, answer.text);
  const folder = await mkdtemp(`${tmpdir()}/workflow-upgrade-`);
  try {
    const [from, to] = [`${folder}/old.yaml`, `${folder}/new.yaml`];
    await writeFile(from, this.yaml);
    const args = command.replace("--in FILE", `--in ${from}`).replace("--out FILE", `--out ${to}`);
    await call(process.execPath, [PROGRAM, ...args.split(" "), "--prove"]);
    this.yaml = await readFile(to, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
});

When("I validate it", function (this: Scenario) {
  const path = `/v1/workflows/${this.workflowId}/validate`;
  return this.ask(() => this.client.yaml("POST", path, this.yaml));
});

Then("the only error names {string}", function (this: Scenario, text: string) {
  assert.equal(this.problem.code, "invalid_workflow");
  const message = messageOf(this.answer.json());
  assert.ok(message.includes(text), message);
});

Then("the only finding is the warning {string}", function (this: Scenario, code: string) {
  const { valid, diagnostics } = z
    .object({ valid: z.boolean(), diagnostics: z.array(diagnosticSchema) })
    .parse(this.answer.json());
  assert.equal(valid, true);
  const serious = diagnostics.filter(({ severity }) => severity !== "hint");
  assert.deepEqual(
    serious.map((diagnostic) => [diagnostic.severity, diagnostic.code]),
    [["warning", code]],
  );
});

function messageOf(problem: unknown): string {
  const { errors } = z.object({ errors: z.array(diagnosticSchema) }).parse(problem);
  assert.equal(errors.length, 1);
  return errors[0]?.message ?? "";
}
