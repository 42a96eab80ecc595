import { describe, expect, test } from "vitest";
import { readArguments } from "#cli/terminal/arguments.ts";
import { CommandError } from "#cli/terminal/command-error.ts";

const RULES = {
  command: "try",
  options: {
    format: { type: "string", default: "text" },
    input: { type: "string", multiple: true },
    "no-wait": { type: "boolean", default: false },
  },
  arguments: { min: 1, max: 2, name: "FILE" },
} as const;

function refusal(args: string[]): CommandError {
  try {
    readArguments(args, RULES);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("arguments that are right", () => {
  test("are given by name, with defaults", () => {
    const { values, positionals } = readArguments(
      ["a", "--input", "x=1", "--no-wait", "--input=y=-2", "b"],
      RULES,
    );
    expect({ ...values }).toEqual({ format: "text", input: ["x=1", "y=-2"], "no-wait": true });
    expect(positionals).toEqual(["a", "b"]);
  });

  test("may look like options after --, and a lone dash is one", () => {
    expect(readArguments(["-", "--", "--format"], RULES).positionals).toEqual(["-", "--format"]);
  });
});

describe("arguments that are wrong end with exit code 2", () => {
  test.each([
    ["none", [], "FILE is missing."],
    ["one too many", ["a", "b", "c"], 'Unexpected argument: "c".'],
    ["an unknown option", ["a", "--frobnicate"], "There is no option --frobnicate."],
    [
      "a misspelt option",
      ["a", "--fromat", "json"],
      'There is no option --fromat. Did you mean "--format"?',
    ],
    ["an unknown short option", ["a", "-x"], "There is no option -x."],
    ["a name that every object has", ["a", "--toString"], "There is no option --toString."],
    ["a missing value", ["a", "--format"], "--format needs a value."],
    [
      "an option in place of a value",
      ["--format", "--no-wait", "a"],
      "--format needs a value; a value that starts with a dash is written --format=--no-wait.",
    ],
    ["a value too many", ["a", "--no-wait=yes"], "--no-wait takes no value."],
  ])("%s", (_what, args, message) => {
    const { exitCode, message: said } = refusal(args);
    expect(said).toBe(`workflow try: ${message}\nSee workflow try --help.`);
    expect(exitCode).toBe(2);
  });
});
