/** Values that come back: start inputs, answers of forms, JSON bodies, answers of models, mocks. */
import { buildValue } from "#ai/mock/value.ts";
import { parseExactJson } from "#model/exact-json.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { FormField } from "#model/workflow.ts";
import { checkAnswers } from "#validation/answers.ts";
import { judgeJson } from "#validation/json-schema/validate.ts";
import { checkStartInputs } from "#validation/start-inputs.ts";
import { definition, form } from "../../support/definitions.ts";
import { type Cases, type HostileInput, type Prepared, under } from "../measure.ts";
import { BODY, filled, KIB, named, prepared, times } from "./texts.ts";

const field = (key: string, more: Partial<FormField> = {}): FormField => ({
  key,
  type: "string",
  required: false,
  ...more,
});

function answering(fields: FormField[], answers: JsonObject): Prepared {
  return prepared(answers, () => checkAnswers(fields, answers));
}

function starting(fields: FormField[], declared: FormField[], inputs: JsonObject): Prepared {
  const workflow = {
    ...definition([form("a", { config: { fields } })]),
    inputs: declared,
  };
  return prepared(inputs, () => checkStartInputs(workflow, inputs));
}

function ordinaryAnswers(bytes: number, salt: string): Prepared {
  const count = Math.min(100, Math.ceil(bytes / 400));
  const fields = times(count, (index) => field(`field_${index}`, { type: "text" }));
  const answers = Object.fromEntries(
    fields.map(({ key }) => [key, filled(`${salt} what a person writes. `, bytes / count)]),
  );
  return answering(fields, answers);
}

const object = (count: number, make: (index: number) => [string, JsonValue]): JsonObject =>
  Object.fromEntries(times(count, make));

const ANSWERS: Cases = {
  "unknown keys against 100 long ones": (share, salt) =>
    answering(
      times(100, (index) => field(named(salt, index, 64))),
      object(3_300 * share, (index) => [`${named(salt, index, 62)}zz`, 1]),
    ),
  "30,000 unknown keys": (share, salt) =>
    answering(
      [field("topic")],
      object(22_000 * share, (index) => [`${salt}${index}`, 1]),
    ),
  "masked texts, deep": (share, salt) =>
    answering([field("topic")], {
      topic: times(9_000 * share, () => [[[["[SENSITIVE", salt]]]]),
    }),
  "texts against patterns": (share, salt) =>
    answering(
      times(60 * share, (index) =>
        field(`f${index}`, { type: "text", pattern: `^(([a-z]|${salt}|x)*)*${index}$` }),
      ),
      object(60 * share, (index) => [`f${index}`, filled("abx", 4_000)]),
    ),
  "texts against counted patterns": (share, salt) =>
    answering(
      times(60 * share, (index) =>
        field(`f${index}`, { type: "text", pattern: `^([a-z]{1,60}${salt}${index}){1,5}$` }),
      ),
      object(60 * share, (index) => [`f${index}`, filled("a", 4_000)]),
    ),
  "texts that a pattern tries in all its places": (share, salt) => {
    // No two neighbours alike for long, so that each of 200 places in the pattern may be the one.
    const text = times(1_900 * share, (index) =>
      (index * index + (index >> 3)) % 3 === 0 ? "a" : "b",
    );
    return answering(
      times(20 * share, (index) =>
        field(`f${index}`, { type: "text", pattern: `(a|b)*a(a|b){200}${salt}${index}` }),
      ),
      object(20 * share, (index) => [`f${index}`, text.join("")]),
    );
  },
  "addresses of dots": (share, salt) =>
    answering(
      times(100 * share, (index) => field(`f${index}`, { type: "email", max_length: 64_000 })),
      object(100 * share, (index) => [`f${index}`, `${salt}@${filled("a.", 2_000)}`]),
    ),
  "web addresses": (share, salt) =>
    answering(
      times(100 * share, (index) => field(`f${index}`, { type: "url", max_length: 64_000 })),
      object(100 * share, (index) => [`f${index}`, `http://${salt}${filled("%", 2_400)}`]),
    ),
  "choices of one of 5,000": (share, salt) => {
    const options = times(5_000, (index) => ({
      value: `${salt}${index}`,
      label: `Option ${index}`,
    }));
    return answering(
      times(100, (index) => field(`f${index}`, { type: "multiselect", options })),
      object(100 * share, (index) => [`f${index}`, times(250, (n) => `${salt}${n}`)]),
    );
  },
  "white space": (share, salt) =>
    answering([field("topic", { type: "text", required: true })], {
      topic: filled(" \u3000", (BODY / 2) * share) + salt,
    }),
  "characters beyond the first plane": (share, salt) =>
    answering([field("topic", { type: "text" })], {
      topic: salt + filled("😀", (BODY / 4) * share),
    }),
};

