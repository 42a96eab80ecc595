import { describe, expect, test } from "vitest";
import { lines, readYaml } from "../reading.ts";

/** A form `ask` (topic, note) → ai_generate `draft` → approval `approve`, then the step given. */
const flow = (last: string, top = ""): string => `name: Names
start_step: ask
${top}steps:
  - id: ask
    type: form
    name: Ask
    next: draft
    config:
      fields:
        - { key: topic, type: string, required: true }
        - { key: note, type: string, required: false }
  - id: draft
    type: ai_generate
    name: Draft
    next: approve
    config:
      template_id: content_v1
      variables: [topic, note]
      json_schema: { type: object, properties: { draft: { type: string } } }
  - id: approve
    type: approval
    name: Approve
    next: last
    config: { approvers: [a@example.com], on_reject: last }
${last}`;

const conditional = (when: string, top = ""): string[] =>
  lines(
    readYaml(
      flow(
        `  - { id: last, type: conditional, name: Last, config: { then: null, when: '${when}' } }\n`,
        top,
      ),
    ),
  ).map((finding) => finding.replace(/ \/steps\/3\/config\/when \d+/, ""));

describe("names that can be set by then are no finding", () => {
  test.each([
    "topic",
    "note == null",
    "inputs.topic == runtime.inputs.topic",
    "steps.draft.output.draft",
    'steps["draft"].output["draft"]',
    "runtime.steps.draft.output",
    "steps.approve.output.approved",
    "steps.approve.output.decisions[0].by",
    "steps.ask.output.topic",
    "profile.anything.at.all",
    '"vip" in steps.draft.output and steps.draft.output.vip',
    '"vip" not in steps.draft.output or steps.draft.output.vip > 3',
    'topic and ("vip" in steps["draft"].output and steps.draft.output["vip"] == 1)',
    'not ("vip" not in steps.draft.output) and steps.draft.output.vip',
    'contains(steps.draft.output, "vip") and runtime.steps.draft.output.vip',
    '"output" in steps.last and steps.last.output.result',
    '"zebra" in inputs and (zebra or inputs.zebra)',
    '"zebra" in profile and zebra',
    '"x" in static and static.x',
    "steps.ask.output.note == null",
    "inputs",
    "steps",
    "runtime",
    "len(topic) > 3",
  ])("%s", (when) => {
    expect(conditional(when)).toEqual([]);
  });

  test("constants, as deep as they are known", () => {
    const top = "static: { tone: calm, price: { list: [1, 2] } }\n";

    expect(conditional("tone == static.tone and static.price.list[0] == 1", top)).toEqual([]);
  });

  test("declared inputs", () => {
    const top = "inputs: [{ key: amount, type: number, required: false }]\n";

    expect(conditional("amount > 3 and inputs.amount < 9 and topic", top)).toEqual([]);
  });
});

describe("a path that is asked for elsewhere is not guarded", () => {
  test.each([
    'steps.draft.output.vip and "vip" in steps.draft.output',
    '"vip" in steps.draft.output or steps.draft.output.vip',
    '"vip" not in steps.draft.output and steps.draft.output.vip',
    'not ("vip" in steps.draft.output) and steps.draft.output.vip',
    '("vip" in steps.draft.output or topic) and steps.draft.output.vip',
    '"vip" in steps.draft.output and steps.draft.output.other',
    '"vip" in steps.ask.output and steps.draft.output.vip',
    "topic in steps.draft.output and steps.draft.output.vip",
  ])("%s", (when) => {
    expect(conditional(when)).toEqual([expect.stringMatching(/^warning name_never_set:/)]);
  });
});

describe("names that nothing sets are", () => {
  test.each(["zebra", "inputs.zebra", "runtime.inputs.zebra", "zebra > 2 and topic", "run.id"])(
    "near no other name, without declared inputs: %s",
    (when) => {
      expect(conditional(when)).toEqual([expect.stringMatching(/^warning name_never_set:\d+$/)]);
    },
  );

  test.each([
    ["tpoic", "topic"],
    ["inputs.tpoic", "topic"],
    ["runtime.input.topic", "inputs"],
    ["steps.drat.output", "draft"],
    ["steps.draft.outputs.draft", "steps.draft.output"],
    ["steps.draft.draft", "steps.draft.output.draft"],
    ["steps.draft.output.daft", "draft"],
    ["steps.approve.output.aproved", "approved"],
    ["steps.ask.output.topics", "topic"],
    ["profle.email", "profile"],
    ["draft", "steps.draft.output"],
  ])("%s, meant: %s", (when, suggestion) => {
    expect(conditional(when)).toEqual([
      expect.stringMatching(new RegExp(`^warning name_never_set:\\d+ -> ${suggestion}$`)),
    ]);
  });

  test("any unknown name once inputs are declared", () => {
    const top = "inputs: [{ key: amount, type: number, required: true }]\n";

    expect(conditional("zebra", top)).toEqual(["warning name_never_set:77"]);
    expect(conditional("inputs.zebra", top)).toEqual(["warning name_never_set:77"]);
    expect(conditional("profile.zebra", top)).toEqual([]);
  });

  test("constants that are not there", () => {
    const top = "static: { price: { list: 3 } }\n";

    expect(conditional("static.price.lisst", top)).toEqual(["warning name_never_set:77 -> list"]);
    expect(conditional("static.other", top)).toEqual(["warning name_never_set:77"]);
  });
});

describe("on some way missing is", () => {
  test("the error of a step that did not fail", () => {
    expect(conditional("steps.draft.error")).toEqual(["warning name_may_be_missing:77"]);
  });

  test("the output of the step itself", () => {
    expect(conditional("steps.last.output.result")).toEqual(["warning name_may_be_missing:77"]);
  });

  test("nothing, when the rejected way has decisions too", () => {
    expect(conditional("steps.approve.output.approved")).toEqual([]);
  });
});

test("each name is reported once for each place that reads it", () => {
  expect(conditional("tpoic == 1 and tpoic == 2")).toHaveLength(2);
});

test("an unsound graph says nothing about names", () => {
  const text = flow(
    "  - { id: lsat, type: conditional, name: Last, config: { when: tpoic, then: null } }\n",
  );

  expect(lines(readYaml(text))).toEqual([
    "error unknown_step /steps/2/next 23:11 -> lsat",
    "error unknown_step /steps/2/config/on_reject 24:54 -> lsat",
  ]);
});

test("no finding is certain about what an open schema returns", () => {
  const text = (schema: string) =>
    `name: Open\nstart_step: a\noutput: { x: steps.a.output.other }\nsteps:\n` +
    `  - { id: a, type: ai_generate, name: A, config: { template_id: content_v1, variables: [], json_schema: ${schema} } }\n`;

  expect(lines(readYaml(text("{ properties: { x: true } }")))).toEqual([
    "warning name_never_set /output/x 3:14",
  ]);
  for (const open of [
    "true",
    "{ type: object }",
    "{ properties: { x: true }, additionalProperties: true }",
    "{ properties: { x: true }, additionalProperties: { type: string } }",
    '{ properties: { x: true }, patternProperties: { "^o": true } }',
    "{ properties: { x: true }, anyOf: [{ properties: { other: true } }] }",
  ]) {
    expect(lines(readYaml(text(open)))).toEqual([]);
  }
});
