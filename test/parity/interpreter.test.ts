import { describe, expect, test } from "vitest";
import type { JsonObject } from "#model/json.ts";
import type { Template } from "#model/template.ts";
import type { Step, WorkflowDefinition } from "#model/workflow.ts";
import { comparableRun } from "#parity/comparable.ts";
import { interpret } from "#parity/interpreter.ts";
import type { InterpretOptions, ReferenceRun } from "#parity/reference.ts";
import { ai, api, approval, conditional, definition, form, RETRY } from "../support/definitions.ts";
import { answers, fails, NO_ANSWER, says, scripted, type Scripted } from "./scripted.ts";

const CONTENT: Template = { id: "content_v1", version: 1, prompt: "About {{topic}}." };
const SCHEMA = { type: "object", required: ["draft"], properties: { draft: { type: "string" } } };

function run(
  steps: Step[],
  inputs: JsonObject = {},
  {
    ports = scripted({}),
    more = {},
    ...options
  }: { ports?: Scripted; more?: Partial<WorkflowDefinition> } & Partial<InterpretOptions> = {},
): Promise<ReferenceRun> {
  const templates = { content_v1: CONTENT };
  return interpret(definition(steps, more), { inputs, templates, mock: null, ...options }, ports);
}

/** The way of a run: its steps with status and attempt. */
function way({ steps }: ReferenceRun): string[] {
  return steps.map(({ step_id, status, attempt }) => `${step_id} ${status} ${attempt}`);
}

describe("the main job", () => {
  test("goes from the form over the model to the approval", async () => {
    const ports = scripted({ models: [says({ draft: "Hello." })] });
    const steps = [
      form("ask", { next: "write" }),
      ai("write", { next: "agree", config: { variables: ["topic"], json_schema: SCHEMA } }),
      approval("agree", { config: { approvers: ["a@example.com", "b@example.com"], quorum: 2 } }),
    ];
    const more = { output: { text: "steps.write.output.draft", none: "steps.nowhere" } };
    const ended = await run(steps, { topic: "Launch" }, { ports, more });
    expect(ended.id).toMatch(/^ref_/);
    expect(ended.status).toBe("completed");
    expect(way(ended)).toEqual(["ask completed 1", "write completed 1", "agree completed 1"]);
    expect(ended.output).toEqual({ text: "Hello.", none: null });
    expect(ended.context.runtime.inputs).toEqual({ topic: "Launch" });
    expect(ended.context.runtime.steps["agree"]).toEqual({
      output: {
        approved: true,
        decisions: [
          { by: "a@example.com", approved: true, at: "2026-01-01T00:00:00.000Z" },
          { by: "b@example.com", approved: true, at: "2026-01-01T00:00:00.000Z" },
        ],
      },
    });
    expect(ports.asked.map(({ prompt, attempt }) => [prompt, attempt])).toEqual([
      ["About Launch.", 1],
    ]);
  });
});

