import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isQuick, mockProvider } from "#ai/mock/provider.ts";
import type { GenerateRequest } from "#ai/provider.ts";
import type { JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";

const EMAIL_SCHEMA = {
  type: "object",
  properties: { subject: { type: "string" }, body: { type: "string" } },
  required: ["subject", "body"],
};
const DRAFT_SCHEMA = {
  type: "object",
  properties: { draft: { type: "string" }, score: { type: "integer" } },
  required: ["draft", "score"],
};

function request(mode: string, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    system: "You write.",
    prompt: "Write about Launch.",
    schema: DRAFT_SCHEMA,
    feedback: [],
    templateId: "content_v1",
    variables: { topic: "Launch", audience: "SMB" },
    attempt: 1,
    mock: { mode, seed: 42 },
    ...more,
  };
}

const never = new AbortController().signal;

async function generate(mode: string, more: Partial<GenerateRequest> = {}) {
  return mockProvider.generate(request(mode, more), never);
}

async function value(mode: string, more: Partial<GenerateRequest> = {}): Promise<JsonValue> {
  const result = await generate(mode, more);
  if (!result.ok) throw new Error(result.message);
  return JSON.parse(result.text) as JsonValue;
}

describe("the mock in mode success", () => {
  it("answers with a value that fits, naming itself and estimating tokens", async () => {
    const result = await generate("success");
    // "You write.\nWrite about Launch." has 30 characters.
    expect(result).toMatchObject({ ok: true, model: "mock", tokensPrompt: 8 });
    if (!result.ok) return;
    expect(result.tokensOutput).toBe(Math.ceil(result.text.length / 4));
    expect(validateJson(DRAFT_SCHEMA, await value("success"))).toEqual([]);
  });

  it("returns the sample for email_v1", async () => {
    const more = { templateId: "email_v1", schema: EMAIL_SCHEMA };
    expect(await value("success", more)).toEqual({ subject: "Test Subject", body: "Hello World" });
  });

  it("returns no sample for email_v1 where it does not fit", async () => {
    const more = { templateId: "email_v1", schema: DRAFT_SCHEMA };
    expect(await value("success", more)).toEqual({
      draft: expect.stringContaining("Launch") as unknown,
      score: expect.any(Number) as unknown,
    });
  });

  it("answers the same again", async () => {
    expect(await generate("success")).toEqual(await generate("success"));
  });

  it.each<[string, Partial<GenerateRequest>]>([
    ["seed", { mock: { mode: "success", seed: 43 } }],
    ["template", { templateId: "content_v2" }],
    ["attempt", { attempt: 2 }],
    ["variables", { variables: { topic: "Relaunch", audience: "SMB" } }],
  ])("answers differently for another %s", async (_, more) => {
    expect(await value("success", more)).not.toEqual(await value("success"));
  });

  it("is what happens when nothing was said", async () => {
    expect(await generate("success", { mock: null })).toEqual(await generate("success"));
  });

  it("says which keyword it cannot satisfy", async () => {
    const schema = { properties: { n: { minimum: 5, maximum: 1 } }, required: ["n"] };
    expect(await generate("success", { schema })).toEqual({
      ok: false,
      code: "mock_unsatisfiable",
      message:
        'The mock cannot satisfy "maximum" of the schema at /n: the value must be 1 or less.',
      retryable: false,
    });
  });
});

describe("the mock in mode schema_violation", () => {
  it.each([1, 2, 3])("drops the first required key, attempt %d too", async (attempt) => {
    const more = { templateId: "email_v1", schema: EMAIL_SCHEMA, attempt };
    expect(await value("schema_violation", more)).toEqual({ body: "Hello World" });
  });

  it.each<[string, GenerateRequest["schema"]]>([
    ["nothing is required", { type: "object", properties: { a: { type: "string" } } }],
    ["the value is no object", { type: "string" }],
    ["null would fit", { type: ["null", "object"] }],
    [
      "the requirement stands behind a reference",
      { $defs: { a: DRAFT_SCHEMA }, $ref: "#/$defs/a" },
    ],
  ])("returns a value that does not fit where %s", async (_, schema) => {
    const wrong = await value("schema_violation", { schema });
    expect(validateJson(schema, wrong)).not.toEqual([]);
  });
});

describe("the mock in other modes", () => {
  it("transient_error fails the first attempt and answers the second", async () => {
    expect(await generate("transient_error")).toMatchObject({
      ok: false,
      code: "ai_provider_error",
      retryable: true,
    });
    expect(await generate("transient_error", { attempt: 2 })).toEqual(
      await generate("success", { attempt: 2 }),
    );
  });

  it("timeout answers only when the signal aborts", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const controller = new AbortController();
    let settled = false;
    const result = mockProvider.generate(request("timeout"), controller.signal);
    void result.then(() => (settled = true));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(settled).toBe(false);
    controller.abort();
    expect(await result).toMatchObject({ ok: false, code: "timeout", retryable: true });
  });

  it("timeout answers at once when the signal is aborted already", async () => {
    const result = await mockProvider.generate(request("timeout"), AbortSignal.abort());
    expect(result).toMatchObject({ ok: false, code: "timeout" });
  });

  it.each(["succes", "", "constructor"])("%j is no mode", async (mode) => {
    expect(await generate(mode)).toEqual({
      ok: false,
      code: "ai_provider_error",
      message: `The mock has no mode ${JSON.stringify(mode)}; it has success, schema_violation, timeout, transient_error.`,
      retryable: false,
    });
  });
});

describe("what is quick", () => {
  it.each([
    ["mock", "success", true],
    ["mock", "schema_violation", true],
    ["mock", "transient_error", true],
    ["mock", "timeout", false],
    ["openai", "success", false],
  ])("%s in mode %s: %j", (provider, mode, expected) => {
    expect(isQuick(provider, mode)).toBe(expected);
  });
});
