/**
 * Missing, null and empty text in answers, through the API and the page behind a resume link, up to
 * what the next step sends.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { contextSchema, historySchema, type Run, runSchema } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

/** What each type knows at first, what its default is, and how the page sends its emptied control. */
const TYPES: [type: string, more: string, known: JsonValue, usual: JsonValue, empty: string[]][] = [
  ["string", "", "old text", "usual", [""]],
  ["text", "", "old\ntext", "usual", [""]],
  ["number", "", 1.5, 2, [""]],
  ["integer", "", 3, 4, [""]],
  ["boolean", "", false, true, [""]],
  ["date", "", "2026-01-31", "2026-02-01", [""]],
  ["email", "", "old@example.com", "usual@example.com", [""]],
  ["url", "", "https://old.example", "https://usual.example", [""]],
  ["select", "options: [a, b]", "a", "b", [""]],
  ["multiselect", "options: [a, b]", ["a"], ["b"], []],
];

function workflow(host: string): string {
  const fields = TYPES.map(
    ([type, more, , usual]) =>
      `{ key: ${type}_field, type: ${type}, required: false, default: ${JSON.stringify(usual)}${more === "" ? "" : `, ${more}`} }`,
  );
  return `id: answers
name: Answers
start_step: first
steps:
  - id: first
    type: form
    name: First
    next: post
    config:
      fields:
        - { key: go, type: string, required: true }
${fields.map((field) => `        - ${field}`).join("\n")}
  - id: post
    type: api_call
    name: Post
    next: second
    config:
      url: http://${host}/in
      method: POST
      body: { ${TYPES.map(([type]) => `${type}: "{{${type}_field}}"`).join(", ")} }
  - id: second
    type: form
    name: Second
    config:
      fields:
        - { key: again, type: string, required: true }
${fields.map((field) => `        - ${field}`).join("\n")}
output: { sent: inputs.string_field }
`;
}

const PIN = `id: pins
name: Pins
start_step: first
steps:
  - id: first
    type: form
    name: First
    next: second
    config:
      fields:
        - { key: pin, type: string, required: true, sensitive: true, label: PIN }
        - { key: note, type: text, required: false }
  - id: second
    type: form
    name: Second
    next: third
    config:
      fields:
        - { key: pin, type: string, required: false, sensitive: true, label: PIN }
        - { key: note, type: text, required: false }
  - id: third
    type: form
    name: Third
    config:
      fields:
        - { key: pin, type: string, required: true, sensitive: true, label: PIN }
output: { pin: pin }
`;

let service: Service;
let api: FakeApi;

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
  for (const text of [workflow(api.host), PIN]) {
    const created = await service.yaml("POST", "/v1/workflows", text);
    expect(created.status, created.text).toBe(201);
  }
});

afterAll(async () => {
  await service.close();
  await api.close();
});

/** What the last call sent. */
function sent(): unknown {
  return JSON.parse(api.calls("/in").at(-1)?.body ?? "null");
}

async function start(workflowId: string, inputs: object = {}): Promise<Run> {
  const answer = await service.post("/v1/executions", { workflow_id: workflowId, inputs });
  expect(answer.status, answer.text).toBe(202);
  return runSchema.parse(answer.json());
}

function resume(run: Run, inputs: object): Promise<Answer> {
  return service.post(`/v1/executions/${run.id}/resume`, { inputs });
}

async function resumed(run: Run, inputs: object): Promise<Run> {
  const answer = await resume(run, inputs);
  expect(answer.status, answer.text).toBe(200);
  return runSchema.parse(answer.json());
}

async function read(run: Run): Promise<Run> {
  return runSchema.parse((await service.get(`/v1/executions/${run.id}`)).json());
}

