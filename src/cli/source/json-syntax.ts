/**
 * Finds where a text stops being JSON. JSON.parse decides whether it is; its message includes a
 * place only sometimes, and differs between engines. One pass, no recursion.
 */
import { lineAndColumn, originOfText } from "#workflow/source/places.ts";

export interface JsonSyntaxError {
  message: string;
  /** From 1; columns in UTF-16 units. */
  line: number;
  column: number;
}

/** What is expected next. With the `first…` ones a closing bracket is allowed too. */
type Expected = "value" | "first-value" | "key" | "first-key" | "colon" | "separator" | "nothing";

interface Fault {
  offset: number;
  message: string;
}

interface Scan {
  text: string;
  at: number;
  expected: Expected;
  /** Offsets of the open brackets. */
  open: number[];
}

/** The first fault, or null when the text is JSON. */
export function findJsonError(text: string): JsonSyntaxError | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { offset, message } = findFault(text) ?? { offset: 0, message: error.message };
    const origin = originOfText(text, { start: 0, keyStart: 0 });
    return { message, ...(lineAndColumn(origin, offset) ?? { line: 1, column: 1 }) };
  }
}

function findFault(text: string): Fault | null {
  const scan: Scan = { text, at: 0, expected: "value", open: [] };
  for (;;) {
    scan.at += lengthAt(/[ \t\n\r]*/y, scan);
    if (scan.at >= text.length) return faultAtEnd(scan);
    const fault = takeOne(scan);
    if (fault !== null) return fault;
  }
}

function faultAtEnd({ text, expected, open }: Scan): Fault | null {
  const opened = open.at(-1);
  if (opened !== undefined) {
    return { offset: opened, message: `This "${text[opened]}" is never closed.` };
  }
  return expected === "nothing" ? null : { offset: text.length, message: "The text is empty." };
}

function takeOne(scan: Scan): Fault | null {
  const character = scan.text[scan.at] ?? "";
  switch (scan.expected) {
    case "first-value":
    case "value":
      if (character === "]" && scan.expected === "first-value") return close(scan);
      return takeValue(scan, character);
    case "first-key":
    case "key":
      if (character === "}" && scan.expected === "first-key") return close(scan);
      return character === '"' ? takeString(scan, "colon") : unexpected(scan, "a key in quotes");
    case "colon":
      return character === ":" ? step(scan, 1, "value") : unexpected(scan, '":"');
    case "separator":
      return takeSeparator(scan, character);
    case "nothing":
      return unexpected(scan, "the end of the text");
  }
}

function takeValue(scan: Scan, character: string): Fault | null {
  if (character === "{" || character === "[") {
    scan.open.push(scan.at);
    return step(scan, 1, character === "{" ? "first-key" : "first-value");
  }
  if (character === '"') return takeString(scan, afterValue(scan));
  const length = lengthAt(/(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y, scan);
  return length === 0 ? unexpected(scan, "a value") : step(scan, length, afterValue(scan));
}

function takeSeparator(scan: Scan, character: string): Fault | null {
  const isObject = scan.text[scan.open.at(-1) ?? 0] === "{";
  const end = isObject ? "}" : "]";
  if (character === end) return close(scan);
  if (character !== ",") return unexpected(scan, `"," or "${end}"`);
  return step(scan, 1, isObject ? "key" : "value");
}

function takeString(scan: Scan, next: Expected): Fault | null {
  const { text, at } = scan;
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (character === '"') return step(scan, index + 1 - at, next);
    if (character === "\n") break;
    if (character < " ") {
      return {
        offset: index,
        message: "A control character in a string must be written as \\u00XX.",
      };
    }
    if (character !== "\\") continue;
    if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(index, index + 6))) {
      return { offset: index, message: "JSON does not have this escape." };
    }
    index += 1;
  }
  return { offset: at, message: "This quote is not closed on its line." };
}

function close(scan: Scan): null {
  scan.open.pop();
  return step(scan, 1, afterValue(scan));
}

function afterValue({ open }: Scan): Expected {
  return open.length === 0 ? "nothing" : "separator";
}

function step(scan: Scan, length: number, expected: Expected): null {
  scan.at += length;
  scan.expected = expected;
  return null;
}

function lengthAt(pattern: RegExp, { text, at }: Scan): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function unexpected({ text, at }: Scan, wanted: string): Fault {
  const [found = ""] = /^(?:\w+|.)/su.exec(text.slice(at, at + 20)) ?? [];
  return { offset: at, message: `Expected ${wanted}, not ${JSON.stringify(found)}.` };
}
