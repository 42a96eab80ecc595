/**
 * Redirects to another origin: what a call looked up decides what goes along, never its text. On a
 * local copy, since the harness of the other tests follows redirects itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import { LocalCopy } from "../support/local-copy.ts";

const VALUE = "s3cr3t-of-the-first-origin";

let first: FakeApi;
let other: FakeApi;
let copy: LocalCopy;

beforeAll(async () => {
  [first, other] = await Promise.all([FakeApi.start(), FakeApi.start()]);
  copy = await LocalCopy.create([
    `API_CALL_ALLOW_HTTP_HOSTS=${first.host},${other.host}`,
    `SECRETS_KEYS=1:${Buffer.alloc(32, 1).toString("base64")}`,
  ]);
  await copy.start();
  expect((await copy.call("PUT", "/v1/secrets/T", { value: VALUE })).status).toBe(200);
}, 120_000);
afterAll(async () => {
  await copy.dispose();
  await Promise.all([first.close(), other.close()]);
});

async function run(id: string, config: object): Promise<Run> {
  const location = `http://${other.host}/${id}`;
  first.script(`/${id}`, [{ kind: "answer", status: 307, headers: { location } }]);
  const call = {
    id: "call",
    type: "api_call",
    name: "Call",
    retry: { max_attempts: 1, initial_delay_ms: 1 },
    config: { url: `http://${first.host}/${id}`, method: "POST", ...config },
  };
  const workflow = { id, name: id, start_step: "call", steps: [call] };
  const stored = await copy.call("POST", "/v1/workflows", workflow);
  expect({ status: stored.status, text: await stored.text() }).toMatchObject({ status: 201 });
  const started = await copy.run("POST", "/v1/executions", { workflow_id: id });
  return copy.untilEnded(started.id, 20_000);
}

describe.each([
  ["space", " "],
  ["tab", "\t"],
  ["line_break", "\n"],
  ["wide_space", "\u3000"],
  ["comment", "! why }}{{\t"],
])("a secret behind a %s", (name, blank) => {
  const written = `{{${blank}secrets.T}}`;

  test.each([
    ["json", { body: { deep: [written] } }],
    ["text", { body: `token ${written}` }],
    ["form", { body_form: { token: written } }],
  ])("in a body does not follow: %s", async (kind, config) => {
    const id = `${name}_${kind}`;
    expect(await run(id, config)).toMatchObject({
      status: "failed",
      error: { code: "egress_refused" },
    });
    expect(first.calls(`/${id}`)[0]?.body).toContain(VALUE);
    expect(other.calls(`/${id}`)).toEqual([]);
  });
});

test.each([
  ["space", "{{ secrets.T }}"],
  ["tab", "{{\tsecrets.T}}"],
])("a header with a secret behind a %s is dropped, the others follow", async (name, written) => {
  const id = `header_${name}`;
  const headers = { "X-One": written, "X-Two": "two" };
  expect(await run(id, { headers, body: "b" })).toMatchObject({ status: "completed" });
  expect(first.calls(`/${id}`)[0]?.headers["x-one"]).toBe(VALUE);
  const [call] = other.calls(`/${id}`);
  expect(call?.headers["x-two"]).toBe("two");
  expect(call?.headers["x-one"]).toBeUndefined();
});