/** The run once it waits with another number, or has ended: the page does not wait for it. */
async function moved(run: Run): Promise<Run> {
  for (;;) {
    const now = await read(run);
    if (now.status !== "running" && now.wait?.number !== run.wait?.number) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function linkOf({ wait }: Run): string {
  if (wait?.type !== "form" || wait.resume_token === undefined) throw new Error("no token");
  return `/resume/${wait.resume_token}`;
}

const open = (run: Run) => service.send({ method: "GET", path: linkOf(run), key: null });

function send(run: Run, fields: [string, string][]): Promise<Answer> {
  return service.send({
    method: "POST",
    path: linkOf(run),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
    key: null,
  });
}

async function outputOf(run: Run, stepId: string): Promise<JsonObject> {
  const history = historySchema.parse(
    (await service.get(`/v1/executions/${run.id}/history`)).json(),
  );
  return history.steps.find(({ step_id }) => step_id === stepId)?.output as JsonObject;
}

async function inputsOf(run: Run): Promise<JsonObject> {
  const context = await service.get(`/v1/executions/${run.id}/context`);
  return contextSchema.parse(context.json()).runtime.inputs;
}

function each(value: (row: (typeof TYPES)[number]) => JsonValue): JsonObject {
  return Object.fromEntries(TYPES.map((row) => [`${row[0]}_field`, value(row)]));
}

const KNOWN = each(([, , known]) => known);
const USUAL = each(([, , , usual]) => usual);
const NULLS = each(() => null);

/** Of the start, in a form that it does not answer: `go` is missing. */
describe("an answer by the API", () => {
  test("that is missing leaves what is known, in output, inputs and what is sent", async () => {
    const run = await start("answers", KNOWN);
    const next = await resumed(run, { go: "x" });
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...KNOWN });
    expect(await inputsOf(run)).toEqual({ ...KNOWN, go: "x" });
    expect(sent()).toEqual(Object.fromEntries(TYPES.map(([type, , known]) => [type, known])));
    expect(next.wait).toMatchObject({ step_id: "second", prefill: KNOWN });
  });

  test("that is missing takes the default where nothing is known", async () => {
    const run = await start("answers");
    await resumed(run, { go: "x" });
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...USUAL });
    expect(await inputsOf(run)).toEqual({ go: "x", ...USUAL });
  });

  test.each([
    ["what is known", KNOWN],
    ["the default", {}],
  ])("that is null replaces %s, for every type and up to what is sent", async (_, inputs) => {
    const run = await start("answers", inputs);
    const next = await resumed(run, { go: "x", ...NULLS });
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...NULLS });
    expect(await inputsOf(run)).toEqual({ go: "x", ...NULLS });
    expect(sent()).toEqual(Object.fromEntries(TYPES.map(([type]) => [type, null])));
    // Nothing is known by now, so the default does not come back in the next form either.
    expect(next.wait).toMatchObject({ prefill: NULLS });
    const ended = await resumed(run, { again: "y" });
    expect(ended.output).toEqual({ sent: null });
    expect(await inputsOf(run)).toEqual({ go: "x", again: "y", ...NULLS });
  });

  test("that is null in the second form replaces the first form's answer", async () => {
    const run = await start("answers");
    await resumed(run, { go: "x", ...KNOWN });
    expect(await inputsOf(run)).toEqual({ go: "x", ...KNOWN });
    await resumed(run, { again: "y", ...NULLS });
    expect(await outputOf(run, "second")).toEqual({ again: "y", ...NULLS });
    expect(await inputsOf(run)).toEqual({ go: "x", again: "y", ...NULLS });
  });

  test("that is null at the start completes the form with null", async () => {
    const run = await start("answers", { go: "x", ...NULLS });
    expect(await outputOf(await moved({ ...run, wait: undefined }), "first")).toEqual({
      go: "x",
      ...NULLS,
    });
  });

  test.each(TYPES.filter(([type]) => type !== "string" && type !== "text"))(
    "that is empty text is refused for %s",
    async (type) => {
      const run = await start("answers");
      const answer = await resume(run, { go: "x", [`${type}_field`]: "" });
      expect(answer.json()).toMatchObject({
        status: 422,
        code: "invalid_inputs",
        errors: [{ pointer: `/inputs/${type}_field` }],
      });
    },
  );
});

