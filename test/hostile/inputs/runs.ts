/** What runs do with stored definitions: templates, expressions, whole turns. */
import { evaluateExpression } from "#expression/evaluate.ts";
import { parseExpression } from "#expression/parse.ts";
import { renderPrompt } from "#ai/prompt.ts";
import type { RunContext } from "#model/context.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { toJsonText } from "#model/json-text.ts";
import type { Step } from "#model/workflow.ts";
import { startCommand } from "#run/commands.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { conditional, definition, form } from "../../support/definitions.ts";
import { type Cases, type HostileInput, type Prepared, under } from "../measure.ts";
import { BODY, filled, prepared, times } from "./texts.ts";

const object = (count: number, make: (index: number) => [string, JsonValue]): JsonObject =>
  Object.fromEntries(times(count, make));

function rendering(prompt: string, variables: JsonObject): Prepared {
  return prepared({ prompt, variables }, () => renderPrompt({ prompt }, variables));
}

const TEMPLATES: Cases = {
  "a long path in a section of many items": (share) =>
    rendering(`{{#l}}{{${filled("x.", 900)}x}}{{/l}}`, {
      l: times(48_000 * share, () => 1),
      x: {},
    }),
  "a long path that leads somewhere": (share) => {
    let x: JsonValue = 1;
    for (let depth = 0; depth < 60; depth += 1) x = { x };
    return rendering(`{{#l}}{{${filled("x.", 110)}x}}{{/l}}`, {
      l: times(40_000 * share, () => 1),
      x,
    });
  },
  "sections in sections": (share, salt) => {
    const names = times(8, (index) => `l${index}`);
    const open = names.map((name) => `{{#${name}}}`).join("");
    const close = names
      .toReversed()
      .map((name) => `{{/${name}}}`)
      .join("");
    return rendering(
      `${open}${salt}${close}`,
      object(8, (index) => [`l${index}`, times(6 * share + 1, () => 1)]),
    );
  },
  "an empty section over a long list": (share) =>
    rendering(times(40, () => "{{#l}}{{/l}}").join(""), { l: times(50_000 * share, () => 1) }),
  "a large value many times": (share, salt) =>
    rendering(filled("{{x}}", 4_900), { x: times(9_000 * share, (index) => `${salt}${index}`) }),
  "a large value that is never shown, many times": (share, salt) =>
    rendering(times(900, () => "{{#x}}{{y}}{{/x}}").join(""), {
      x: object(9_000 * share, (index) => [`${salt}${index}`, 1]),
      y: "",
    }),
  "names that eight sections do not have": (share) => {
    const names = times(8, (index) => `l${index}`);
    const open = names.map((name) => `{{#${name}}}`).join("");
    const close = names
      .toReversed()
      .map((name) => `{{/${name}}}`)
      .join("");
    const items = object(200, (index) => [`k${index}`, 1]);
    return rendering(`${open}${filled("{{other}}", 7_000)}${close}`, {
      ...object(7, (index) => [`l${index}`, items]),
      l7: times(120 * share, () => items),
    });
  },
  "1,000 tags": (share, salt) =>
    rendering(salt + times(999 * share, () => "{{a}}").join(" ".repeat(25)), { a: "x" }),
};

function contextOf(inputs: JsonObject): RunContext {
  return { static: {}, profile: {}, runtime: { inputs, steps: {} } };
}

function evaluating(source: string, inputs: JsonObject): Prepared {
  return prepared({ source, inputs }, () => {
    const parsed = parseExpression(source);
    return parsed.ok ? evaluateExpression(parsed.value, contextOf(inputs)) : parsed.error;
  });
}

const many = (count: number, salt: string): JsonObject =>
  object(count, (index) => [`${salt}${index}`, index]);

const EXPRESSIONS: Cases = {
  "50 readings of one large object": (share, salt) =>
    evaluating(times(50, (index) => `x["${salt}"] == ${index} or x`).join(" and "), {
      x: { [salt]: 1, ...many(16_000 * share, salt) },
    }),
  "50 paths to large objects": (share, salt) =>
    evaluating(times(50, (index) => `(not a.b${index})`).join(" or "), {
      a: object(50, (index) => [`b${index}`, many(320 * share, salt)]),
    }),
  "two lists compared": (share) =>
    evaluating("x == y", { x: times(40_000 * share, () => 1), y: times(40_000 * share, () => 1) }),
  "a list searched for a list, many times": (share) =>
    evaluating(times(60, () => "x in y").join(" or "), {
      x: times(30, () => 1),
      y: times(3_000 * share, () => [...times(29, () => 1), 2]),
    }),
  "a text searched many times": (share) =>
    evaluating(times(100, () => "x in y").join(" or "), {
      x: `${filled("a", 20_000 * share)}b`,
      y: filled("a", 60_000 * share),
    }),
  "texts made longer and longer": (share) =>
    evaluating(times(40, () => "x + x == y").join(" or "), {
      x: filled("a", 30_000 * share),
      y: "",
    }),
  "lists made longer and longer": (share) =>
    evaluating(times(40, () => "x * 3 == y").join(" or "), {
      x: times(3_000 * share, () => 1),
      y: [],
    }),
  "upper and lower case": (share) =>
    evaluating(times(60, () => `lower(upper(x)) == ""`).join(" or "), {
      x: filled("ß", 30_000 * share),
    }),
  "the length of texts": (share) =>
    evaluating(times(100, () => "len(x) < 0").join(" or "), { x: filled("😀", 60_000 * share) }),
  "all of a long list": (share) =>
    evaluating(times(50, () => "any(x)").join(" or "), { x: times(60_000 * share, () => 0) }),
  "the largest of a list": (share) =>
    evaluating(times(50, () => "max(x) < 0").join(" or "), {
      x: times(60_000 * share, (index) => index),
    }),
  "a name that is not there, among many": (share, salt) =>
    evaluating(`${salt}99999x == 1`, many(16_000 * share, salt)),
  "numbers of many digits": (share) =>
    evaluating(times(100 * share, () => "9007199254740991 * 9007199254740991").join(" or "), {}),
};

