/** Steps of type api_call, and the API that they talk to. */
import { type DataTable, Given, Then, When } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import type { ApiCall, Behaviour } from "../../test/support/fake-api.ts";
import { fakeApi } from "../support/environment.ts";
import type { Scenario } from "../support/world.ts";

/** One row an answer, in order; the last one stays: a status with a body, `drop` or `hold`. */
Given("the API at {string} answers", (path: string, table: DataTable) => {
  fakeApi().script(
    path,
    table.raw().map(([what = "", body = ""]): Behaviour => {
      if (what === "drop" || what === "hold") return { kind: what };
      return { kind: "answer", status: Number(what), body };
    }),
  );
});

Given("the API at {string} redirects to {string}", (path: string, location: string) => {
  fakeApi().script(path, [{ kind: "answer", status: 302, headers: { location } }]);
});

When(/^the API at "([^"]+)" has got (\d+) calls?$/, (path: string, count: string) =>
  fakeApi().arrived(path, Number(count)),
);

When("the API at {string} answers what it held", (path: string) => {
  fakeApi().release(path, 200);
});

Then(
  /^the API at "([^"]+)" got (\d+) calls?$/,
  function (this: Scenario, path: string, count: string) {
    this.apiPath = path;
    assert.equal(fakeApi().calls(path).length, Number(count));
  },
);

Then(
  "the call was a {string} with the body",
  function (this: Scenario, method: string, body: string) {
    const [call] = callsOf(this);
    assert.equal(call?.method, method);
    assert.equal(call?.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(call?.body ?? ""), JSON.parse(body));
  },
);

Then(
  "the call had the header {string} {string}",
  function (this: Scenario, name: string, value: string) {
    assert.equal(callsOf(this)[0]?.headers[name], value);
  },
);

Then("the call carried {string}", function (this: Scenario, body: string) {
  assert.equal(callsOf(this)[0]?.body, body);
});

Then("all calls had the same Idempotency-Key", function (this: Scenario) {
  assert.equal(new Set(keysOf(this)).size, 1);
});

Then("all calls had different Idempotency-Keys", function (this: Scenario) {
  const keys = keysOf(this);
  assert.equal(new Set(keys).size, keys.length);
});

Then("the attempts were {string}", function (this: Scenario, attempts: string) {
  assert.equal(
    callsOf(this)
      .map((call) => call.headers["x-attempt"])
      .join(", "),
    attempts,
  );
});

function callsOf(scenario: Scenario): ApiCall[] {
  const calls = fakeApi().calls(scenario.apiPath);
  assert.ok(calls.length > 0, `no calls of ${scenario.apiPath}`);
  return calls;
}

function keysOf(scenario: Scenario): string[] {
  const keys = callsOf(scenario).map((call) => call.headers["idempotency-key"] ?? "");
  for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,255}$/);
  return keys;
}
