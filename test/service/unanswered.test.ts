/**
 * What a form or the start asked for and was not given is null wherever it is read, by the service
 * and by the reference: each case is a dual run, which compares the two.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";

let service: Service;
let api: FakeApi;

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
});
afterAll(async () => {
  await service.close();
  await api.close();
});

const FORM = {
  id: "ask",
  type: "form",
  name: "Ask",
  config: {
    fields: [
      { key: "topic", type: "string", required: true },
      { key: "note", type: "string", required: false },
      { key: "count", type: "integer", required: false },
    ],
  },
};

const dualRunSchema = z.object({
  match: z.boolean(),
  diffs: z.array(z.unknown()),
  run_ids: z.object({ new: z.string() }),
});
const runSchema = z.looseObject({
  status: z.string(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
});

let number = 0;

/** The run of a form with only its topic answered, then this step. */
async function runWith(step: object, output: object, inputs: object = { topic: "Launch" }) {
  number += 1;
  const id = `unanswered_${number}`;
  const steps = [
    { ...FORM, next: "then" },
    { id: "then", name: "Then", ...step },
  ];
  const definition = { id, name: "Unanswered", start_step: "ask", steps, output };
  const stored = await service.post("/v1/workflows", definition);
  expect(stored.status).toBe(201);
  const answer = await service.post("/v1/dev/dual-run", { workflow_id: id, inputs });
  const { match, diffs, run_ids } = dualRunSchema.parse(answer.json());
  expect({ match, diffs }).toEqual({ match: true, diffs: [] });
  return runSchema.parse((await service.get(`/v1/executions/${run_ids.new}`)).json());
}

const resultOf = (when: string) =>
  runWith(
    { type: "conditional", config: { when, then: null, else: null } },
    { result: "steps.then.output.result" },
  );

describe("in an expression an optional answer that was not given is None", () => {
  test.each([
    "steps.ask.output.note == null",
    'steps["ask"]["output"]["note"] == null',
    "runtime.steps.ask.output.count == null",
    "inputs.note == null and runtime.inputs.count == null",
    "note == null",
    "not steps.ask.output.note",
    'not ("note" in steps.ask.output)',
    "len(steps.ask.output) == 1",
    'steps.ask.output.topic == "Launch"',
  ])("%s", async (when) => {
    expect(await resultOf(when)).toMatchObject({ status: "completed", output: { result: true } });
  });

  test.each([
    "steps.ask.output.nothing == null",
    "inputs.nothing == null",
    "steps.ask.nothing == null",
    "steps.ask.output.note.length == null",
    "steps.ask.output.constructor == null",
  ])("what was not asked for is an error as before: %s", async (when) => {
    expect(await resultOf(when)).toMatchObject({
      status: "failed",
      error: { code: "expression_error", step_id: "then" },
    });
  });
});

test("placeholders have null, by each path", async () => {
  const body = {
    by_step: "{{steps.ask.output.note}}",
    by_runtime: "{{runtime.steps.ask.output.count}}",
    by_inputs: "{{inputs.note}}",
    bare: "{{note}}",
    given: "{{steps.ask.output.topic}}",
  };
  const config = {
    url: `http://${api.host}/take`,
    method: "POST",
    body,
  };
  expect(await runWith({ type: "api_call", config }, {})).toMatchObject({ status: "completed" });

  for (const call of api.calls("/take")) {
    expect(JSON.parse(call.body)).toEqual({
      by_step: null,
      by_runtime: null,
      by_inputs: null,
      bare: null,
      given: "Launch",
    });
  }
  expect(api.calls("/take").length).toBeGreaterThan(0);
});

test("a placeholder that was not asked for fails the step as before", async () => {
  const config = { url: `http://${api.host}/x/{{steps.ask.output.nothing}}`, method: "GET" };
  expect(await runWith({ type: "api_call", config }, {})).toMatchObject({
    status: "failed",
    error: { code: "template_error" },
  });
});

test("outputs and variables of a model read null too", async () => {
  const config = {
    template_id: "content_v1",
    variables: ["steps.ask.output.topic", "steps.ask.output.note"],
    json_schema: { type: "object", properties: { draft: { type: "string" } }, required: ["draft"] },
  };
  const output = { note: "steps.ask.output.note", whole: "steps.ask.output" };
  const run = await runWith({ type: "ai_generate", config }, output);
  expect(run).toMatchObject({
    status: "completed",
    output: { note: null, whole: { topic: "Launch" } },
  });
});