/** One turn of a run, from its start. */
function running(steps: Step[], inputs: JsonObject): Prepared {
  const record = {
    runId: "run_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    fingerprint: "",
    workflowVersion: 1,
    definition: toJsonText(definition(steps)),
    templates: toJsonText([]),
    inputs,
    profile: {},
    provider: "mock",
    mock: { mode: "success", steps: {}, seed: 42 },
    tags: [],
    caller: { id: "dev" },
  };
  return prepared({ steps: [], inputs }, () =>
    new LoadedRun(record, null).plan(startCommand(record)),
  );
}

const chain = (count: number, when: (index: number) => string): Step[] => {
  const last = Math.floor(count);
  return [
    ...times(last, (index) =>
      conditional(`c${index}`, {
        config: { when: when(index), then: `c${index + 1}`, else: `c${index + 1}` },
      }),
    ),
    form(`c${last}`),
  ];
};

const TURNS: Cases = {
  "400 conditionals over an object of 16,000 keys": (share, salt) =>
    running(
      chain(400 * share, (index) =>
        times(12, (n) => `(x and inputs.x) or x.${salt}${index + n}`).join(" and "),
      ),
      { x: many(16_000, salt) },
    ),
  "400 conditionals that read all inputs": (share, salt) =>
    running(
      chain(400 * share, () => "inputs and runtime.inputs and len(inputs) > 1"),
      many(16_000, salt),
    ),
  "499 conditionals of 10,000 steps each": (share) =>
    running(
      chain(499 * share, () => times(9, () => "any(x)").join(" or ")),
      { x: times(1_000, () => 0) },
    ),
  "499 comparisons of large lists": (share) =>
    running(
      chain(499 * share, () => "x == y"),
      {
        x: times(9_000, () => 1),
        y: times(9_000, () => 1),
      },
    ),
  "forms that the inputs answer, with patterns": (share, salt) =>
    running(
      [
        ...times(60 * share, (index) =>
          form(`f${index}`, {
            next: `f${index + 1}`,
            config: {
              fields: [
                {
                  key: "t",
                  type: "text",
                  required: true,
                  pattern: `^(([ab]|${salt}${index}c)*)*$`,
                },
              ],
            },
          }),
        ),
        form(`f${Math.max(1, Math.floor(60 * share))}`),
      ],
      { t: filled("ab", 20_000) },
    ),
  "forms of 100 fields, 200 of them": (share, salt) =>
    running(
      [
        ...times(200 * share, (index) =>
          form(`f${index}`, {
            next: `f${index + 1}`,
            config: {
              fields: times(100, (n) => ({ key: `k${n}`, type: "string", required: true })),
            },
          }),
        ),
        form(`f${Math.max(1, Math.floor(200 * share))}`),
      ],
      object(100, (index) => [`k${index}`, `${salt}${filled("x", 30)}`]),
    ),
};

function ordinaryPrompt(bytes: number, salt: string): Prepared {
  return rendering(`Write about {{topic}} for {{audience}}. ${salt}`, {
    topic: filled("What it is about. ", bytes - 200),
    audience: "readers",
  });
}
function ordinaryExpression(bytes: number, salt: string): Prepared {
  return evaluating(`inputs.size > 10 and topic != "${salt}"`, {
    size: 20,
    topic: "x",
    notes: filled("A note. ", bytes - 100),
  });
}
function ordinaryTurn(bytes: number, salt: string): Prepared {
  return running(
    chain(10, (index) => `inputs.size > ${index}`),
    { size: 5, notes: filled(`A note ${salt}. `, Math.min(bytes, BODY) - 100) },
  );
}

export const RUN_INPUTS: readonly HostileInput[] = [
  ...under("template", TEMPLATES, ordinaryPrompt),
  ...under("expression", EXPRESSIONS, ordinaryExpression),
  ...under("turn of a run", TURNS, ordinaryTurn),
];
