/** What a start may bring: with declared inputs those and the fields of forms, else anything. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextSchema, runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";

const DECLARED = `id: declares
name: Declares
start_step: ask
inputs:
  - { key: customer, type: string, required: true }
  - { key: level, type: integer, required: false, max: 3, default: 1 }
steps:
  - id: ask
    type: form
    name: Ask
    config:
      fields:
        - { key: topic, type: string, required: true }
        - { key: tone, type: string, required: true }
`;

let service: Service;

beforeAll(async () => {
  service = await sharedService();
  const created = await service.yaml("POST", "/v1/workflows", DECLARED);
  expect(created.status, created.text).toBe(201);
});

afterAll(() => service.close());

function startWith(inputs: object, options: object = {}): Promise<Answer> {
  return service.post("/v1/executions", { workflow_id: "declares", inputs, ...options });
}

async function inputsOf(answer: Answer): Promise<unknown> {
  const { id } = runSchema.parse(answer.json());
  const context = await service.get(`/v1/executions/${id}/context`);
  return contextSchema.parse(context.json()).runtime.inputs;
}

test("defaults of declared inputs are filled in", async () => {
  expect(await inputsOf(await startWith({ customer: "c1" }))).toEqual({
    customer: "c1",
    level: 1,
  });
});

test("a field of a form may be given beside the declared inputs, right or not", async () => {
  const answer = await startWith({ customer: "c1", level: 3, topic: "Launch", tone: 7 });
  expect(answer.status).toBe(202);
  const { wait } = runSchema.parse(answer.json());
  expect(wait).toMatchObject({
    type: "form",
    prefill: { topic: "Launch", tone: 7 },
    errors: [{ code: "invalid_type", pointer: "/inputs/tone" }],
  });
});

test("a form that the start answers is not asked", async () => {
  const answer = await startWith({ customer: "c1", topic: "Launch", tone: "calm" });
  expect(runSchema.parse(answer.json()).status).toBe("completed");
});

test("a declared input that is null is null, and not its default", async () => {
  expect(await inputsOf(await startWith({ customer: "c1", level: null }))).toEqual({
    customer: "c1",
    level: null,
  });
});

test.each<[string, object, string, string]>([
  ["null where one is required", { customer: null }, "invalid_inputs", "required"],
  ["white space where one is required", { customer: "  " }, "invalid_inputs", "required"],
  ["empty text for a number", { customer: "c", level: "" }, "invalid_inputs", "invalid_type"],
  ["a masked value", { customer: "[SENSITIVE]" }, "masked_value", "masked_value"],
  ["one for a form", { customer: "c", tone: "[SENSITIVE]" }, "masked_value", "masked_value"],
])("%s is refused", async (_what, inputs, code, found) => {
  expect((await startWith(inputs)).json()).toMatchObject({
    status: 422,
    code,
    errors: [{ code: found }],
  });
});

test("a key of neither is refused, with what was probably meant, and no run is there", async () => {
  const options = { run_opts: { idempotency_key: "refused" } };
  const answer = await startWith({ customer: "c1", topik: "Launch" }, options);
  expect(answer.json()).toMatchObject({
    status: 422,
    code: "invalid_inputs",
    errors: [{ code: "unknown_key", pointer: "/inputs/topik", suggestion: "topic" }],
  });
  const again = await startWith({ customer: "c1" }, options);
  expect(again.status).toBe(202);
  expect(again.headers.get("idempotent-replayed")).toBeNull();
});