const STARTS: Cases = {
  "unknown keys against 8,000 keys of forms": (share, salt) =>
    starting(
      times(8_000 * share, (index) => field(named(salt, index, 64))),
      [field("topic")],
      object(3_300 * share, (index) => [`${named(salt, index, 62)}zz`, 1]),
    ),
  "unknown keys that share all letters": (share, salt) =>
    starting(
      times(8_000 * share, (index) => field(`${filled("ab", 50)}${index}`)),
      [field("topic")],
      object(3_300 * share, (index) => [`${filled("ba", 50)}${index}${salt}`, 1]),
    ),
  "masked texts in 20,000 undeclared keys": (share, salt) =>
    starting(
      [],
      [],
      object(9_000 * share, (index) => [`${salt}${index}`, "[SENSITIVE]"]),
    ),
};

const BODIES: Record<string, (size: number, salt: string) => string> = {
  "brackets in brackets": (size) => "[".repeat(size / 2) + "]".repeat(size / 2),
  "one key many times": (size, salt) =>
    `{${filled(`"${salt}":1,`, size)}"b":1}`.replace(/"[^"]*$/, '"b":1}'),
  "keys that are numbers, downwards": (size) =>
    `{${times(size / 10, (index) => `"${90_000 - index}":1`).join(",")}}`,
  "zeros between ones": (size) => `1${"0".repeat(300)}.${"0".repeat(size)}1`,
  "an integer of many digits": (size) => `[${times(size / 310, () => "1".repeat(305)).join(",")}]`,
  "one integer as long as the body": (size) => "1".repeat(size),
  "a fraction of many zeros": (size) => `0.${"0".repeat(size)}1`,
  exponents: (size) => `[${times(size / 8, () => "1e308").join(",")}]`,
  "inexact numbers, deep": (size) =>
    times(60, () => "[").join("") +
    times(size / 18, () => "9007199254740993").join(",") +
    times(60, () => "]").join(""),
  "escapes in texts": (size) => `"${filled("\\u0041\\n", size - (size % 8))}"`,
  "white space": (size, salt) => `${filled(" \n", size)}"${salt}"`,
  "empty objects": (size) => `[${times(size / 3, () => "{}").join(",")}]`,
};

function judging(schema: JsonObject, value: JsonValue): Prepared {
  return prepared(value, () => judgeJson(schema, value));
}

const row = (index: number, salt: string): JsonObject => ({
  id: `${salt}${index}`,
  of: { a: [index] },
});

