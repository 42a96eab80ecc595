/** String literals: quotes and escapes, with Python's meaning. Knows nothing of tokens. */
import { Failure } from "./error.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface Piece {
  text: string;
  end: number;
}

/**
 * Reads the literal whose opening quote stands at `start`. `end` is the offset after the closing
 * quote. An unknown escape keeps its backslash, as in Python.
 */
export function readStringLiteral(source: string, start: number): Piece | Failure {
  const closing = source.charAt(start);
  let text = "";
  let position = start + 1;
  while (position < source.length) {
    const character = source.charAt(position);
    if (character === closing) return { text, end: position + 1 };
    if (character === "\n" || character === "\r") break;
    if (character === "\\") {
      const piece = readEscape(source, position);
      if (piece instanceof Failure) return piece;
      text += piece.text;
      position = piece.end;
    } else {
      text += character;
      position += 1;
    }
  }
  return new Failure(`The string is not closed: ${closing} is missing.`, start);
}

function readEscape(source: string, start: number): Piece | Failure {
  const letter = source.charAt(start + 1);
  const simple = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined;
  if (simple !== undefined) return { text: simple, end: start + 2 };
  const digits = Object.hasOwn(HEX_DIGITS, letter) ? HEX_DIGITS[letter] : undefined;
  if (digits !== undefined) return readHexEscape(source, start, digits);
  const octal = /^[0-7]{1,3}/.exec(source.slice(start + 1, start + 4));
  if (octal !== null) {
    const end = start + 1 + octal[0].length;
    return { text: String.fromCodePoint(Number.parseInt(octal[0], 8)), end };
  }
  if (letter === "N") {
    return new Failure("Characters by name (\\N) are not supported; write the character.", start);
  }
  return { text: "\\", end: start + 1 };
}

function readHexEscape(source: string, start: number, digits: number): Piece | Failure {
  const text = source.slice(start + 2, start + 2 + digits);
  const letter = source.charAt(start + 1);
  if (text.length < digits || !/^[0-9a-fA-F]+$/.test(text)) {
    return new Failure(`\\${letter} must be followed by ${digits} hexadecimal digits.`, start);
  }
  const code = Number.parseInt(text, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return new Failure(`\\${letter}${text} is not a character; write the character.`, start);
  }
  return { text: String.fromCodePoint(code), end: start + 2 + digits };
}
