/** Odd answers of models and servers, over real sockets: what is read of them, and what is not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { infer, type InferResult } from "#ai/infer.ts";
import { readAnswer } from "#ai/readings.ts";
import { createProviders } from "#ai/registry.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { FAKE_KEY, FakeOpenAi } from "../support/fake-openai.ts";

let server: FakeOpenAi;
beforeAll(async () => {
  server = await FakeOpenAi.start();
});
afterAll(() => server.close());

const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
};
const ANN = { name: "Ann", age: 41 };
const JSON_TEXT = '{"name": "Ann", "age": 41}';

function ask(schema: JsonObject | boolean): Promise<InferResult> {
  const { openai } = createProviders({
    settings: {
      ENVIRONMENT: "development",
      OPENAI_API_KEY: FAKE_KEY,
      OPENAI_BASE_URL: server.baseUrl,
      OPENAI_MODEL: "m",
      OPENAI_RESPONSE_FORMAT: "text",
    },
    readSecrets: () => Promise.resolve({}),
    fetch,
  });
  if (!openai) throw new Error("openai is not configured");
  const call = {
    prompt: "p",
    feedback: [],
    templateId: "t",
    variables: {},
    attempt: 1,
    mock: null,
  };
  const signal = AbortSignal.timeout(10_000);
  return infer({ ...call, schema, provider: openai, signal, now: Date.now });
}

function answer(message: JsonObject, schema: JsonObject | boolean = PERSON, choice: object = {}) {
  const usage = { prompt_tokens: 5, completion_tokens: 5 };
  const choices = [
    { index: 0, finish_reason: "stop", message: { role: "assistant", ...message }, ...choice },
  ];
  const body = JSON.stringify({ model: "m", choices, usage });
  server.script({ kind: "answer", status: 200, body });
  return ask(schema);
}

const said = (content: JsonValue, schema?: JsonObject | boolean) => answer({ content }, schema);
const called = (args: JsonValue) => ({
  content: null,
  tool_calls: [{ id: "1", type: "function", function: { name: "json", arguments: args } }],
});

const TEXTS: [what: string, text: string, reading: string | undefined][] = [
  ["as it stands", JSON_TEXT, undefined],
  ["with white space around it", `\n\n  ${JSON_TEXT}\t\n`, undefined],
  ["in a fence", `\`\`\`json\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence without a language", `\`\`\`\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence in capitals", `\`\`\`JSON\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence of json5", `\`\`\`json5\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence of another language", `\`\`\`javascript\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence with a title", `\`\`\`json title=a.json\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence of tildes", `~~~json\n${JSON_TEXT}\n~~~`, "fence"],
  ["in a fence of four", `\`\`\`\`json\n${JSON_TEXT}\n\`\`\`\``, "fence"],
  ["in a fence with Windows line ends", `\`\`\`json\r\n${JSON_TEXT}\r\n\`\`\``, "fence"],
  ["in a fence without an end", `\`\`\`json\n${JSON_TEXT}`, "fence"],
  ["in a fence without an end, behind words", `Here it is:\n\`\`\`json\n${JSON_TEXT}`, "fence"],
  ["in a fence on one line", `\`\`\`json ${JSON_TEXT}\`\`\``, "fence"],
  ["in a fence on one line, close to its word", `\`\`\`json${JSON_TEXT}\`\`\``, "fence"],
  ["in a fence on one line without a word", `\`\`\`${JSON_TEXT}\`\`\``, "fence"],
  ["in a fence with words before it", `Sure!\n\`\`\`json\n${JSON_TEXT}\n\`\`\``, "fence"],
  ["in a fence with words behind it", `\`\`\`json\n${JSON_TEXT}\n\`\`\`\nAnything else?`, "fence"],
  ["in a fence with the end on its line", `\`\`\`json\n${JSON_TEXT}\`\`\``, "fence"],
  [
    "in the second of two fences",
    `\`\`\`python\nprint(1)\n\`\`\`\nand\n\`\`\`json\n${JSON_TEXT}\n\`\`\``,
    "fence",
  ],
  [
    "in the second of two fences with JSON",
    `\`\`\`json\n{"type":"object"}\n\`\`\`\n\`\`\`json\n${JSON_TEXT}\n\`\`\``,
    "fence",
  ],
  [
    "in the first of two fences",
    `\`\`\`json\n${JSON_TEXT}\n\`\`\`\nIn Python:\n\`\`\`python\nx = {}\n\`\`\``,
    "fence",
  ],
  [
    "in a fence with a comment behind it inside",
    `\`\`\`json\n${JSON_TEXT}\n// done\n\`\`\``,
    "fence",
  ],
  ["in a fence inside a tag", `<answer>\n\`\`\`json\n${JSON_TEXT}\n\`\`\`\n</answer>`, "fence"],
  ["after <think>", `<think>Her name is Ann.</think>${JSON_TEXT}`, "thinking"],
  ["after <think> on lines", `<think>\nHm.\n</think>\n\n${JSON_TEXT}`, "thinking"],
  ["after empty <think>", `<think>\n\n</think>\n\n${JSON_TEXT}`, "thinking"],
  ["after </think> alone", `Her name is Ann.\n</think>\n${JSON_TEXT}`, "thinking"],
  ["after <thinking>", `<thinking>Ann</thinking>\n${JSON_TEXT}`, "thinking"],
  ["after <reasoning>", `<reasoning>Ann</reasoning>\n${JSON_TEXT}`, "thinking"],
  ["after <THINK>", `<THINK>Ann</THINK>\n${JSON_TEXT}`, "thinking"],
  ["after [THINK]", `[THINK]Ann[/THINK]${JSON_TEXT}`, "thinking"],
  ["after ◁think▷", `◁think▷Ann◁/think▷${JSON_TEXT}`, "thinking"],
  [
    "after channels",
    `<|channel|>analysis<|message|>Ann<|end|><|start|>assistant<|channel|>final<|message|>${JSON_TEXT}`,
    "thinking",
  ],
  [
    "after thinking that drafts JSON",
    `<think>{"name": "Bob", "age": 1}</think>${JSON_TEXT}`,
    "thinking",
  ],
  [
    "after thinking that drafts a fence",
    `<think>\n\`\`\`json\n{"name": "Bob", "age": 1}\n\`\`\`\n</think>\n${JSON_TEXT}`,
    "thinking",
  ],
  ["after thinking twice", `<think>a</think><think>b</think>${JSON_TEXT}`, "thinking"],
  [
    "after thinking, in a fence",
    `<think>Ann</think>\n\`\`\`json\n${JSON_TEXT}\n\`\`\``,
    "thinking+fence",
  ],
  ["after thinking, among words", `<think>Ann</think>\nThe answer: ${JSON_TEXT}`, "thinking+words"],
  ["behind words", `Here is the JSON you asked for: ${JSON_TEXT}`, "words"],
  ["behind words on a line", `Here is the JSON:\n\n${JSON_TEXT}`, "words"],
  ["before words", `${JSON_TEXT}\n\nLet me know if you need more.`, "words"],
  ["between words", `Sure. ${JSON_TEXT} Done.`, "words"],
  ["behind words with quotes", `The "person" isn't hard: ${JSON_TEXT}`, "words"],
  ["behind words with braces", `Use {name} and {age}: ${JSON_TEXT}`, "words"],
  ["behind an opening brace in words", `A { begins it. ${JSON_TEXT}`, "words"],
  ["behind another reference", `As [note] says, she is ${JSON_TEXT}`, "words"],
  ["behind a list of words", `[x] done, ${JSON_TEXT}`, "words"],
  ["behind a reference", `As said in [1], she is ${JSON_TEXT}`, "words"],
  ["behind another object", `Given {"type": "object"}, I answer ${JSON_TEXT}`, "words"],
  ["before a mark of the end", `${JSON_TEXT}<|im_end|>`, "words"],
  ["before </s>", `${JSON_TEXT}</s>`, "words"],
  ["behind the word json", `json\n${JSON_TEXT}`, "words"],
  ["behind an assignment", `const person = ${JSON_TEXT};`, "words"],
  ["as a list of chat", `- ${JSON_TEXT}`, "words"],
  ["in single backticks", `\`${JSON_TEXT}\``, "words"],
  ["in bold", `**${JSON_TEXT}**`, "words"],
  ["in brackets", `(${JSON_TEXT})`, "words"],
  ["in <json>", `<json>${JSON_TEXT}</json>`, "tag"],
  ["in <json> on lines", `<json>\n${JSON_TEXT}\n</json>`, "tag"],
  ["in <output>", `<output>${JSON_TEXT}</output>`, "tag"],
  ["in <json> among words", `Here: <json>${JSON_TEXT}</json> Done.`, "words"],
  ["with a BOM", `\ufeff${JSON_TEXT}`, "bom"],
  ["with a BOM before a fence", `\ufeff\`\`\`json\n${JSON_TEXT}\n\`\`\``, "bom+fence"],
  ["encoded twice", JSON.stringify(JSON_TEXT), "decoded"],
  ["encoded twice in a fence", `\`\`\`json\n${JSON.stringify(JSON_TEXT)}\n\`\`\``, "fence+decoded"],
  [
    "encoded twice with a fence inside",
    JSON.stringify(`\`\`\`json\n${JSON_TEXT}\n\`\`\``),
    "decoded+fence",
  ],
];

const MESSAGES: [what: string, message: JsonObject, reading: string][] = [
  ["a list of parts", { content: [{ type: "text", text: JSON_TEXT }] }, "parts"],
  [
    "a list of parts that belong together",
    {
      content: [
        { type: "text", text: '{"name": "Ann",' },
        { type: "text", text: ' "age": 41}' },
      ],
    },
    "parts",
  ],
  ["a list of texts", { content: [JSON_TEXT] }, "parts"],
  [
    "thinking and a text as parts",
    {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: '{"name": "Bob", "age": 1}' }] },
        { type: "text", text: JSON_TEXT },
      ],
    },
    "parts",
  ],
  [
    "a part with a fence",
    { content: [{ type: "text", text: `\`\`\`\n${JSON_TEXT}\n\`\`\`` }] },
    "parts+fence",
  ],
  ["an object", { content: { ...ANN } }, "parts"],
  ["a tool call", called(JSON_TEXT), "tool_call"],
  ["a tool call with an object", called({ ...ANN }), "tool_call"],
  ["a tool call beside words", { ...called(JSON_TEXT), content: "I call the tool." }, "tool_call"],
  ["a tool call encoded twice", called(JSON.stringify(JSON_TEXT)), "tool_call+decoded"],
  [
    "a function call",
    { content: null, function_call: { name: "json", arguments: JSON_TEXT } },
    "tool_call",
  ],
  ["reasoning_content", { content: "", reasoning_content: JSON_TEXT }, "reasoning"],
  [
    "reasoning_content with nothing else",
    { content: null, reasoning_content: `Hm.</think>${JSON_TEXT}` },
    "reasoning+thinking",
  ],
  ["reasoning", { content: " ", reasoning: `\`\`\`json\n${JSON_TEXT}\n\`\`\`` }, "reasoning+fence"],
  [
    "reasoning that drafts",
    { content: null, reasoning_content: `Bob? {"name": "Bob", "age": 1} No. ${JSON_TEXT}` },
    "reasoning+words",
  ],
];

describe("an answer is read", () => {
  it.each(TEXTS)("%s", async (_what, text, reading) => {
    const result = await said(text);
    expect(result).toMatchObject({ kind: "valid", value: ANN });
    expect(result.usage.reading).toBe(reading);
  });

  it.each(MESSAGES)("from %s", async (_what, message, reading) => {
    expect(await answer(message)).toMatchObject({ kind: "valid", value: ANN, usage: { reading } });
  });

  it("in more than 60 odd forms", () => {
    expect(TEXTS.length + MESSAGES.length).toBeGreaterThanOrEqual(60);
  });

  it.each<[string, string, JsonObject, JsonValue]>([
    ["a text in a fence", '```json\n"yes"\n```', { type: "string" }, "yes"],
    ["a text in a fence on one line", '```json "yes"```', { type: "string" }, "yes"],
    ["a number in a fence", "```json\n42\n```", { type: "integer" }, 42],
    ["a boolean after thinking", "<think>Hm.</think>true", { type: "boolean" }, true],
    ["a number in a tag", "<json>42</json>", { type: "integer" }, 42],
    ["a list behind words", "Here you are: [1, 2]", { type: "array" }, [1, 2]],
    ["a list on its line", "These:\n[1, 2]\nDone.", { type: "array" }, [1, 2]],
    [
      "a fence in a text in a fence",
      '```json\n{"md": "```js\\nx\\n```"}\n```',
      { type: "object", required: ["md"] },
      { md: "```js\nx\n```" },
    ],
    [
      "a mark of thinking in a text",
      '<think>a</think>{"md": "</think>"}',
      { type: "object", required: ["md"] },
      { md: "</think>" },
    ],
    ["a text that is JSON for a schema of texts", '"{}"', { type: "string" }, "{}"],
    [
      "a large number as its text",
      '```json\n{"id": 9223372036854775807}\n```',
      { type: "object", properties: { id: { type: "string" } } },
      { id: "9223372036854775807" },
    ],
  ])("as the value that it holds: %s", async (_what, text, schema, value) => {
    expect(await said(text, schema)).toMatchObject({ kind: "valid", value });
  });

  it("by the first reading that fits", async () => {
    const two = `{"name": "Bob"} ${JSON_TEXT} {"name": "Eve", "age": 3}`;
    expect(await said(two)).toMatchObject({ kind: "valid", value: ANN });
    const both = { ...called('{"name": "Eve", "age": 3}'), content: JSON_TEXT };
    expect(await answer(both)).toMatchObject({ kind: "valid", value: ANN });
  });
});

describe("no value is read from", () => {
  it.each<[string, string, JsonObject | boolean]>([
    ["prose, for a schema of texts", "The name is Ann.", { type: "string" }],
    ["a quotation in prose", 'Her name is "Ann", I think.', { type: "string" }],
    ["a number in prose", "The answer is 42", { type: "integer" }],
    ["a word that JSON knows", "That is true", { type: "boolean" }],
    ["prose, for a schema that takes anything", "The name is Ann.", true],
    ["a reference in prose", "Ann is 41, as [1] and [2, 3] say, I think.", { type: "array" }],
    ["half an object", '{"name": "Ann", "age": 4', PERSON],
    ["half an object in a fence", '```json\n{"name": "Ann", "age": 4\n```', PERSON],
    ["the whole part of half an object", `{"answer": ${JSON_TEXT}`, PERSON],
    ["the whole part of half an object in a fence", `\`\`\`json\n{"answer": ${JSON_TEXT}`, PERSON],
    ["a part of an object with a comma too many", `{"answer": ${JSON_TEXT},}`, PERSON],
    ["an element of a list that does not fit", `Here: [${JSON_TEXT}, ${JSON_TEXT}]`, PERSON],
    ["thinking alone", `<think>${JSON_TEXT}</think>`, PERSON],
    ["thinking without an end", `<think>${JSON_TEXT}`, PERSON],
    ["an object inside of one that does not fit", `{"answer": ${JSON_TEXT}}`, PERSON],
    ["JSON in a text of one that does not fit", JSON.stringify({ text: JSON_TEXT }), PERSON],
    ["Python", "{'name': 'Ann', 'age': 41}", PERSON],
    ["objects with a comma too many", '{"name": "Ann", "age": 41,}', PERSON],
  ])("%s", async (_what, text, schema) => {
    expect(await said(text, schema)).toMatchObject({ kind: "invalid" });
  });

  it("reasoning beside content", async () => {
    const beside = { content: "No.", reasoning_content: JSON_TEXT };
    expect(await answer(beside)).toMatchObject({ kind: "invalid" });
  });

  it.each<[string, JsonObject]>([
    ["words", { content: `First ${JSON_TEXT}, or rather {"name": "B` }],
    ["reasoning words", { content: null, reasoning_content: `Perhaps ${JSON_TEXT}, or` }],
  ])("%s that were cut off", async (_what, message) => {
    const cut = { finish_reason: "length" };
    expect(await answer(message, PERSON, cut)).toMatchObject({
      kind: "failed",
      failure: { code: "ai_truncated" },
    });
  });
});

describe("what is reported to a model about an answer", () => {
  it("is about the object in it, not about its wrapping", async () => {
    const sentence = ["/age must be of type integer, but is a string."];
    const wrong = '{"name": "Ann", "age": "41"}';
    for (const text of [
      wrong,
      `\`\`\`json\n${wrong}\n\`\`\``,
      `Here: ${wrong}`,
      JSON.stringify(wrong),
    ]) {
      expect(await said(text)).toMatchObject({ kind: "invalid", feedback: sentence });
    }
  });

  it("is kept with the answer as it came, up to a bound", async () => {
    const most = LIMITS.keptAnswerBytes;
    expect(await said("x".repeat(most))).toMatchObject({ answer: "x".repeat(most) });
    const long = await said("é".repeat(most));
    const kept = long.kind === "invalid" ? long.answer : "";
    expect(kept).toMatch(/^é+ … \(cut\)$/);
    expect(new TextEncoder().encode(kept).length).toBeLessThanOrEqual(most);
    expect(new TextEncoder().encode(kept).length).toBeGreaterThan(most - 8);
  });
});

describe("hostile text", () => {
  const read = (text: string) => [...readAnswer([{ source: "content", text }], false)].length;
  const SIZE = 256 * 1024;
  const fill = (piece: string) => piece.repeat(Math.ceil(SIZE / piece.length));

  it.each([
    "{",
    "[",
    '{"',
    '{"a":',
    "[[",
    '[{"',
    "[1,",
    "```",
    "```json\n{",
    "~~~",
    "<think>",
    "</think>",
    '"',
    '\\"',
    '{"\\',
    "[]",
    "{}",
    "```[]",
    "[1]\n",
    "{]",
    "<a>",
    " ",
    '{"a":1}',
    "\n",
    "1",
    '{"a":"```',
    "</think>{",
  ])("made of %j is read in a moment", (piece) => {
    const text = `x${fill(piece)}`;
    const startedAt = performance.now();
    const count = read(text);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(count).toBeLessThanOrEqual(2 * LIMITS.readingTries);
  });

  it.each([
    [LIMITS.readingTries - 1, true],
    [LIMITS.readingTries, false],
  ])("with %i objects before the right one is read: %s", async (count, isRead) => {
    // The text as it stands is no JSON by its first letter, and no try.
    const result = await said(`x ${"{} ".repeat(count)}${JSON_TEXT}`);
    expect(result.kind === "valid").toBe(isRead);
  });

  it.each([
    [64, true],
    [65, false],
  ])("nested %i deep among words is read: %s", async (depth, isRead) => {
    const nested = `x:\n${"[".repeat(depth)}${"]".repeat(depth)}\n`;
    expect((await said(nested, { type: "array" })).kind === "valid").toBe(isRead);
  });
});