const JUDGED: Cases = {
  "enum of 400 objects, 8,000 items": (share, salt) =>
    judging(
      { type: "array", items: { enum: times(400, (index) => row(index, salt)) } },
      times(8_000 * share, (index) => row(index + 300, salt)),
    ),
  "enum of 3,000 texts, 20,000 items": (share, salt) =>
    judging(
      { type: "array", items: { enum: times(2_500, (index) => `${salt}${index}`) } },
      times(20_000 * share, (index) => `${salt}${index % 2_500}`),
    ),
  "const of a large object": (share, salt) => {
    const large = object(1_000, (index) => [`${salt}${index}`, index]);
    return judging(
      { type: "array", items: { const: large } },
      times(20 * share, () => ({ ...large })),
    );
  },
  "uniqueItems of 20,000 objects": (share, salt) =>
    judging(
      { type: "array", uniqueItems: true },
      times(8_000 * share, (index) => ({ b: index, a: salt, c: [index] })),
    ),
  "uniqueItems of texts that begin alike": (share, salt) =>
    judging(
      { type: "array", uniqueItems: true },
      times(2_500 * share, (index) => `${filled("a", 80)}${salt}${index}`),
    ),
  "uniqueItems at each of 2,000 places": (share, salt) =>
    judging(
      {
        type: "array",
        items: { uniqueItems: true, allOf: times(30, () => ({ uniqueItems: true })) },
      },
      times(2_000 * share, (index) => [salt, index, { a: 1 }, { a: 2 }]),
    ),
  "anyOf of 100 that all fail": (share, salt) =>
    judging(
      {
        type: "array",
        items: { anyOf: times(100, (index) => ({ required: [`${salt}${index}`] })) },
      },
      times(4_000 * share, () => ({ other: 1 })),
    ),
  "anyOf in anyOf by reference": (share, salt) => {
    let value: JsonValue = salt;
    for (let depth = 0; depth < 60 * share; depth += 1) value = [value];
    return judging(
      {
        $defs: {
          n: {
            anyOf: [
              { items: { $ref: "#/$defs/n" }, minItems: 2 },
              { items: { $ref: "#/$defs/n" }, maxItems: 9 },
            ],
          },
        },
        $ref: "#/$defs/n",
      },
      value,
    );
  },
  "names against patterns": (share, salt) =>
    judging(
      {
        type: "object",
        patternProperties: object(20, (index) => [`^(${salt}|[a-z])+${index}$`, true]),
      },
      object(4_000 * share, (index) => [`${filled("a", 30)}${index}`, 1]),
    ),
  "a pattern against a long text": (share, salt) =>
    judging({ type: "string", pattern: `((a|b|${salt})*c)*d` }, filled("ab", 100 * KIB * share)),
  "a pattern that tries all its places": (share, salt) =>
    judging(
      { type: "string", pattern: `^(a|b)*a(a|b){200}${salt}$` },
      times(4_000 * share, (index) => ((index * index + (index >> 3)) % 3 === 0 ? "a" : "b")).join(
        "",
      ),
    ),
  "dependentSchemas of 500": (share, salt) =>
    judging(
      {
        type: "array",
        items: {
          dependentSchemas: object(500, (index) => [`${salt}${index}`, { type: "object" }]),
        },
      },
      times(3_000 * share, () => ({ a: 1 })),
    ),
  unevaluatedProperties: (share, salt) =>
    judging(
      {
        allOf: times(20, (index) => ({ properties: { [`${salt}${index}`]: true } })),
        unevaluatedProperties: false,
      },
      object(12_000 * share, (index) => [`${salt}${index}`, 1]),
    ),
  "propertyNames and additionalProperties": (share, salt) =>
    judging(
      { propertyNames: { maxLength: 3, pattern: "^b" }, additionalProperties: { type: "string" } },
      object(12_000 * share, (index) => [`${salt}${index}`, 1]),
    ),
  "contains that never comes": (share, salt) =>
    judging(
      { type: "array", contains: { enum: [salt, { a: 1 }] }, minContains: 3 },
      times(30_000 * share, (index) => index),
    ),
};

function mocking(schema: JsonObject, salt: string): Prepared {
  return prepared(schema, () => buildValue(schema, salt, {}));
}