describe("forms", () => {
  const fields = [
    { key: "name", type: "string" as const, required: true, max_length: 5 },
    { key: "size", type: "integer" as const, required: false, default: 3 },
  ];

  test.each<[string, JsonObject, JsonObject | null]>([
    ["answers and defaults", { name: "Ada" }, { name: "Ada", size: 3 }],
    ["an answer over the default", { name: "Ada", size: 4 }, { name: "Ada", size: 4 }],
    ["null for an optional field", { name: "Ada", size: null }, { name: "Ada", size: null }],
    ["a required one of white space", { name: " " }, null],
    ["a masked value", { name: "[SENSITIVE]" }, null],
    ["a required one missing", { size: 4 }, null],
    ["a required one left empty", { name: "" }, null],
    ["a text that is too long", { name: "Augusta" }, null],
    ["a text for a number", { name: "Ada", size: "4" }, null],
    ["nothing", {}, null],
  ])("%s", async (_name, inputs, expected) => {
    const ended = await run([form("ask", { config: { fields } })], inputs);
    expect(ended.steps[0]?.output ?? null).toEqual(expected);
    expect(ended.status).toBe(expected === null ? "waiting" : "completed");
    expect(ended.current_step).toBe(expected === null ? "ask" : null);
  });

  test("a declared input that a form asks for too answers it before it waits", async () => {
    const more = { inputs: fields };
    const known = await run(
      [form("ask", { config: { fields } })],
      { name: "Ada", size: 4 },
      { more },
    );
    expect(known.steps[0]?.output).toEqual({ name: "Ada", size: 4 });
    const [name] = fields;
    const other = { key: "other", type: "string" as const, required: true };
    const steps = [form("ask", { config: { fields: name === undefined ? [] : [name, other] } })];
    expect((await run(steps, { name: "Ada" }, { more })).status).toBe("waiting");
  });

  test("that share a key: the later answer counts, null too, and a start input stays behind it", async () => {
    const note = { key: "note", type: "string" as const, required: false, default: "usual" };
    const more = { inputs: [{ key: "note", type: "string" as const, required: false }] };
    const steps = [
      form("ask", { next: "again", config: { fields: [note, ...fields] } }),
      form("again", { config: { fields: [note] } }),
    ];
    const kept = await run(steps, { name: "Ada", note: "first" }, { more });
    expect(kept.context.runtime.inputs).toEqual({ note: "first", name: "Ada", size: 3 });
    const emptied = await run(steps, { name: "Ada", note: null });
    expect(emptied.context.runtime.inputs).toEqual({ note: null, name: "Ada", size: 3 });
    expect(emptied.steps[1]?.output).toEqual({ note: null });
  });

  test("declared inputs are checked before the run, and have defaults", async () => {
    const more = { inputs: [...fields, { key: "note", type: "text" as const, required: false }] };
    const rule = conditional("rule", { config: { when: "size == 3 and note == None" } });
    const ended = await run([rule], { name: "Ada" }, { more });
    expect(ended.context.runtime.inputs).toEqual({ name: "Ada", size: 3 });
    expect(ended.steps[0]?.output).toMatchObject({ result: true });
    for (const inputs of [{}, { name: 5 }, { name: "Ada", other: 1 }]) {
      const refused = await run([rule], inputs, { more });
      expect([refused.status, refused.error?.code]).toEqual(["refused", "invalid_inputs"]);
      expect(refused.steps).toEqual([]);
    }
    const masked = await run([rule], { name: "[SENSITIVE]" }, { more });
    expect([masked.status, masked.error?.code]).toEqual(["refused", "masked_value"]);
    const emptied = await run([rule], { name: "Ada", size: null }, { more });
    expect(emptied.context.runtime.inputs).toEqual({ name: "Ada", size: null });
  });

  test.each([
    ["date", "2026-02-28", "2026-02-29"],
    ["email", "a.b@example.com", "a..b@example.com"],
    ["url", "https://example.com/x", "ftp://example.com/"],
    ["boolean", true, "true"],
    ["number", 1.5, Number.NaN],
    ["select", "a", "c"],
    ["multiselect", ["a", "b"], ["a", "a"]],
    ["integer", -3, 2.5],
  ] as const)("a %s is distinguished from other values", async (type, right, wrong) => {
    const options = [
      { value: "a", label: "A" },
      { value: "b", label: "B" },
    ];
    const steps = [
      form("ask", { config: { fields: [{ key: "x", type, required: true, options }] } }),
    ];
    const list = (value: unknown) => value as JsonObject[string];
    expect((await run(steps, { x: list(right) })).status).toBe("completed");
    expect((await run(steps, { x: list(wrong) })).status).toBe("waiting");
  });

  test("a pattern has to match the whole answer", async () => {
    const field = { key: "x", type: "string" as const, required: true, pattern: "a|ab" };
    const steps = [form("ask", { config: { fields: [field] } })];
    expect((await run(steps, { x: "ab" })).status).toBe("completed");
    expect((await run(steps, { x: "abc" })).status).toBe("waiting");
  });
});

describe("conditionals", () => {
  test("take their branch and tell what they read", async () => {
    const rule = conditional("rule", { config: { when: "n // 2 == -4", then: "yes", else: "no" } });
    const rest = [conditional("yes"), conditional("no")];
    const taken = await run([rule, ...rest], { n: -7 });
    expect(way(taken)).toEqual(["rule completed 1", "yes completed 1"]);
    expect(taken.steps[0]?.output).toEqual({ result: true, trace: [{ path: "n", value: -7 }] });
    expect(way(await run([rule, ...rest], { n: 7 }))).toEqual([
      "rule completed 1",
      "no completed 1",
    ]);
  });

  test("fail with expression_error, and on_error catches it", async () => {
    const when = "len(missing) > 1";
    const ended = await run([conditional("rule", { config: { when } })]);
    expect([ended.status, ended.error?.code]).toEqual(["failed", "expression_error"]);
    const next = conditional("next", {
      config: { when: "steps.rule.error.code == 'expression_error'" },
    });
    const caught = await run([conditional("rule", { on_error: "next", config: { when } }), next]);
    expect(way(caught)).toEqual(["rule failed 1", "next completed 1"]);
    expect(caught.steps[1]?.output).toMatchObject({ result: true });
  });

  test("read the whole context by an alias", async () => {
    const when = 'ctx["runtime"]["inputs"]["x"] == 1';
    const aliases = { ctx: "context" as const };
    const ended = await run([conditional("rule", { config: { when } })], { x: 1 }, { aliases });
    expect(ended.steps[0]?.output).toEqual({
      result: true,
      trace: [{ path: 'ctx["runtime"]["inputs"]["x"]', value: 1 }],
    });
  });
});

