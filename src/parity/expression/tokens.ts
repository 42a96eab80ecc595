/**
 * An expression cut into tokens, all by sticky patterns. A failure is thrown as `Refused`.
 */
import { Refused } from "./refused.ts";
import { unescape } from "./string.ts";

/** `word`: and, or, not, in, in any spelling. `end` closes the list. */
export interface Token {
  kind: "word" | "name" | "symbol" | "integer" | "float" | "text" | "constant" | "end";
  /** What the token means; for `text` the text itself. */
  text: string;
  start: number;
  end: number;
}

const SPACE = /[ \t\n\r\f]+/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{ID_Start}_]\p{ID_Continue}*/uy;
const TEXT = /"(?:[^"\\\n\r]|\\[^\r])*"|'(?:[^'\\\n\r]|\\[^\r])*'/y;
const SYMBOL = /&&|\|\||==|!=|<=|>=|\/\/|[-+*/%<>!()[\],.]/y;
const GOES_ON = /\p{ID_Continue}/uy;

const WORDS: Readonly<Record<string, string>> = { "&&": "and", "||": "or", "!": "not" };
const KEYWORDS = new Set(["and", "or", "not", "in"]);
const CONSTANTS = new Set(["True", "true", "False", "false", "None", "null"]);

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += take(SPACE, source, at)?.length ?? 0;
    if (at >= source.length) return [...tokens, { kind: "end", text: "", start: at, end: at }];
    const token = tokenAt(source, at);
    tokens.push(token);
    at = token.end;
  }
}

function tokenAt(source: string, start: number): Token {
  const text = take(TEXT, source, start);
  if (text !== null) {
    return { kind: "text", text: unescape(text.slice(1, -1)), start, end: start + text.length };
  }
  const number = take(NUMBER, source, start);
  if (number !== null) return numberToken(source, number, start);
  const name = take(NAME, source, start);
  if (name !== null) {
    const kind = KEYWORDS.has(name) ? "word" : CONSTANTS.has(name) ? "constant" : "name";
    return { kind, text: name, start, end: start + name.length };
  }
  const symbol = take(SYMBOL, source, start);
  if (symbol === null) throw new Refused("A character that is not part of the language.");
  const word = WORDS[symbol];
  const end = start + symbol.length;
  return word === undefined
    ? { kind: "symbol", text: symbol, start, end }
    : { kind: "word", text: word, start, end };
}

function numberToken(source: string, text: string, start: number): Token {
  const end = start + text.length;
  if (take(GOES_ON, source, end) !== null) throw new Refused("A number that goes on as a name.");
  if (!/^\d+$/.test(text)) return { kind: "float", text, start, end };
  if (/^0+[1-9]/.test(text)) throw new Refused("An integer with leading zeros.");
  return { kind: "integer", text, start, end };
}

function take(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? null;
}
