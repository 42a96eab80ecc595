/**
 * Source text to tokens, in one pass without recursion. Spellings end here: `&&`, `||` and `!`
 * leave as `and`, `or` and `not`, `true` as True. Line breaks are white space everywhere, since a
 * `when` is often folded over lines in YAML.
 */
import { Failure, quote } from "./error.ts";
import { readStringLiteral } from "./string-literal.ts";

interface Place {
  /** The token as it is written. */
  text: string;
  offset: number;
  end: number;
}

export type Token = Place &
  (
    | { kind: "name" }
    | { kind: "operator"; operator: string }
    | { kind: "constant"; value: null | boolean }
    | { kind: "string"; value: string }
    | { kind: "integer" | "float"; value: number }
    | { kind: "end" }
  );

const WHITE_SPACE = /[ \t\n\r\f]+/y;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|\/\/|[-+*/%<>!()[\],.]/y;
const NAME_CONTINUES = /[\p{ID_Continue}]/uy;

const WORDS = new Set(["and", "or", "not", "in"]);
const SPELLINGS: Readonly<Record<string, string>> = { "&&": "and", "||": "or", "!": "not" };
const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ["True", true],
  ["true", true],
  ["False", false],
  ["false", false],
  ["None", null],
  ["null", null],
]);

/** What people write out of habit, longest first, and what to write here. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["===", "Use == to compare."],
  ["!==", "Use != to compare."],
  ["**", "Powers are not part of the language."],
  ["<>", "Use != to compare."],
  [":=", "Assignment is not part of the language."],
  ["=", "Use == to compare."],
  ["&", "Use and (or &&)."],
  ["|", "Use or (or ||)."],
  ["?", "Conditional expressions are not part of the language."],
  [":", "Slices are not part of the language."],
  ["#", "Comments are not part of the language."],
  ["{", "Objects and templates are not part of the language; names have no braces."],
];

/** All tokens, the last of kind `end`; or the first place that cannot be read. */
export function tokenize(source: string): Token[] | Failure {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += match(WHITE_SPACE, source, position)?.length ?? 0;
    if (position >= source.length) {
      tokens.push({ kind: "end", text: "", offset: position, end: position });
      return tokens;
    }
    const token = readToken(source, position);
    if (token instanceof Failure) return token;
    tokens.push(token);
    position = token.end;
  }
}

function readToken(source: string, offset: number): Token | Failure {
  const foreign = FOREIGN.find(([text]) => source.startsWith(text, offset));
  if (foreign !== undefined && !/^(?:&&|\|\||==(?!=))/.test(source.slice(offset, offset + 3))) {
    return new Failure(`Unexpected ${quote(foreign[0])}. ${foreign[1]}`, offset);
  }
  const character = source.charAt(offset);
  if (character === '"' || character === "'") {
    const literal = readStringLiteral(source, offset);
    if (literal instanceof Failure) return literal;
    const text = source.slice(offset, literal.end);
    return { kind: "string", text, value: literal.text, offset, end: literal.end };
  }
  const number = match(NUMBER, source, offset);
  if (number !== null) return readNumber(source, number, offset);
  const name = match(NAME, source, offset);
  if (name !== null) return wordToken(name, offset);
  const operator = match(OPERATOR, source, offset);
  if (operator !== null) return operatorToken(operator, offset);
  return new Failure(
    `Unexpected ${quote(String.fromCodePoint(source.codePointAt(offset) ?? 0))}.`,
    offset,
  );
}

function wordToken(text: string, offset: number): Token {
  const place = { text, offset, end: offset + text.length };
  const value = CONSTANTS.get(text);
  if (value !== undefined) return { kind: "constant", value, ...place };
  return WORDS.has(text)
    ? { kind: "operator", operator: text, ...place }
    : { kind: "name", ...place };
}

function operatorToken(text: string, offset: number): Token {
  return {
    kind: "operator",
    operator: SPELLINGS[text] ?? text,
    text,
    offset,
    end: offset + text.length,
  };
}

function readNumber(source: string, text: string, offset: number): Token | Failure {
  const end = offset + text.length;
  const value = Number(text);
  if (match(NAME_CONTINUES, source, end) !== null) {
    return new Failure(
      "Numbers are written with decimal digits, a point and an exponent only.",
      offset,
    );
  }
  if (!/^\d+$/.test(text)) {
    if (!Number.isFinite(value))
      return new Failure(`The number ${quote(text)} is too large.`, offset);
    return { kind: "float", value, text, offset, end };
  }
  if (/^0+[1-9]/.test(text)) return new Failure("Integers have no leading zeros.", offset);
  if (!Number.isSafeInteger(value)) {
    return new Failure(`The integer ${quote(text)} is beyond 2^53.`, offset);
  }
  return { kind: "integer", value, text, offset, end };
}

function match(pattern: RegExp, source: string, position: number): string | null {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0] ?? null;
}