describe("ai_generate", () => {
  const write = ai("write", { config: { json_schema: SCHEMA } });
  const bad = says({ draft: 5 });

  test.each([
    ["fits at once", [says({ draft: "x" })], "completed", 1],
    ["fits at the third try", [bad, bad, says({ draft: "x" })], "completed", 3],
    ["never fits", [bad], "ai_schema_violation", 3],
    ["is no JSON", [{ ok: true as const, text: "Sure! Here it is." }], "ai_schema_violation", 3],
    [
      "is in a fence",
      [{ ok: true as const, text: 'So:\n```json\n{"draft":"x"}\n```' }],
      "completed",
      1,
    ],
    ["comes after two failures", [fails(), fails(), says({ draft: "x" })], "completed", 3],
    ["never comes", [fails()], "ai_provider_error", 3],
    ["mixes the budgets", [bad, fails(), bad, fails(), says({ draft: "x" })], "completed", 5],
    [
      "cannot be repeated",
      [{ ok: false as const, code: "mock_unsatisfiable" as const, message: "", retryable: false }],
      "mock_unsatisfiable",
      1,
    ],
  ])("an answer that %s", async (_name, models, expected, attempts) => {
    const ports = scripted({ models });
    const ended = await run([write], { topic: "x" }, { ports });
    expect(ended.error?.code ?? ended.status).toBe(expected);
    expect(ended.steps[0]?.attempt).toBe(attempts);
    expect(ports.asked.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: attempts }, (_, index) => index + 1),
    );
  });

  test("a fallback is asked when the transport budget is spent, never for a schema violation", async () => {
    const fallback = [{ provider: "anthropic" as const, model: "m" }];
    const config = { json_schema: SCHEMA, provider: "openai" as const, fallback };
    const step = ai("write", { config, retry: { ...RETRY, max_attempts: 2 } });
    const failing = scripted({ models: [fails()] });
    expect((await run([step], {}, { ports: failing })).steps[0]?.attempt).toBe(4);
    expect(failing.asked.map(({ provider, model }) => [provider, model])).toEqual([
      ["openai", undefined],
      ["openai", undefined],
      ["anthropic", "m"],
      ["anthropic", "m"],
    ]);
    const violating = scripted({ models: [bad] });
    await run([step], {}, { ports: violating });
    expect(violating.asked.map(({ provider }) => provider)).toEqual(["openai", "openai", "openai"]);
  });

  test("a fallback is asked at once when a provider is of no use", async () => {
    const fallback = [{ provider: "anthropic" as const, model: "m" }];
    const config = { json_schema: SCHEMA, provider: "openai" as const, fallback };
    const unusable = {
      ok: false,
      code: "ai_auth",
      message: "",
      retryable: false,
      unusable: true,
    } as const;
    const ports = scripted({ models: [unusable, says({ draft: "x" })] });
    const ended = await run([ai("write", { config })], {}, { ports });
    expect([ended.status, ended.steps[0]?.attempt]).toEqual(["completed", 2]);
    expect(ports.asked.map(({ provider }) => provider)).toEqual(["openai", "anthropic"]);
    const none = scripted({ models: [unusable] });
    const failed = await run([ai("write", { config })], {}, { ports: none });
    expect([failed.error?.code, failed.steps[0]?.attempt]).toEqual(["ai_auth", 2]);
  });

  test("a correction has the answer before, as it came", async () => {
    const ports = scripted({ models: [bad, says({ draft: "x" })] });
    await run([write], {}, { ports });
    expect(ports.asked.map(({ previous }) => previous)).toEqual([undefined, '{"draft":5}']);
  });

  test("a run on the mock asks the mock, in the mode of the step", async () => {
    const ports = scripted({ models: [says({ draft: "x" })] });
    const step = ai("write", { config: { json_schema: SCHEMA, provider: "openai" } });
    const mock = { mode: "success", steps: { write: "transient_error" }, seed: 7 };
    await run([step], {}, { ports, mock });
    expect(ports.asked[0]).toMatchObject({
      provider: "mock",
      mock: { mode: "transient_error", seed: 7 },
    });
  });

  test("variables are known by their last segment, and empty when they lead nowhere", async () => {
    const ports = scripted({ models: [says({ draft: "x" })] });
    const template = {
      id: "content_v1",
      version: 2,
      system: "{{#list}}<{{.}}>{{/list}}{{^none}}none{{/none}}",
      prompt: "{{city}} {{data}} {{zero}}{{#zero}}!{{/zero}}",
    };
    const config = {
      json_schema: SCHEMA,
      variables: ["address.city", "data", "list", "none", "static.zero"],
    };
    await run(
      [ai("write", { config })],
      { address: { city: "Bern" }, data: { a: 1 }, list: [1, "b"] },
      {
        ports,
        templates: { content_v1: template },
        more: { static: { zero: 0 } },
      },
    );
    expect(ports.asked[0]).toMatchObject({
      system: "<1><b>none",
      prompt: 'Bern {"a":1} 0!',
      variables: { city: "Bern", data: { a: 1 }, list: [1, "b"], none: "", zero: 0 },
    });
  });

  test.each(["{{{x}}}", "{{&x}}", "{{>x}}", "{{=<% %>=}}", "{{#x}}", "{{x.}}", "{{.}}"])(
    "the template %s cannot be used",
    async (prompt) => {
      const templates = { content_v1: { id: "content_v1", version: 1, prompt } };
      const ended = await run([write], {}, { templates });
      expect(ended.error?.code).toBe("template_error");
    },
  );
});

