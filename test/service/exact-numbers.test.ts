/**
 * Numbers at the doors of the API: what is taken is what was written, and what would be rounded is
 * refused. That every door refuses is a table of its own: `bad-input/bodies.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inferenceSchema } from "#model/inference.ts";
import { problemSchema } from "#model/problem.ts";
import { contextSchema, runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";
import { JSON_TYPE, YAML_TYPE } from "./bad-input/row.ts";
import { start } from "./runs.ts";

const INT64 = "9223372036854775807";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

/** JSON as it is written, which an object could not hold. */
function send(path: string, body: string, headers: Record<string, string> = {}, method = "POST") {
  return service.send({ method, path, headers: { ...JSON_TYPE, ...headers }, body });
}

function startWith(number: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = `{"workflow_id": "content_draft_flow", "inputs": {"id": ${number}}}`;
  return send("/v1/executions", body, headers);
}

async function inputsOf(answer: Answer): Promise<unknown> {
  const { id } = runSchema.parse(answer.json());
  const context = await service.get(`/v1/executions/${id}/context`);
  return contextSchema.parse(context.json()).runtime.inputs;
}

describe("a start", () => {
  test.each([
    ["9007199254740991", 9_007_199_254_740_991],
    ["-9007199254740991", -9_007_199_254_740_991],
    ["9007199254740991.0", 9_007_199_254_740_991],
    ["1e15", 1e15],
    ["1e21", 1e21],
    ["1e22", 1e22],
    ["0.30000000000000000001", 0.3],
    [`"${INT64}"`, INT64],
  ])("keeps %s", async (written, value) => {
    expect(await inputsOf(await startWith(written))).toEqual({ id: value });
  });

  test("with the same idempotency key and another number is refused, and replays nothing", async () => {
    const key = { "idempotency-key": "exact-1" };
    for (const number of ["7615917337495251231", "7615917337495251232"]) {
      const answer = await startWith(number, key);
      expect(answer.headers.get("idempotent-replayed")).toBeNull();
      expect(problemSchema.parse(answer.json())).toMatchObject({
        status: 422,
        code: "number_not_exact",
        errors: [{ code: "number_not_exact", pointer: "/inputs/id" }],
      });
    }
    expect((await startWith('"7615917337495251231"', key)).status).toBe(202);
    const other = problemSchema.parse((await startWith('"7615917337495251232"', key)).json());
    expect(other.code).toBe("idempotency_key_reused");
  });

  test("with the same number written in another way is the same start", async () => {
    const key = { "idempotency-key": "exact-2" };
    const first = runSchema.parse((await startWith("1", key)).json());
    const again = await startWith("1.0", key);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(runSchema.parse(again.json()).id).toBe(first.id);
  });

  test("says what to write instead, and not the number, which may be a secret", async () => {
    const { detail } = problemSchema.parse((await startWith(INT64)).json());
    expect(detail).toBe(
      "The number at /inputs/id would be rounded; put it in quotes to keep every digit.",
    );
  });

  test.each([
    ["the profile", '"run_opts": {"profile": {"id": 1e16}}', "/run_opts/profile/id"],
    ["a tag", '"run_opts": {"tags": [1e16]}', "/run_opts/tags/0"],
  ])("looks at %s too", async (_what, rest, pointer) => {
    const answer = await send("/v1/executions", `{"workflow_id": "content_draft_flow", ${rest}}`);
    expect(problemSchema.parse(answer.json())).toMatchObject({
      code: "number_not_exact",
      errors: [{ pointer }],
    });
  });
});

describe("an answer", () => {
  test("with a resume token is held to the same rules", async () => {
    const { wait, id } = runSchema.parse(
      (await service.get(`/v1/executions/${await start(service)}`)).json(),
    );
    const [token] = wait?.type === "form" ? [wait.resume_token] : [];
    const path = `/v1/executions/${id}/resume`;
    const body = (inputs: string) => `{"resume_token": "${token}", "inputs": ${inputs}}`;
    const ask = async (text: string) => {
      const sent = { method: "POST", path, headers: JSON_TYPE, body: text, key: null };
      return problemSchema.parse((await service.send(sent)).json());
    };
    expect(await ask(body(`{"topic": ${INT64}, "audience": "SMB"}`))).toMatchObject({
      code: "number_not_exact",
      errors: [{ pointer: "/inputs/topic" }],
    });
    expect(await ask(body('{"topic": "a", "topic": "b", "audience": "SMB"}'))).toMatchObject({
      status: 400,
      code: "malformed_body",
      detail: 'The key "topic" appears twice at /inputs/topic; keep one of the two.',
      errors: [{ code: "duplicate_key", pointer: "/inputs/topic" }],
    });
    const twice = `{"resume_token": "${token}", "resume_token": "${token}", "inputs": {}}`;
    expect(await ask(twice)).toMatchObject({ code: "malformed_body" });
  });
});

function workflow(id: string, schema: string, rest = ""): string {
  return `{"id": "${id}", "name": "Limits", "start_step": "write"${rest}, "steps": [
    {"id": "write", "type": "ai_generate", "name": "Write", "config":
      {"template_id": "content_v1", "variables": ["profile.topic", "profile.audience"], "json_schema": ${schema}}}]}`;
}

async function storedSchema(id: string): Promise<unknown> {
  const answer = await service.get(`/v1/workflows/${id}`);
  const { definition } = answer.json() as { definition: { steps: { config: object }[] } };
  return Reflect.get(definition.steps[0]?.config ?? {}, "json_schema");
}

