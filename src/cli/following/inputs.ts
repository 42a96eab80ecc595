/** Inputs of a run from the command line: `--input key=value` and `--inputs FILE.json`. */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { readExactly, readJsonObject } from "../source/source-file.ts";
import { usageError } from "../terminal/arguments.ts";
import { printable } from "../terminal/printable.ts";

export const INPUT_OPTIONS = {
  input: { type: "string", multiple: true },
  inputs: { type: "string" },
} as const;

export const INPUT_HELP = `  --input KEY=VALUE  one input; VALUE is JSON if it is valid JSON, else text
  --inputs FILE.json inputs from a file; --input wins over it`;

/** All inputs of the command line; null when there are none. */
export async function readInputs(
  command: string,
  { input = [], inputs }: { input?: string[] | undefined; inputs?: string | undefined },
): Promise<JsonObject | null> {
  if (input.length === 0 && inputs === undefined) return null;
  const pairs = input.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw usageError(command, `--input takes KEY=VALUE, not ${JSON.stringify(pair)}.`);
    const key = pair.slice(0, at);
    return [key, exactInput(command, key, pair.slice(at + 1))] as const;
  });
  const fromFile = inputs === undefined ? {} : await readJsonObject(inputs);
  return Object.fromEntries([...Object.entries(fromFile), ...pairs]);
}

/** A value in the form of `--input`: JSON where plain text would be parsed as something else. */
export function inputText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const read = readValue(value);
  const isTaken = read.value === value && read.problems.length === 0;
  const isItself = isTaken && printable(value) === value;
  return isItself ? value : JSON.stringify(value);
}

/** Refuses what would be rounded or lose a key: the service would only see the result. */
function exactInput(command: string, key: string, text: string): JsonValue {
  const { value, problems } = readValue(text);
  if (problems.length === 0) return value;
  const quoted = `As text: --input '${key}="${text}"'.`;
  const isNumber = typeof value === "string";
  throw usageError(command, [...problems, ...(isNumber ? [quoted] : [])].join(" "));
}

/** The value of `--input key=value`: JSON if it is valid, else the text itself. */
export function readInput(text: string): JsonValue {
  return readValue(text).value;
}

function readValue(text: string): ReturnType<typeof readExactly> {
  try {
    return readExactly(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { value: text, problems: [] };
    throw error;
  }
}