describe("api_call", () => {
  const post = (more = {}) => api("send", { config: { method: "POST", ...more } });

  test.each([
    ["a GET answered", api("send"), [answers(200, { a: 1 })], "completed", 1],
    ["a GET answered 404", api("send"), [answers(404, {})], "http_error", 1],
    [
      "a GET answered 500, then 200",
      api("send"),
      [answers(500, {}), answers(200, {})],
      "completed",
      2,
    ],
    ["a GET answered 429 for ever", api("send"), [answers(429, {})], "http_error", 3],
    ["a GET without an answer", api("send"), [NO_ANSWER], "network_error", 3],
    ["a POST answered 500", post(), [answers(500, {})], "http_error", 1],
    ["a POST answered 503, then 200", post(), [answers(503, {}), answers(201, {})], "completed", 2],
    ["a POST answered 408", post(), [answers(408, {})], "http_error", 1],
    ["a POST without an answer", post(), [NO_ANSWER], "outcome_unknown", 1],
    [
      "an idempotent POST without an answer",
      post({ idempotent: true }),
      [NO_ANSWER],
      "network_error",
      3,
    ],
    [
      "an expected 404",
      api("send", { config: { expect_status: [404] } }),
      [answers(404, {})],
      "completed",
      1,
    ],
    [
      "a 200 that is not expected",
      api("send", { config: { expect_status: [204] } }),
      [answers(200, {})],
      "http_error",
      1,
    ],
    [
      "a refused address",
      api("send"),
      [{ kind: "refused" as const, code: "egress_refused" as const, message: "No." }],
      "egress_refused",
      1,
    ],
  ])("%s", async (_name, step, calls, expected, attempts) => {
    const ended = await run([step], {}, { ports: scripted({ calls }) });
    expect(ended.error?.code ?? ended.status).toBe(expected);
    expect(ended.steps[0]?.attempt).toBe(attempts);
  });

  test("fills in what is sent, each value for its place", async () => {
    const ports = scripted({ calls: [answers(200, { id: 7 })] });
    const step = api("send", {
      config: {
        url: "https://api.example.com/v1/{{name}}/x?q={{name}}",
        method: "PUT",
        headers: { "X-Name": "{{first}}", Authorization: "Bearer {{secrets.TOKEN}}" },
        body: { count: "{{count}}", text: "{{count}} of {{name}}", list: ["{{flag}}", null] },
      },
    });
    const inputs = { name: "a/b c", first: "Ada", count: 3, flag: true };
    const ended = await run([step], inputs, { ports, secrets: ["TOKEN"] });
    expect(ports.called[0]).toMatchObject({
      url: "https://api.example.com/v1/a%2Fb%20c/x?q=a%2Fb%20c",
      method: "PUT",
      headers: {
        "x-name": "Ada",
        authorization: "Bearer [SECRET]",
        "content-type": "application/json",
        "idempotency-key": `${ended.id}:send`,
        "x-attempt": "1",
      },
      body: '{"count":3,"text":"3 of a/b c","list":[true,null]}',
    });
    expect(ended.steps[0]?.output).toEqual({
      status: 200,
      headers: { "content-type": "application/json" },
      body: { id: 7 },
    });
  });

  test.each([
    ["a name without a value", { url: "https://api.example.com/{{missing}}" }, "template_error"],
    [
      "a segment that a value empties",
      { url: "https://api.example.com/{{empty}}/x" },
      "template_error",
    ],
    ["a segment of dots", { url: "https://api.example.com/{{dots}}" }, "template_error"],
    ["a header of two lines", { headers: { a: "{{lines}}" } }, "template_error"],
    ["a secret that is not there", { headers: { a: "{{secrets.NONE}}" } }, "secret_missing"],
    ["a body for a GET", { body: "x" }, "template_error"],
  ])("%s fails", async (_name, config, expected) => {
    const inputs = { empty: "", dots: "..", lines: "a\nb" };
    const ended = await run([api("send", { config })], inputs);
    expect(ended.error?.code).toBe(expected);
  });
});

