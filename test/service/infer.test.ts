/** `POST /v1/ai/infer` over HTTP, on the mock. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inferenceSchema } from "#model/inference.ts";
import { problemSchema } from "#model/problem.ts";
import type { Answer } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";

const EMAIL = {
  type: "object",
  properties: { subject: { type: "string" }, body: { type: "string" } },
  required: ["subject", "body"],
  additionalProperties: false,
};
const REQUEST = { template_id: "email_v1", variables: { topic: "Launch" }, json_schema: EMAIL };

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

function infer(over: object = {}): Promise<Answer> {
  return service.post("/v1/ai/infer", { ...REQUEST, ...over });
}

async function inferred(over: object = {}) {
  const answer = await infer(over);
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 200 });
  return inferenceSchema.parse(answer.json());
}

async function refused(over: object, status: number) {
  const answer = await infer(over);
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status });
  expect(answer.mediaType).toBe("application/problem+json");
  return problemSchema.parse(answer.json());
}

describe("an inference", () => {
  test("answers with the value and what it took", async () => {
    const { latency_ms, usage, ...rest } = await inferred({ mock: true });
    expect(rest).toEqual({
      output: { subject: "Test Subject", body: "Hello World" },
      provider: "mock",
      model: "mock",
      template_id: "email_v1",
      template_version: 1,
      retry_count: 0,
    });
    expect(latency_ms).toBeGreaterThanOrEqual(0);
    // 47 characters of JSON, four to a token.
    expect(usage).toMatchObject({ tokens_output: 12, cost_usd: 0 });
    expect(usage.tokens_prompt).toBeGreaterThan(0);
  });

  test("needs no mock where the service is on the mock, and no variables", async () => {
    const { output, provider } = await inferred({ variables: undefined, mock: undefined });
    expect({ output, provider }).toEqual({
      output: { subject: "Test Subject", body: "Hello World" },
      provider: "mock",
    });
  });

  test("returns the same answer to the same question, another to another", async () => {
    const json_schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const ask = async (topic: string) =>
      (await inferred({ template_id: "content_v1", variables: { topic }, json_schema })).output;
    expect(await ask("a")).toEqual(await ask("a"));
    expect(await ask("a")).not.toEqual(await ask("b"));
  });

  test("uses the version of the template that is current", async () => {
    await service.put("/v1/templates/changing", { prompt: "One {{topic}}" });
    const first = await inferred({ template_id: "changing" });
    await service.put("/v1/templates/changing", { prompt: "Two {{topic}}" });
    const second = await inferred({ template_id: "changing" });
    expect([first.template_version, second.template_version]).toEqual([1, 2]);
  });

  test("asks again after a failure that passes", async () => {
    const { retry_count, output } = await inferred({ mock: { mode: "transient_error" } });
    expect(retry_count).toBe(1);
    expect(output).toEqual({ subject: "Test Subject", body: "Hello World" });
  });

  test.each([[true], [false]])("takes the schema %s", async (json_schema) => {
    const answer = await infer({ json_schema });
    expect(answer.status).toBe(json_schema ? 200 : 422);
  });
});

describe("an inference is refused", () => {
  test("when no answer fits the schema, with the places that do not", async () => {
    const problem = await refused({ mock: { mode: "schema_violation" } }, 422);
    expect(problem.code).toBe("ai_schema_violation");
    expect(problem.errors).toEqual([
      {
        code: "required",
        message: 'The output lacks the required property "subject".',
        pointer: "",
      },
    ]);
  });

  test("when the mock cannot satisfy the schema, with the keyword", async () => {
    const problem = await refused({ json_schema: { type: "string", not: {} } }, 422);
    expect(problem.code).toBe("mock_unsatisfiable");
    expect(problem.detail).toContain('"not"');
  });

  test.each(["nothing", "Email_v1", "", "../email_v1", "t".repeat(10_000)])(
    "without a template: %s",
    async (template_id) => {
      expect((await refused({ template_id }, 404)).code).toBe("template_not_found");
    },
  );

  test.each<[what: string, over: object, pointers: string[]]>([
    ["no template", { template_id: undefined }, ["/template_id"]],
    ["no schema", { json_schema: undefined }, ["/json_schema"]],
    ["a schema that is a list", { json_schema: [] }, ["/json_schema"]],
    [
      "a schema with a wrong type",
      { json_schema: { properties: { a: { type: "text" } } } },
      ["/json_schema/properties/a/type"],
    ],
    [
      "a schema with a remote reference",
      { json_schema: { items: { $ref: "https://example.com/s" } } },
      ["/json_schema/items/$ref"],
    ],
    [
      "a schema that is too large",
      { json_schema: { title: "t".repeat(33_000) } },
      ["/json_schema"],
    ],
    ["variables that are a list", { variables: [] }, ["/variables"]],
    ["an unknown provider", { provider: "nobody" }, ["/provider"]],
    ["a provider that is not configured", { provider: "anthropic" }, ["/provider"]],
    ["an empty model", { model: "" }, ["/model"]],
    ["a long model", { model: "m".repeat(201) }, ["/model"]],
    ["an unknown mode", { mock: { mode: "sleep" } }, ["/mock"]],
    ["an unknown key", { temperature: 1 }, ["/temperature"]],
    [
      "variables that make the prompt too large",
      { template_id: "twice", variables: { topic: "t".repeat(140_000) } },
      ["/variables"],
    ],
  ])("with %s", async (_what, over, pointers) => {
    await service.put("/v1/templates/twice", { prompt: "{{topic}} {{topic}}" });
    const problem = await refused(over, 422);
    expect(problem.code).toBe("validation_failed");
    expect(problem.errors?.map((error) => error.pointer)).toEqual(pointers);
    for (const error of problem.errors ?? []) expect(error.message).toMatch(/^\S.*[.?]$/s);
  });

  test("without the scope ai:infer", async () => {
    const others = await service.clientWithKey({
      scopes: ["runs:read", "runs:write", "workflows:read", "workflows:write", "approvals:decide"],
    });
    const answer = await others.post("/v1/ai/infer", REQUEST);
    expect(answer.status).toBe(403);
    const allowed = await service.clientWithKey({ scopes: ["ai:infer"] });
    expect((await allowed.post("/v1/ai/infer", REQUEST)).status).toBe(200);
  });
});

test("nothing of what was asked or answered is logged, only what it took", async () => {
  const before = service.logs().length;
  const secret = "canary-in-a-body";
  await infer({
    variables: { topic: secret, [secret]: 1 },
    json_schema: {
      type: "object",
      properties: { [secret]: { const: secret } },
      required: [secret],
    },
    model: secret,
  });
  await infer({ template_id: secret });
  await infer({ provider: secret });
  const lines = service.logs().slice(before);
  expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  const line = lines.find((one) => one.includes('"ai.infer"'));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    message: "ai.infer",
    outcome: "valid",
    provider: "mock",
    template_id: "email_v1",
    template_version: 1,
    retry_count: 0,
  });
});
