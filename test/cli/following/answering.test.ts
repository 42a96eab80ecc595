import { describe, expect, test } from "vitest";
import { resumeBody } from "#cli/following/answers.ts";
import { inputText, readInput, readInputs } from "#cli/following/inputs.ts";
import { quoted, waitText } from "#cli/following/wait-text.ts";
import type { Wait } from "#model/wait.ts";

const COMMAND = { program: "workflow", runId: "run_x", options: [] };

const FORM: Wait = {
  number: 1,
  step_id: "brief",
  type: "form",
  fields: [
    { key: "topic", type: "string", required: true, label: "What is it about?" },
    { key: "amount", type: "number", required: true },
    {
      key: "channel",
      type: "select",
      required: true,
      options: [
        { value: "blog post", label: "Blog" },
        { value: "mail", label: "Mail" },
      ],
    },
    { key: "note", type: "text", required: false },
  ],
};

const APPROVAL: Wait = {
  number: 2,
  step_id: "approve",
  type: "approval",
  approvers: ["ann@example.com", "bob@example.com"],
  quorum: 2,
  decisions: [{ by: "ann@example.com", approved: true, at: "2026-11-22T09:00:00.000Z" }],
};

describe("what a run waits for, and the command that answers", () => {
  test("a form", () => {
    expect(waitText(FORM, COMMAND)).toBe(`The form "brief" is waiting for:
  topic    string, required  What is it about?
  amount   number, required
  channel  select, required: blog post, mail
  note     text

Answer it with:
  workflow resume run_x --wait 1 --input topic=TEXT --input amount=1.5 --input 'channel=blog post'`);
  });

  test("a form of which something is known: what is right stays, what is wrong is asked again", () => {
    const wait: Wait = {
      ...FORM,
      fields: [
        { key: "topic", type: "string", required: true },
        { key: "amount", type: "integer", required: true },
        { key: "pin", type: "string", required: true, sensitive: true },
      ],
      prefill: { topic: "It's 5", amount: "many", pin: "***" },
      errors: [{ code: "type", message: "amount must be an integer.", pointer: "/inputs/amount" }],
    };
    expect(waitText(wait, COMMAND)).toBe(`The form "brief" is waiting for:
  topic   string, required
  amount  integer, required
  pin     string, required
  amount must be an integer.

Answer it with:
  workflow resume run_x --wait 1 --input 'topic=It'\\''s 5' --input amount=1 --input pin=TEXT`);
  });

  test("a form with an answer that is not shown: it is kept, and asked only where nothing else is", () => {
    const pin = { key: "pin", type: "string" as const, required: true, sensitive: true };
    const topic = { key: "topic", type: "string" as const, required: true };
    const both: Wait = { ...FORM, fields: [topic, pin], answered_before: ["pin"] };
    expect(waitText({ ...both, prefill: { topic: null } }, COMMAND))
      .toBe(`The form "brief" is waiting for:
  topic  string, required
  pin    string, required, already answered: kept when omitted

Answer it with:
  workflow resume run_x --wait 1 --input topic=TEXT`);
    expect(waitText({ ...both, fields: [pin] }, COMMAND)).toContain("--input pin=TEXT");
  });

  test("a form with nothing required: all fields are shown", () => {
    const wait: Wait = {
      ...FORM,
      fields: [
        { key: "when", type: "date", required: false },
        {
          key: "tags",
          type: "multiselect",
          required: false,
          options: [{ value: "a", label: "A" }],
        },
      ],
    };
    expect(waitText(wait, COMMAND).split("\n").at(-1)).toBe(
      `  workflow resume run_x --wait 1 --input when=2026-01-31 --input 'tags=["a"]'`,
    );
  });

  test("an approval", () => {
    expect(waitText(APPROVAL, COMMAND))
      .toBe(`The approval "approve" is waiting for a decision of ann@example.com or bob@example.com, 2 required.
  approved by ann@example.com

Decide with one of:
  workflow resume run_x --wait 2 --approve
  workflow resume run_x --wait 2 --reject --comment TEXT`);
  });

  test("called and addressed as the program was", () => {
    const command = { program: "npx workflow", runId: "run_x", options: ["--url", "http://h:1"] };
    expect(waitText(APPROVAL, command)).toContain(
      "  npx workflow resume run_x --wait 2 --approve --url http://h:1\n",
    );
  });
});

