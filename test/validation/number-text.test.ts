/** Numbers as people write them: read as they are meant, or refused with what to write instead. */
import { describe, expect, it } from "vitest";
import type { FieldType } from "#model/workflow.ts";
import { checkAnswers } from "#validation/answers.ts";
import { readNumberText } from "#validation/number-text.ts";
import { timesFloor } from "../support/effort.ts";

function read(text: string): number | string {
  const reading = readNumberText(text);
  return reading.ok ? reading.value : reading.code;
}

describe("a number as text", () => {
  it.each<[string, number]>([
    ["5", 5],
    ["+5", 5],
    ["-5", -5],
    ["\u22125", -5],
    ["1e3", 1000],
    ["1E3", 1000],
    ["1.5e+2", 150],
    ["1e-3", 0.001],
    ["1e\u22123", 0.001],
    [" 7 ", 7],
    ["\u00a07\n", 7],
    [".5", 0.5],
    ["5.", 5],
    ["007", 7],
    ["5.0", 5],
    ["0.1234567890123456789", 0.123_456_789_012_345_68],
    ["9007199254740991", 9_007_199_254_740_991],
    ["-9007199254740991", -9_007_199_254_740_991],
    ["1e22", 1e22],
    ["1e308", 1e308],
  ])("%j is read as %j", (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each([
    "9007199254740992",
    "9007199254740993",
    "-9007199254740992",
    "\u22129007199254740993",
    "9007199254740993.0",
    "9.007199254740993e15",
    "9223372036854775807",
    "123456789012345678901234567890",
    "1e400",
    "-1e400",
  ])("%j is refused, since it would change", (text) => {
    expect(read(text)).toBe("number_not_exact");
  });

  it.each([
    "",
    " ",
    "abc",
    "-",
    ".",
    "1e",
    "e3",
    "0x10",
    "Infinity",
    "NaN",
    "- 5",
    "5-",
    "--5",
    "5 EUR",
    "12:30",
    "\u0665",
    "1/2",
    "true",
  ])("%j is no number", (text) => {
    expect(read(text)).toBe("invalid_type");
  });

  it.each(["1,5", "1,234", "1.234,56", "1,234.56", "1 000", "1'000", "1’000", "1_000", "1.2.3"])(
    "%j is not guessed at: what to write instead is said, and not what was written",
    (text) => {
      const reading = readNumberText(text);
      expect(reading).toEqual({
        ok: false,
        code: "invalid_type",
        message: "must be a number with a decimal point and no other separators, such as 1234.5",
      });
    },
  );

  it("costs no more than its length, however it ends", () => {
    const digits = "1".repeat(200_000);
    for (const text of [`${digits}x`, `${digits}.${digits}x`, `1e${digits}x`, `${digits},`]) {
      expect(timesFloor(() => void readNumberText(text))).toBeLessThan(50);
    }
  });
});

describe("text where a number is asked", () => {
  it.each<[FieldType, string, string, string]>([
    [
      "number",
      "5",
      "invalid_type",
      "f must be a number, not text: write a JSON number, such as -1500 or 0.5.",
    ],
    [
      "integer",
      "1e3",
      "invalid_type",
      "f must be a number, not text: write a JSON number, such as -1500 or 0.5.",
    ],
    ["number", "five", "invalid_type", "f must be a number."],
    [
      "integer",
      "9007199254740993",
      "number_not_exact",
      "f has more digits than can be stored: the largest whole number is 9007199254740991.",
    ],
    [
      "number",
      "1e400",
      "number_not_exact",
      "f is larger than the largest number that can be stored.",
    ],
  ])("of type %s, %j, is refused as %s: %s", (type, text, code, message) => {
    const result = checkAnswers([{ key: "f", type, required: false }], { f: text });
    expect(result).toEqual({ ok: false, errors: [{ code, message, pointer: "/inputs/f" }] });
  });
});
