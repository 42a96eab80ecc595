/** Resume tokens, and the page behind a link, as a browser without scripts uses it. */
import { type DataTable, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import type { Scenario } from "../support/world.ts";

When("I take the token of the form", async function (this: Scenario) {
  const { wait } = await this.readRun();
  assert.ok(wait?.type === "form" && wait.resume_token !== undefined, JSON.stringify(wait));
  this.token = wait.resume_token;
});

When("I take the token of {string}", async function (this: Scenario, email: string) {
  const { wait } = await this.readRun();
  assert.ok(wait?.type === "approval", JSON.stringify(wait));
  const token = wait.resume_tokens?.find(({ approver }) => approver === email)?.token;
  assert.ok(token !== undefined, JSON.stringify(wait));
  this.token = token;
});

When("one character of it is another", function (this: Scenario) {
  const at = this.token.length - 1;
  this.token = this.token.slice(0, at) + (this.token[at] === "A" ? "B" : "A");
});

When("its end is missing", function (this: Scenario) {
  this.token = this.token.slice(0, -10);
});

When("I resume it without a key", async function (this: Scenario, body: string) {
  await this.remember();
  await this.ask(() => resume(this, JSON.parse(body) as object));
});

When("I resume it with the token and no key", async function (this: Scenario, body: string) {
  await this.remember();
  await this.ask(() => resume(this, withToken(this, body)));
});

When(
  "I resume it {int} times at once with the token and no key",
  async function (this: Scenario, times: number, body: string) {
    const all = Array.from({ length: times }, () => resume(this, withToken(this, body)));
    this.answers = await Promise.all(all);
  },
);

function withToken(scenario: Scenario, body: string): object {
  return { ...(JSON.parse(body) as object), resume_token: scenario.token };
}

function resume(scenario: Scenario, body: object) {
  return scenario.client.send({
    method: "POST",
    path: scenario.path("/resume"),
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    key: null,
  });
}

/** Neither what it waits for nor what came out, and no further token. */
Then("the answer tells nothing but how far the run is", function (this: Scenario) {
  const known = ["id", "workflow_id", "workflow_version", "status", "current_step"];
  const times = ["started_at", "updated_at", "ended_at"];
  const told = Object.keys(this.answer.json() as object);
  assert.deepEqual(
    told.filter((name) => ![...known, ...times].includes(name)),
    [],
  );
});

Then("it shows the tokens of {string}", function (this: Scenario, approvers: string) {
  assert.deepEqual(tokensShown(this), approvers.split(", "));
});

Then("it shows no tokens", function (this: Scenario) {
  assert.deepEqual(tokensShown(this), []);
  assert.ok(!this.answer.text.includes("wo_resume_"));
});

function tokensShown({ run: { wait } }: Scenario): string[] {
  assert.ok(wait?.type === "approval");
  return (wait.resume_tokens ?? []).map(({ approver }) => approver);
}

const link = (scenario: Scenario) => `/resume/${scenario.token}`;

When("I open the link", async function (this: Scenario) {
  await this.remember();
  await this.ask(() => this.client.send({ method: "GET", path: link(this), key: null }));
});

When("the link is looked at {int} times by GET and HEAD", async function (this: Scenario, times) {
  await this.remember();
  for (let look = 0; look < times; look++) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await this.client.send({ method, path: link(this), key: null });
      assert.equal(answer.status, 200);
    }
  }
});

When("I send the page with", function (this: Scenario, fields: DataTable) {
  const typed = fields.raw().map(([key, value]): [string, string] => [`a.${key}`, value ?? ""]);
  return send(this, typed);
});

When("I decide on the page with {string}", function (this: Scenario, decision: string) {
  return send(this, [["decision", decision]]);
});

async function send(scenario: Scenario, typed: [string, string][]): Promise<void> {
  await scenario.remember();
  await scenario.ask(() =>
    scenario.client.send({
      method: "POST",
      path: link(scenario),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(typed).toString(),
      key: null,
    }),
  );
}

Then("the page is {string}", function (this: Scenario, title: string) {
  assert.equal(this.answer.mediaType, "text/html");
  assert.equal(/<h1[^>]*>([^<]*)<\/h1>/.exec(this.answer.text)?.[1], title);
  assert.ok(!this.answer.text.includes("<script"));
});

Then("the page says {string}", function (this: Scenario, words: string) {
  const text = this.answer.text.replaceAll("&quot;", '"');
  assert.ok(text.includes(words), text);
});