describe("the value of an input", () => {
  test.each([
    ["text", "Launch", "Launch"],
    ["a number", "3", 3],
    ["a number in quotes", '"3"', "3"],
    ["a truth value", "true", true],
    ["nothing", "null", null],
    ["a list", '["a",1]', ["a", 1]],
    ["broken JSON", '["a"', '["a"'],
    ["an empty text", "", ""],
    ["an equals sign", "a=b", "a=b"],
  ])("%s", (_what, text, value) => {
    expect(readInput(text)).toEqual(value);
  });

  test.each([
    ["Launch", "Launch"],
    ["3", '"3"'],
    [3, "3"],
    ["a\nb", '"a\\nb"'],
    ["7615917337495251231", '"7615917337495251231"'],
    [["a"], '["a"]'],
  ])("%j is written %s, and read as it was", (value, text) => {
    expect(inputText(value)).toBe(text);
    expect(readInput(text)).toEqual(value);
  });
});

describe("inputs of the command line", () => {
  test.each([
    ["an id of 19 digits", "id=7615917337495251231"],
    ["one in a list", "ids=[1,9007199254740993]"],
    ["an integer with an exponent", "id=1e16"],
    ["a number that is not finite", "id=-1e400"],
  ])("are refused with %s, which would be rounded", async (_what, input) => {
    await expect(readInputs("run", { input: [input] })).rejects.toThrow(
      /would be rounded; put it in quotes to keep every digit\./,
    );
  });

  test("say how a number is written as text", async () => {
    const given = readInputs("run", { input: ["id=7615917337495251231"] });
    await expect(given).rejects.toThrow(`As text: --input 'id="7615917337495251231"'.`);
  });

  test("are refused with a duplicate key", async () => {
    const given = readInputs("run", { input: ['who={"a":1,"a":2}'] });
    await expect(given).rejects.toThrow("/a appears twice; keep one of the two.");
  });

  test("are kept where every digit is", async () => {
    const input = ["id=9007199254740991", 'text="7615917337495251231"', "big=1e22"];
    expect(await readInputs("run", { input })).toEqual({
      id: 9_007_199_254_740_991,
      text: "7615917337495251231",
      big: 1e22,
    });
  });
});

test.each([
  ["topic=Launch", "topic=Launch"],
  ["ann@example.com", "ann@example.com"],
  ["a b", "'a b'"],
  ["it's", "'it'\\''s'"],
  ["$(rm x)", "'$(rm x)'"],
  ["", "''"],
])("a shell reads %s from %s", (argument, text) => {
  expect(quoted(argument)).toBe(text);
});

describe("an answer of the file as a request", () => {
  test.each([
    ["a form", FORM, { topic: "x" }, { inputs: { topic: "x" }, wait_number: 1 }],
    [
      "an approval in a word",
      APPROVAL,
      false,
      { approvals: [{ step_id: "approve", approved: false }], wait_number: 2 },
    ],
    [
      "an approval with a comment",
      APPROVAL,
      { approved: true, comment: "Good." },
      {
        approvals: [{ step_id: "approve", approved: true, comment: "Good." }],
        wait_number: 2,
      },
    ],
  ])("%s", (_what, wait, answer, body) => {
    expect(resumeBody(wait, answer)).toEqual({ ok: true, value: body });
  });

  test.each([
    ["a word for a form", FORM, true, '"brief" is a form: its answer is an object of its fields.'],
    [
      "answers for an approval",
      APPROVAL,
      { topic: "x" },
      '"approve" is an approval: its answer is true, false or {"approved": true, "comment": "…"}.',
    ],
  ])("%s is refused", (_what, wait, answer, message) => {
    expect(resumeBody(wait, answer)).toEqual({ ok: false, error: message });
  });
});
