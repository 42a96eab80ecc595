/** Secrets: stored, and looked for where they must not be. */
import { Given, Then } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { secretSchema } from "#model/secret.ts";
import { service } from "../support/environment.ts";
import type { Scenario } from "../support/world.ts";

Given(
  "the secret {string} is {string}",
  async function (this: Scenario, name: string, value: string) {
    const answer = await this.client.send({
      method: "PUT",
      path: `/v1/secrets/${name}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value }),
    });
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes(value));
  },
);

Then(
  "the secret {string} has version {int}",
  async function (this: Scenario, name: string, version: number) {
    const answer = await this.client.get("/v1/secrets?limit=200");
    const { items } = answer.json() as { items: unknown[] };
    const secrets = items.map((item) => secretSchema.parse(item));
    assert.equal(secrets.find((secret) => secret.name === name)?.version, version);
  },
);

Then("nothing that can be read holds {string}", async function (this: Scenario, value: string) {
  const events = (await this.client.get(this.path("/events"))).text;
  const logs = service().logs().join("\n");
  for (const text of [await this.readEverything(), events, await service().dump(), logs]) {
    assert.ok(text.length > 0);
    assert.ok(!text.includes(value));
  }
});
