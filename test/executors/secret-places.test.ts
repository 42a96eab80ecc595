/**
 * Where the secrets of a call are: by what was looked up, regardless of how the text that names
 * them is written. What is marked here is dropped, or not sent, when a redirect leads elsewhere.
 */
import { describe, expect, it } from "vitest";
import type { JsonValue } from "#model/json.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import { renderCall } from "#executors/api-call-request.ts";

const SECRETS = { T: "the value of T", U: "another" };

/** Spellings of one placeholder. */
const WRITTEN: readonly [string, string][] = [
  ["plainly", "{{secrets.T}}"],
  ["with spaces", "{{   secrets.T   }}"],
  ["with a tab", "{{\tsecrets.T}}"],
  ["with a line break", "{{\nsecrets.T\r\n}}"],
  ["with a form feed", "{{\fsecrets.T}}"],
  ["with a space that does not break", "{{\u00a0secrets.T}}"],
  ["with a wide space", "{{\u3000secrets.T\u2003}}"],
  ["with a byte order mark", "{{\ufeffsecrets.T}}"],
  ["with a line separator", "{{\u2028secrets.T}}"],
  ["behind a comment", "{{! not a secret }}{{\tsecrets.T}}"],
];

const PLACES: readonly [string, (text: string) => Partial<ApiCallStep["config"]>][] = [
  ["a text", (text) => ({ body: text })],
  ["a text with more in it", (text) => ({ body: `a ${text} b` })],
  ["JSON", (text) => ({ body: { a: [1, { b: text }] } })],
  ["JSON with more in a text", (text) => ({ body: ["x", `Bearer ${text}`] })],
  ["a form", (text) => ({ body_form: { a: text } })],
  ["a list in a form", (text) => ({ body_form: { a: ["x", text] } })],
  [
    "a text that is XML",
    (text) => ({ body: `<a>${text}</a>`, headers: { "Content-Type": "application/xml" } }),
  ],
  [
    "a text that is JSON",
    (text) => ({ body: `{"a":"${text}"}`, headers: { "Content-Type": "application/json" } }),
  ],
];

function rendered(config: Partial<ApiCallStep["config"]>) {
  const step: ApiCallStep = {
    id: "call",
    name: "Call",
    type: "api_call",
    next: null,
    retry: {
      max_attempts: 1,
      initial_delay_ms: 1,
      max_delay_ms: 1,
      backoff: "fixed",
      jitter: false,
    },
    config: {
      url: "https://api.example.com/x",
      method: "POST",
      timeout_s: 1,
      idempotent: false,
      ...config,
    },
  };
  const inputs: Record<string, JsonValue> = { note: "{{secrets.T}}", secrets_T: "x" };
  const context = { static: {}, profile: {}, runtime: { inputs, steps: {} } };
  const attempt = { runId: "run", step, attempt: 1, feedback: [], candidate: 0 };
  const result = renderCall({ ...attempt, startInputs: inputs, context }, SECRETS, null);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe.each(WRITTEN)("a secret named %s", (_, text) => {
  it.each(PLACES)("is known to be in a body that is %s", (_place, configOf) => {
    const call = rendered(configOf(text));
    expect(call).toMatchObject({ sensitiveBody: true, secretValues: ["the value of T"] });
    expect(call.sensitiveHeaders).toEqual([]);
    expect(call.body).toMatch(/the(?: |%20)value(?: |%20)of(?: |%20)T/);
  });

  it("is known to be in a header, and in no other", () => {
    const call = rendered({ headers: { "X-One": `k ${text}`, "X-Two": "secrets.T" }, body: "b" });
    expect(call).toMatchObject({
      sensitiveHeaders: ["x-one"],
      sensitiveBody: false,
      secretValues: ["the value of T"],
    });
  });
});

describe("no secret is", () => {
  it.each<[string, Partial<ApiCallStep["config"]>]>([
    ["in a value that looks like a placeholder", { body: "{{note}}" }],
    ["in a literal text that names one", { body: "write secrets.T in braces: { {secrets.T} }" }],
    ["in a comment that names one", { body: "{{! secrets.T }}x" }],
    ["behind another name", { body: { a: "{{secrets_T}}" } }],
  ])("%s", (_, config) => {
    expect(rendered(config)).toMatchObject({ sensitiveBody: false, secretValues: [] });
  });

  it("in the body when only a header has it, and the reverse", () => {
    const call = rendered({ headers: { a: "{{secrets.U}}", b: "x" }, body: "{{secrets.T}}" });
    expect(call.sensitiveHeaders).toEqual(["a"]);
    expect(call.secretValues).toEqual(["another", "the value of T"]);
  });
});
