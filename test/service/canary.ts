/** Planted values, and the search for them in every form that they could have taken. */
import { expect } from "vitest";

/**
 * In every value, in ASCII, so that it fits into a header; 12 bytes, of which the first 9 are looked
 * for, so that a value that was cut is found as well. The rest needs escaping in JSON, URLs and
 * HTML.
 */
export const STEM = 'c4n"4Ry/+&=x';
const START = STEM.slice(0, 9);

export function valueOf(number: number): string {
  return `${STEM}${number} z`;
}

/** The forms in which the value is planted, as servers and models give back what they are given. */
export const FORMS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => encodeURIComponent(value),
  (value) => encodeURIComponent(value).replaceAll(/%../g, (part) => part.toLowerCase()),
  (value) => new URLSearchParams({ value }).toString(),
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(JSON.stringify({ value })),
  (value) => JSON.stringify(value).replaceAll("/", String.raw`\/`),
  (value) => value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("=", "&#61;"),
  (value) => Buffer.from(value).toString("base64"),
  (value) => Buffer.from(`bob:${value}`).toString("base64url"),
  (value) => Buffer.from(value).toString("hex"),
  (value) =>
    Array.from(Buffer.from(value), (byte) => `\\u00${byte.toString(16).padStart(2, "0")}`).join(""),
];

export function expectNoCanary(places: Readonly<Record<string, string>>): void {
  const found = Object.entries(places).flatMap(([place, text]) =>
    formsOfStart().flatMap((form) => {
      const at = text.indexOf(form);
      return at === -1 ? [] : [`${place}: …${text.slice(Math.max(0, at - 60), at + 60)}…`];
    }),
  );
  expect(found).toEqual([]);
}

/** The forms in which a value can appear in a text. */
function formsOfStart(): string[] {
  const bytes = Buffer.from(START);
  const json = JSON.stringify(START).slice(1, -1);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return text.slice(shift === 0 ? 0 : 4, 12);
  });
  const percent = encodeURIComponent(START);
  return [
    START,
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll("/", String.raw`\/`),
    percent,
    percent.replaceAll(/%../g, (part) => part.toLowerCase()),
    START.replaceAll('"', "&quot;"),
    START.replaceAll('"', "&#34;"),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    [...bytes].join(","),
    String.raw`\u0063\u0034\u006e\u0022`,
  ];
}
