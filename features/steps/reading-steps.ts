/** Lists, the stream of events, inference, and people who come with a token. */
import { Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { createClient } from "../../test/support/http.ts";
import { signWithSecret } from "../../test/support/tokens.ts";
import { service, TOKEN_SECRET } from "../support/environment.ts";
import type { Scenario } from "../support/world.ts";

const TOKEN_LIFETIME_S = 600;

interface Page {
  items: { id: string; status: string }[];
  next_cursor: string | null;
}

When(
  "I act as {string} with the scopes {string}",
  function (this: Scenario, email: string, scope: string) {
    const exp = Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_S;
    const token = signWithSecret(TOKEN_SECRET, { sub: email, email, scope, exp });
    this.client = createClient(service().url, token);
  },
);

When("I act with a token that has expired", function (this: Scenario) {
  const exp = Math.floor(Date.now() / 1000) - TOKEN_LIFETIME_S;
  const token = signWithSecret(TOKEN_SECRET, { sub: "ann", scope: "runs:read", exp });
  this.client = createClient(service().url, token);
});

When("I look at it", function (this: Scenario) {
  return this.ask(() => this.client.get(this.path()));
});

When(
  "I list the runs with {string} until it is among them",
  async function (this: Scenario, query: string) {
    // D1 follows the runs by a moment.
    for (let looks = 0; looks < 100; looks++) {
      await this.ask(() => this.client.get(`/v1/executions?${query}`));
      const page = this.answer.json() as Page;
      if (page.items.some((item) => item.id === this.runId)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`not in the list: ${this.answer.text}`);
  },
);

Then(
  "the list has {int} run(s), all {string}",
  function (this: Scenario, count: number, status: string) {
    const { items } = this.answer.json() as Page;
    assert.deepEqual(
      items.map((item) => item.status),
      Array.from({ length: count }, () => status),
    );
  },
);

When("I follow its events after {int} to the end", function (this: Scenario, after: number) {
  return this.ask(() => this.client.get(`${this.path("/events")}?after=${after}`));
});

Then("the stream has the events", function (this: Scenario, expected: string) {
  assert.equal(this.answer.mediaType, "text/event-stream");
  const frames = [...this.answer.text.matchAll(/^id: (\d+)\nevent: (\S+)$/gm)];
  assert.deepEqual(
    frames.map(([, id, type]) => `${id} ${type}`),
    expected.trim().split("\n"),
  );
});

When("I ask the model with", function (this: Scenario, body: string) {
  return this.ask(() => this.client.post("/v1/ai/infer", JSON.parse(body)));
});

Then("the answer holds", function (this: Scenario, expected: string) {
  assert.partialDeepStrictEqual(this.answer.json(), JSON.parse(expected));
});