describe("the page", () => {
  /** What a browser sends of a form that showed these values and was not touched. */
  function untouched(values: JsonObject): [string, string][] {
    return Object.entries(values).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [
        `a.${key}`,
        (typeof one === "string" ? one : JSON.stringify(one)).replaceAll("\n", "\r\n"),
      ]),
    );
  }
  const EMPTIED = TYPES.flatMap(([type, , , , empty]) =>
    empty.map((text): [string, string] => [`a.${type}_field`, text]),
  );
  const GONE = { ...NULLS, multiselect_field: [] };

  test.each([
    ["what is known", KNOWN],
    ["the default", {}],
  ])("that showed %s and was emptied sends null, and [] for choices", async (_, inputs) => {
    const run = await start("answers", inputs);
    expect((await send(run, [["a.go", "x"], ...EMPTIED])).status).toBe(200);
    const next = await moved(run);
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...GONE });
    expect(sent()).toMatchObject({ string: null, number: null });
    // Left alone, the empty form of the next step changes nothing.
    expect((await send(next, [["a.again", "y"], ...EMPTIED])).status).toBe(200);
    await moved(next);
    expect(await inputsOf(run)).toEqual({ go: "x", again: "y", ...GONE });
  });

  test("that was not touched sends what it showed", async () => {
    const run = await start("answers", KNOWN);
    expect((await send(run, [["a.go", "x"], ...untouched(KNOWN)])).status).toBe(200);
    await moved(run);
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...KNOWN });
  });

  test("that was emptied and comes again for another mistake still sends null", async () => {
    const run = await start("answers", KNOWN);
    const page = await send(run, [["a.go", " "], ...EMPTIED]);
    expect(page.status).toBe(422);
    expect(page.text).not.toContain("old text");
    expect((await send(run, [["a.go", "x"], ...EMPTIED])).status).toBe(200);
    await moved(run);
    expect(await outputOf(run, "first")).toEqual({ go: "x", ...GONE });
  });

  test("takes numbers as people write them, and says how to write the others", async () => {
    const run = await start("answers");
    const page = await send(run, [
      ["a.go", "x"],
      ["a.number_field", "1,5"],
      ["a.integer_field", "9007199254740993"],
    ]);
    expect(page.status).toBe(422);
    expect(page.text).toContain("with a decimal point");
    expect(page.text).toContain("has more digits than can be stored");
    const numbers: [string, string][] = [
      ["a.number_field", " \u22121.5e3 "],
      ["a.integer_field", "+1e3"],
    ];
    expect((await send(run, [["a.go", "x"], ...numbers])).status).toBe(200);
    await moved(run);
    expect(await outputOf(run, "first")).toMatchObject({
      number_field: -1500,
      integer_field: 1000,
    });
  });
});

describe("a sensitive answer", () => {
  async function atSecond(): Promise<Run> {
    return resumed(await start("pins"), { pin: "s3cr3t-pin", note: "the pin is s3cr3t-pin" });
  }

  test("is named and not shown, on the wait and on the page, where it may be inside another", async () => {
    const run = await atSecond();
    expect(run.wait).toMatchObject({ step_id: "second", answered_before: ["pin", "note"] });
    expect(run.wait).not.toHaveProperty("prefill");
    const page = await open(run);
    expect(page.text.split("This was answered before.")).toHaveLength(3);
    expect(page.text).not.toMatch(/s3cr3t|\[SENSITIVE\]/);
  });

  test("left alone is kept, and satisfies the next form that requires it", async () => {
    const run = await atSecond();
    expect(
      (
        await send(run, [
          ["a.pin", ""],
          ["a.note", ""],
        ])
      ).status,
    ).toBe(200);
    const third = await moved(run);
    expect((await send(third, [["a.pin", ""]])).status).toBe(200);
    const ended = await moved(third);
    expect(ended).toMatchObject({ status: "completed", output: { pin: "[SENSITIVE]" } });
    expect(await inputsOf(run)).toEqual({ pin: "[SENSITIVE]", note: "the pin is [SENSITIVE]" });
  });

  test("that is removed is null, and has to be given again where it is required", async () => {
    const run = await atSecond();
    const both = await send(run, [
      ["a.pin", "other"],
      ["r.pin", "remove"],
    ]);
    expect(both.status).toBe(422);
    expect(both.text).toContain("PIN: either enter an answer or choose to remove it");
    expect((await send(run, [["r.pin", "remove"]])).status).toBe(200);
    const third = await moved(run);
    expect(await inputsOf(run)).toMatchObject({ pin: null });
    expect((await send(third, [["a.pin", ""]])).status).toBe(422);
    expect((await open(third)).text).not.toContain("This was answered before.");
    expect((await resume(third, {})).json()).toMatchObject({ errors: [{ code: "required" }] });
    expect((await send(third, [["a.pin", "n3w"]])).status).toBe(200);
  });

  test("comes back masked nowhere: the mask is no answer, and no start input", async () => {
    const run = await atSecond();
    for (const inputs of [{ pin: "[SENSITIVE]" }, { note: "the pin is [SENSITIVE]" }]) {
      const [key = ""] = Object.keys(inputs);
      const masked = { code: "masked_value", pointer: `/inputs/${key}` };
      const refused = { status: 422, code: "masked_value", errors: [masked] };
      expect((await resume(run, inputs)).json()).toMatchObject(refused);
      const started = await service.post("/v1/executions", { workflow_id: "pins", inputs });
      expect(started.json()).toMatchObject(refused);
    }
    const page = await send(run, [["a.note", "[SENSITIVE]"]]);
    expect(page.status).toBe(422);
    expect(page.text).toContain("replaces a hidden value");
    const other = { pin: "p", extra: { deep: ["[SENSITIVE]"] } };
    expect(
      (await service.post("/v1/executions", { workflow_id: "pins", inputs: other })).json(),
    ).toMatchObject({ code: "masked_value", errors: [{ pointer: "/inputs/extra" }] });
    expect((await resume(run, {})).status).toBe(200);
  });
});
