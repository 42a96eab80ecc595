import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "#expression/ast.ts";
import { evaluateExpression } from "#expression/evaluate.ts";
import { parseExpression } from "#expression/parse.ts";
import { expressionReferences } from "#expression/references.ts";
import { compareText, textContains } from "#expression/text.ts";
import { isTruthy } from "#expression/truthy.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { contextOf, evaluated, valueOrMessage } from "./context.ts";

const PIECES = [
  ...Array.from("()[],.+-*/%<>!'\" \n\\0a"),
  "😀",
  "//",
  "==",
  "!=",
  "<=",
  ">=",
  "&&",
  "||",
  " and ",
  " or ",
  " not ",
  " in ",
  " not in ",
  "True",
  "None",
  "1",
  "2.5",
  "1e3",
  "'a'",
  "a",
  "b",
  "xs",
  "inputs",
  "steps",
  "secrets",
  "len(",
  "max(",
  "round(",
  "contains(",
  "upper(",
  "[0]",
  ".a",
  "__proto__",
  "constructor",
];

/** Text of any kind, and text that looks like the language. */
const anySource = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join("")),
);

const anyInputs = fc
  .record({
    a: fc.jsonValue({ maxDepth: 3 }),
    b: fc.jsonValue({ maxDepth: 2 }),
    xs: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 5 }),
  })
  .map((inputs) => JSON.parse(JSON.stringify(inputs)) as JsonObject);

function frozen(value: JsonValue): JsonValue {
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) frozen(child);
    Object.freeze(value);
  }
  return value;
}

function sign(order: number): number {
  return Math.sign(order);
}

describe("for every text", () => {
  test("parsing returns a tree or an error with a place inside the text", () => {
    fc.assert(
      fc.property(anySource, (source) => {
        const result = parseExpression(source);
        if (result.ok) return;
        const { message, offset, line, column } = result.error;
        expect(message).toMatch(/\S/);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(source.length);
        expect(line).toBeGreaterThanOrEqual(1);
        expect(column).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 3000 },
    );
  });

  test("evaluating never throws, never writes to the context, and returns JSON", () => {
    fc.assert(
      fc.property(anySource, anyInputs, (source, inputs) => {
        const before = JSON.stringify(inputs);
        const parsed = parseExpression(source);
        if (!parsed.ok) return;
        // Writing to a frozen object throws in strict code.
        const result = evaluateExpression(parsed.value, contextOf(frozen(inputs) as JsonObject));
        expect(JSON.stringify(inputs)).toBe(before);
        if (result.ok) expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value);
      }),
      { numRuns: 3000 },
    );
  });

  test("a tree that went through JSON means the same", () => {
    fc.assert(
      fc.property(anySource, anyInputs, (source, inputs) => {
        const parsed = parseExpression(source);
        if (!parsed.ok) return;
        const copy = JSON.parse(JSON.stringify(parsed.value)) as Expression;
        const context = contextOf(inputs);
        expect(evaluateExpression(copy, context)).toEqual(
          evaluateExpression(parsed.value, context),
        );
        expect(expressionReferences(copy)).toEqual(expressionReferences(parsed.value));
      }),
      { numRuns: 2000 },
    );
  });

  test("what was traced was referenced", () => {
    fc.assert(
      fc.property(anySource, anyInputs, (source, inputs) => {
        const parsed = parseExpression(source);
        if (!parsed.ok) return;
        const roots = expressionReferences(parsed.value).map(({ path }) => path[0] ?? "");
        for (const { path } of evaluateExpression(parsed.value, contextOf(inputs)).trace) {
          expect(roots.some((root) => path.startsWith(root))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Inputs whose integers JavaScript holds exactly. */
const exactInputs = anyInputs.map(
  (inputs) =>
    JSON.parse(JSON.stringify(inputs), (_, value: JsonValue) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? 0.5 : value,
    ) as JsonObject,
);

describe("for all values", () => {
  const integer = fc.maxSafeInteger();
  const nonZero = integer.filter((value) => value !== 0);

  test("integer // and % are exact and belong together", () => {
    fc.assert(
      fc.property(integer, nonZero, (a, b) => {
        const quotient = BigInt(Number(valueOrMessage("a // b", { a, b })));
        const remainder = BigInt(Number(valueOrMessage("a % b", { a, b })));
        expect(quotient * BigInt(b) + remainder).toBe(BigInt(a));
        expect(remainder === 0n || remainder < 0n === b < 0).toBe(true);
      }),
    );
  });

  test("integer results are exact or refused", () => {
    fc.assert(
      fc.property(integer, integer, fc.constantFrom("+", "-", "*"), (a, b, operator) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        const exact = operator === "+" ? x + y : operator === "-" ? x - y : x * y;
        const fits = exact <= 9007199254740991n && exact >= -9007199254740991n;
        const expected = fits ? Number(exact) : "The result is an integer beyond 2^53.";
        expect(valueOrMessage(`a ${operator} b`, { a, b })).toBe(expected);
      }),
    );
  });

  test("equality is reflexive and symmetric, and not equal is its opposite", () => {
    fc.assert(
      fc.property(exactInputs, (inputs) => {
        expect(
          valueOrMessage("[xs == xs, (a == b) == (b == a), (a == b) != (a != b)]", inputs),
        ).toEqual([true, true, true]);
      }),
    );
  });

  test("not, and, or agree with the truth of the operands", () => {
    fc.assert(
      fc.property(exactInputs, (inputs) => {
        const { a = null, b = null } = inputs;
        expect(valueOrMessage("not a", inputs)).toBe(!isTruthy(a));
        expect(evaluated("a and b", inputs)).toMatchObject({ value: isTruthy(a) ? b : a });
        expect(evaluated("a or b", inputs)).toMatchObject({ value: isTruthy(a) ? a : b });
      }),
    );
  });

  test("strings are ordered by code point", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "z", "\ue000", "\uffff", "😀", "😁"),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [left, right].map((value) =>
          Array.from(value, (c) => c.codePointAt(0) ?? 0),
        );
        const differs = a?.findIndex((code, at) => code !== b?.[at]) ?? -1;
        const expected =
          differs === -1
            ? (a?.length ?? 0) - (b?.length ?? 0)
            : (a?.[differs] ?? 0) - (b?.[differs] ?? -1);
        expect(sign(compareText(left, right))).toBe(sign(expected));
      }),
    );
  });

  test("long needles are found where the native search finds them", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 129, maxLength: 400 });
    fc.assert(
      fc.property(
        text,
        fc.nat(300),
        fc.integer({ min: 100, max: 200 }),
        text,
        (hay, at, size, other) => {
          const needle = hay.slice(at, at + size);
          expect(textContains(hay, needle)).toBe(true);
          expect(textContains(hay, other)).toBe(hay.includes(other));
          expect(textContains(hay, `${needle}b${needle}`)).toBe(
            hay.includes(`${needle}b${needle}`),
          );
        },
      ),
    );
  });
});