describe("approvals", () => {
  const step = (more = {}) => approval("agree", { next: "after", config: more });
  const after = conditional("after");

  test("a rejection goes to on_reject, or fails the run", async () => {
    const approvals = { agree: false };
    const failed = await run([step(), after], {}, { approvals });
    expect([failed.status, failed.error?.code]).toEqual(["failed", "approval_rejected"]);
    const ways = await run(
      [step({ on_reject: "other" }), after, conditional("other")],
      {},
      { approvals },
    );
    expect(way(ways)).toEqual(["agree completed 1", "other completed 1"]);
    expect(ways.steps[0]?.output).toMatchObject({ approved: false });
  });
});

test("sensitive answers are masked by key, by path and by value", async () => {
  const fields = [
    { key: "iban", type: "string" as const, required: true, sensitive: true },
    { key: "pin", type: "integer" as const, required: true, sensitive: true },
  ];
  const ended = await run(
    [
      form("ask", { next: "rule", config: { fields } }),
      conditional("rule", { config: { when: "len(iban) > 3 and pin > 0", then: "send" } }),
      api("send"),
    ],
    { iban: "DE8937", pin: 12 },
    {
      ports: scripted({ calls: [answers(200, { echo: "to DE8937!", pin: 12, other: 12 })] }),
      more: { output: { where: "iban", all: "steps.send.output.body" } },
    },
  );
  expect(ended.context.runtime.inputs).toEqual({ iban: "[SENSITIVE]", pin: "[SENSITIVE]" });
  expect(ended.steps.map(({ output }) => output)).toMatchObject([
    { iban: "[SENSITIVE]", pin: "[SENSITIVE]" },
    {
      trace: [
        { path: "iban", value: "[SENSITIVE]" },
        { path: "pin", value: "[SENSITIVE]" },
      ],
    },
    { body: { echo: "to [SENSITIVE]!", pin: "[SENSITIVE]", other: 12 } },
  ]);
  expect(ended.output).toEqual({
    where: "[SENSITIVE]",
    all: { echo: "to [SENSITIVE]!", pin: "[SENSITIVE]", other: 12 },
  });
});

test("what is compared of a run leaves out ids, times, deciders and the wording of errors", async () => {
  const steps = [
    approval("agree", { next: "rule" }),
    conditional("rule", { on_error: "end", config: { when: "missing" } }),
    conditional("end"),
  ];
  const ended = await run(steps);
  expect(comparableRun(ended)).toEqual({
    status: "completed",
    current_step: null,
    steps: [
      {
        step_id: "agree",
        type: "approval",
        status: "completed",
        attempt: 1,
        output: { approved: true, decisions: [{ approved: true }] },
      },
      {
        step_id: "rule",
        type: "conditional",
        status: "failed",
        attempt: 1,
        error: { code: "expression_error" },
      },
      {
        step_id: "end",
        type: "conditional",
        status: "completed",
        attempt: 1,
        output: { result: true, trace: [] },
      },
    ],
    context: {
      runtime: {
        inputs: {},
        steps: {
          agree: { output: { approved: true, decisions: [{ approved: true }] } },
          rule: { error: { code: "expression_error" } },
          end: { output: { result: true, trace: [] } },
        },
      },
    },
  });
});
