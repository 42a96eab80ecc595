/** YAML syntax errors in words that say what to do. Owns wording only. */
import type { YAMLParseError } from "yaml";
import type { Opened } from "./yaml-tokens.ts";

type SyntaxError = Pick<YAMLParseError, "code" | "message" | "pos">;

/** One sentence about a syntax error: what is wrong and, where it can be told, how to mend it. */
export function describeSyntaxError(error: SyntaxError, text: string): string {
  const line = lineAround(text, error.pos[0]);
  if (/[:-]\s*\{\{/.test(line)) {
    return 'A value that starts with "{{" must be in quotes; without them YAML reads a mapping.';
  }
  const bracket = FLOW_END.exec(error.message)?.[1];
  if (bracket !== undefined) return `The closing "${bracket}" is missing.`;
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "A tab is used for indentation; YAML allows spaces only.";
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'A second ": " on the line makes YAML read another key; put the value in quotes.';
    case "BAD_DQ_ESCAPE":
      return `${escapeIn(error.message)} is not an escape sequence in double quotes; use single quotes, where a backslash is literal.`;
    case "BAD_SCALAR_START":
      return `${error.message.replace("Plain value", "A value without quotes")}; put it in quotes.`;
    case "KEY_OVER_1024_CHARS":
      return "A key is longer than 1024 characters.";
    case "MISSING_CHAR":
      return describeMissing(error.message);
    case "BAD_INDENT":
      return describeIndentation(error.message);
    case "MULTILINE_IMPLICIT_KEY":
      return 'A key must be on one line; is a ":" missing, or the indentation wrong?';
    case "UNEXPECTED_TOKEN":
      return describeUnexpected(error, text);
    default:
      return `The YAML cannot be read: ${uncapitalised(error.message)}.`;
  }
}

/** What an error says was opened and never closed, or null. */
export function unclosedKind({ message }: Pick<SyntaxError, "message">): Opened | null {
  if (message.startsWith("Missing closing")) return "quote";
  return FLOW_END.test(message) ? "bracket" : null;
}

const FLOW_END = /end with a ([\]}])/;

function describeMissing(message: string): string {
  if (message.startsWith("Missing closing")) {
    return "Text in quotes is not closed.";
  }
  if (message.startsWith("Implicit map keys")) {
    return 'A key without a value; is a ":" missing, or the space after it?';
  }
  if (message.startsWith("Missing ,")) {
    return 'A "," is missing between the items of the list or mapping.';
  }
  if (message.startsWith("Sequence item")) return INDENTATION;
  if (message.startsWith("Comments must")) return 'A comment needs a space before "#".';
  return `The YAML cannot be read: ${uncapitalised(message)}.`;
}

const INDENTATION =
  "The indentation differs from the previous lines; keys or items of one level must start in the same column.";

function describeIndentation(message: string): string {
  if (message.startsWith("All mapping items") || message.startsWith("All sequence items")) {
    return INDENTATION;
  }
  return `The indentation does not fit: ${uncapitalised(message)}.`;
}

function describeUnexpected(error: SyntaxError, text: string): string {
  if (!error.message.includes("at node end")) {
    return `The YAML cannot be read: ${uncapitalised(error.message)}.`;
  }
  const before = text.slice(0, error.pos[0]).trimEnd().at(-1);
  if (before === '"' || before === "'") {
    return "There is text after the closing quote; put the whole value in quotes of the other kind.";
  }
  if (before === "]" || before === "}") {
    return 'There is text after the closing bracket; a text that starts with "[" or "{" must be in quotes.';
  }
  return `The YAML cannot be read: ${uncapitalised(error.message)}.`;
}

function escapeIn(message: string): string {
  return message.replace("Invalid escape sequence ", "");
}

function uncapitalised(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end === -1 ? undefined : end);
}