describe("limits of a json_schema", () => {
  const schema = (limit: string) =>
    `{"type": "object", "properties": {"id": {"type": "integer", "minimum": -${limit}, "maximum": ${limit}}}, "required": ["id"]}`;
  const stored = {
    type: "object",
    properties: { id: { type: "integer", minimum: `-${INT64}`, maximum: INT64 } },
    required: ["id"],
  };

  test("are stored as digits in quotes, however they are written, and are the same workflow", async () => {
    expect((await send("/v1/workflows", workflow("limits", schema(INT64)))).status).toBe(201);
    expect(await storedSchema("limits")).toEqual(stored);
    const quoted = schema(INT64).replaceAll(/: (-?\d+)/g, ': "$1"');
    expect((await send("/v1/workflows", workflow("limits", quoted))).status).toBe(200);
    const asYaml = { headers: YAML_TYPE, path: "/v1/workflows", method: "POST" };
    const again = await service.send({ ...asYaml, body: workflow("limits", schema(INT64)) });
    expect(again.status).toBe(200);
  });

  test("differ by their last digit", async () => {
    const key = { "idempotency-key": "limits-1" };
    const put = (limit: string) =>
      send("/v1/workflows/limits", workflow("limits", schema(limit)), key, "PUT");
    expect((await put("9223372036854775806")).status).toBe(200);
    const other = problemSchema.parse((await put("9223372036854775805")).json());
    expect(other.code).toBe("idempotency_key_reused");
    expect(await storedSchema("limits")).toMatchObject({
      properties: { id: { maximum: "9223372036854775806" } },
    });
  });

  test("can be validated again as they are stored", async () => {
    const answer = await service.post("/v1/workflows/limits/validate");
    expect(answer.json()).toMatchObject({ valid: true });
  });

  test("are kept by the mock, in a run", async () => {
    await send("/v1/workflows", workflow("limits_run", schema(INT64)));
    const answer = await service.post("/v1/executions", {
      workflow_id: "limits_run",
      run_opts: { mock_ai: true },
    });
    expect(runSchema.parse(answer.json()).status).toBe("completed");
  });

  test.each([
    ["an enum", `{"enum": [${INT64}]}`, "/enum/0"],
    ["a const", `{"const": ${INT64}}`, "/const"],
    ["a default", `{"type": "object", "default": {"maximum": ${INT64}}}`, "/default/maximum"],
    ["a step", `{"multipleOf": ${INT64}}`, "/multipleOf"],
    ["a length", `{"maxLength": ${INT64}}`, "/maxLength"],
    ["an annotation", `{"type": "object", "x-id": {"maximum": ${INT64}}}`, "/x-id/maximum"],
  ])("are not those of %s", async (_what, text, place) => {
    const at = `/steps/0/config/json_schema${place}`;
    const expected = { code: "number_not_exact", errors: [{ pointer: at }] };
    const posted = await send("/v1/workflows", workflow("never_created", text));
    expect(problemSchema.parse(posted.json())).toMatchObject(expected);
    const yaml = await service.send({
      method: "POST",
      path: "/v1/workflows",
      headers: YAML_TYPE,
      body: workflow("never_created", text),
    });
    expect(problemSchema.parse(yaml.json())).toMatchObject(expected);
    const asked = await send("/v1/ai/infer", inference(text));
    expect(problemSchema.parse(asked.json())).toMatchObject({
      code: "number_not_exact",
      errors: [{ pointer: `/json_schema${place}` }],
    });
  });

  const inference = (text: string) =>
    `{"template_id": "email_v1", "variables": {"topic": "x"}, "json_schema": ${text}, "mock": true}`;

  test.each([INT64, `"${INT64}"`])("are taken in an inference: %s", async (limit) => {
    const text = `{"type": "integer", "exclusiveMaximum": ${limit}, "exclusiveMinimum": -1e16}`;
    const answer = await send("/v1/ai/infer", inference(text));
    expect(Number.isSafeInteger(inferenceSchema.parse(answer.json()).output)).toBe(true);
  });

  test("beyond which no number can be given cannot be satisfied", async () => {
    const answer = await send(
      "/v1/ai/infer",
      inference(`{"type": "integer", "minimum": ${INT64}}`),
    );
    expect(problemSchema.parse(answer.json()).code).toBe("mock_unsatisfiable");
  });
});

describe("a workflow", () => {
  const yaml = (number: string) => `id: never_created
name: Numbers
start_step: ask
static:
  n: ${number}
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;

  test.each([
    "9007199254740992",
    "-9007199254740993",
    "+9223372036854775807",
    "1e16",
    "9007199254740993.0",
    "0x20000000000000",
    "0o400000000000000000",
    "1e400",
    ".inf",
    ".nan",
  ])("in YAML with the number %s is refused with its place", async (number) => {
    const answer = await service.yaml("POST", "/v1/workflows", yaml(number));
    expect(problemSchema.parse(answer.json())).toMatchObject({
      status: 422,
      code: "number_not_exact",
      errors: [{ code: "number_not_exact", pointer: "/static/n", line: 5, column: 6 }],
    });
    const checked = await service.send({
      method: "POST",
      path: "/v1/workflows/never_created/validate",
      headers: YAML_TYPE,
      body: yaml(number),
    });
    expect(checked.json()).toMatchObject({
      valid: false,
      diagnostics: [{ code: "number_not_exact", pointer: "/static/n" }],
    });
  });

  test.each(["9007199254740991", "0x1fffffffffffff", "1e15", "1e22", "0.1", '"9007199254740993"'])(
    "in YAML with the number %s is taken",
    async (number) => {
      const answer = await service.send({
        method: "POST",
        path: "/v1/workflows/never_created/validate",
        headers: YAML_TYPE,
        body: yaml(number),
      });
      expect(answer.json()).toMatchObject({ valid: true });
    },
  );
});
