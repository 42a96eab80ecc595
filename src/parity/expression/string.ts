/** Escapes of string literals, with Python's meaning. */
import { Refused } from "./refused.ts";

const ESCAPE = /\\(?:([0-7]{1,3})|x(.{0,2})|u(.{0,4})|U(.{0,8})|(.|\n))?/gsu;

const SINGLE: Readonly<Record<string, string>> = {
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

/** What stands between the quotes, read. An unknown escape keeps its backslash. */
export function unescape(written: string): string {
  return written.replaceAll(ESCAPE, (whole, ...groups: (string | undefined)[]) => {
    const [octal, hex2, hex4, hex8, letter] = groups;
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (hex2 !== undefined) return character(hex2, 2);
    if (hex4 !== undefined) return character(hex4, 4);
    if (hex8 !== undefined) return character(hex8, 8);
    if (letter === "N") throw new Refused("A character by name.");
    return letter === undefined ? whole : (SINGLE[letter] ?? whole);
  });
}

function character(digits: string, count: number): string {
  const code = Number.parseInt(digits, 16);
  const isScalar = code <= 0xd7ff || (code >= 0xe000 && code <= 0x10ffff);
  if (digits.length !== count || !/^[0-9a-fA-F]+$/.test(digits) || !isScalar) {
    throw new Refused("An escape that names no character.");
  }
  return String.fromCodePoint(code);
}