const MOCKED: Cases = {
  "stars in stars that never match": (share, salt) =>
    mocking(
      {
        type: "string",
        pattern: "((((^*)*)*)*)*a",
        minLength: Math.floor(5_000 * share),
      },
      salt,
    ),
  "stars in stars": (share, salt) =>
    mocking(
      { type: "string", pattern: "((((a*)*)*)*)*", minLength: Math.floor(5_000 * share) },
      salt,
    ),
  "empty groups, repeated": (share, salt) =>
    mocking(
      { type: "string", pattern: "(((){300}){300}){300}b", minLength: Math.floor(3_000 * share) },
      salt,
    ),
  "alternatives in repetitions": (share, salt) =>
    mocking(
      {
        type: "string",
        pattern: `(${times(200 * share, (index) => `a${index % 10}`).join("|")})+$`,
        minLength: 3_900,
      },
      salt,
    ),
  "many texts with a pattern": (share, salt) =>
    mocking(
      {
        type: "array",
        minItems: Math.floor(6_000 * share),
        items: { type: "string", pattern: "^([a-z]{2,5}-)+$", minLength: 30 },
      },
      salt,
    ),
  "a pattern that contradicts the length": (share, salt) =>
    mocking(
      {
        type: "array",
        minItems: Math.floor(400 * share),
        items: { type: "string", pattern: "^([a-z]+)+x$", minLength: 3_000, maxLength: 3_001 },
      },
      salt,
    ),
  "unique items of few values": (share, salt) =>
    mocking(
      {
        type: "array",
        uniqueItems: true,
        minItems: Math.floor(2_000 * share),
        items: { type: "boolean" },
      },
      salt,
    ),
  "objects of 20,000 members": (share, salt) =>
    mocking(
      {
        type: "object",
        minProperties: Math.floor(19_000 * share),
        additionalProperties: { type: "integer" },
      },
      salt,
    ),
  "names that a pattern refuses": (share, salt) =>
    mocking(
      {
        type: "object",
        minProperties: Math.floor(1_000 * share),
        propertyNames: { pattern: "^(a|b)*c$", minLength: 200 },
      },
      salt,
    ),
  "a tree without end": (share, salt) =>
    mocking(
      {
        $defs: {
          n: {
            type: "object",
            required: ["l", "r"],
            properties: { l: { $ref: "#/$defs/n" }, r: { $ref: "#/$defs/n" } },
            description: filled(salt, 100 * share),
          },
        },
        $ref: "#/$defs/n",
      },
      salt,
    ),
  "a not that forbids what is made": (share, salt) =>
    mocking(
      {
        type: "array",
        minItems: Math.floor(2_000 * share),
        items: { type: "string" },
        not: { type: "array" },
      },
      salt,
    ),
};

const ordinaryBody = (bytes: number, salt: string): Prepared => {
  const text = JSON.stringify(
    times(bytes / 90, (index) => ({
      id: index,
      name: `${salt} a name`,
      tags: ["one", "two"],
      at: "2026-11-28T10:00:00Z",
    })),
  );
  return prepared(text, () => parseExactJson(text));
};
const ordinaryJudged = (bytes: number, salt: string): Prepared =>
  judging(
    {
      type: "array",
      items: {
        type: "object",
        required: ["title"],
        properties: { title: { type: "string", minLength: 1 }, body: { type: "string" } },
      },
    },
    times(bytes / 300, (index) => ({
      title: `${salt} ${index}`,
      body: filled("What a model writes. ", 250),
    })),
  );
const ordinaryMock = (bytes: number, salt: string): Prepared =>
  mocking(
    {
      type: "object",
      required: times(bytes / 60, (index) => `field_${index}`),
      properties: object(bytes / 60, (index) => [
        `field_${index}`,
        { type: "string", maxLength: 200 },
      ]),
    },
    salt,
  );

export const VALUE_INPUTS: readonly HostileInput[] = [
  ...under("form answers", ANSWERS, ordinaryAnswers),
  ...under("start inputs", STARTS, ordinaryAnswers),
  ...under(
    "JSON body",
    Object.fromEntries(
      Object.entries(BODIES).map(([name, write]) => [
        name,
        (share: number, salt: string) => {
          const text = write(Math.floor(BODY * share), salt);
          return prepared(text, () => parseExactJson(text));
        },
      ]),
    ),
    ordinaryBody,
  ),
  ...under("model's answer", JUDGED, ordinaryJudged),
  ...under("mock", MOCKED, ordinaryMock),
];
