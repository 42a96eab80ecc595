/** One change to a JSON value, or to its text: at any place, by the naughty lists. */
import * as fc from "fast-check";
import type { Draw } from "./draw.ts";
import { yamlOf } from "./yaml-text.ts";
import { naughtyKey, naughtyString, naughtyValue } from "./naughty-strings.ts";

type Edit = (draw: Draw) => { value: unknown } | "removed";

const REPLACE: Edit = (draw) => ({ value: draw(naughtyValue) });
const RETYPE: Edit = (draw) => ({ value: draw(naughtyString) });
const EDITS: readonly Edit[] = [REPLACE, REPLACE, RETYPE, () => "removed", () => ({ value: null })];

/** A copy with one member or entry replaced, removed or added. */
export function changedJson(draw: Draw, root: unknown): unknown {
  const places = placesIn(root, []);
  if (draw.chance(35)) {
    const objects = places.filter((place) => isContainer(at(root, place)));
    const place = draw.oneOf(objects) ?? [];
    return withAdded(root, place, draw(naughtyKey), draw(naughtyValue));
  }
  const place = draw.oneOf(places) ?? [];
  const edit = draw.oneOf(EDITS) ?? REPLACE;
  return edited(root, place, edit(draw));
}

type Place = readonly string[];

function placesIn(value: unknown, prefix: Place): Place[] {
  if (!isContainer(value) || prefix.length > 12) return [prefix];
  return [
    prefix,
    ...Object.entries(value).flatMap(([key, child]) => placesIn(child, [...prefix, key])),
  ];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function at(value: unknown, [first, ...rest]: Place): unknown {
  if (first === undefined || !isContainer(value)) return value;
  return at(value[first], rest);
}

function edited(value: unknown, [first, ...rest]: Place, edit: ReturnType<Edit>): unknown {
  if (first === undefined) return edit === "removed" ? {} : edit.value;
  if (!isContainer(value)) return value;
  const isHere = rest.length === 0 && edit === "removed";
  if (Array.isArray(value)) {
    const index = Number(first);
    if (isHere) return value.toSpliced(index, 1);
    return value.with(index, edited(value[index], rest, edit));
  }
  const entries = Object.entries(value).flatMap(([key, child]) => {
    if (key !== first) return [[key, child] as const];
    return isHere ? [] : [[key, edited(child, rest, edit)] as const];
  });
  return toObject(entries);
}

function withAdded(value: unknown, [first, ...rest]: Place, key: string, added: unknown): unknown {
  if (!isContainer(value)) return toObject([[key, added]]);
  if (first === undefined) {
    if (Array.isArray(value)) return [...value, added];
    return toObject([...Object.entries(value), [key, added]]);
  }
  if (Array.isArray(value)) {
    return value.map((child: unknown, index) =>
      String(index) === first ? withAdded(child, rest, key, added) : child,
    );
  }
  return toObject(
    Object.entries(value).map(([name, child]) =>
      name === first
        ? ([name, withAdded(child, rest, key, added)] as const)
        : ([name, child] as const),
    ),
  );
}

/** `__proto__` becomes a member, not the prototype. */
function toObject(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

type TextChange = (draw: Draw, text: string) => Buffer;

const NUMBERS = fc.constantFrom(
  "1e400",
  "-1e400",
  "1E-400",
  "-0",
  "9007199254740993",
  "123456789012345678901234567890",
  "0.1000000000000000055511151231257827",
  `1${"0".repeat(400)}`,
  "01",
  "+1",
  ".5",
  "NaN",
  "Infinity",
);

const PIECES = fc.oneof(
  fc.constantFrom(
    "\\ud800",
    "\\u0000",
    "\u0000",
    "\ud800",
    "}",
    "]",
    '"',
    ",",
    ":",
    "/*",
    "{",
    "[",
    "\\",
    "\t",
    "\r",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    "? ",
    "- ",
    "|\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "# ",
  ),
  naughtyString,
);

/** Changes that a value cannot express: broken syntax, doubled keys, huge numbers, encodings. */
const TEXT_CHANGES: Readonly<Record<string, TextChange>> = {
  "cut off": (draw, text) => Buffer.from(text.slice(0, position(draw, text))),
  "a piece inserted": (draw, text) => {
    const index = position(draw, text);
    return Buffer.from(text.slice(0, index) + draw(PIECES) + text.slice(index));
  },
  "a key twice": (_draw, text) => Buffer.from(text.replace(/("[^"]+":)/, "$1null,$1")),
  "a key twice in YAML": (_draw, text) => Buffer.from(text.replace(/^(\w+:.*)$/m, "$1\n$1")),
  "a number of another kind": (draw, text) =>
    Buffer.from(text.replace(/(:\s*)("[^"]*"|\d+|true|false|\w+)/, `$1${draw(NUMBERS)}`)),
  "not UTF-8": (draw, text) => {
    const index = position(draw, text);
    return Buffer.concat([
      Buffer.from(text.slice(0, index)),
      Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
      Buffer.from(text.slice(index)),
    ]);
  },
  "UTF-16": (_draw, text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "a byte order mark": (_draw, text) => Buffer.from(`\ufeff${text}`),
  "deeply nested": (_draw, text) =>
    Buffer.from(
      text.replace(/(:\s*)("[^"]*"|\d+|\w+)/, `$1${"[".repeat(3_000)}${"]".repeat(3_000)}`),
    ),
  "longer than a body may be": (_draw, text) => Buffer.from(text + " ".repeat(270_000)),
  nothing: () => Buffer.alloc(0),
  "another text": (draw) => Buffer.from(draw(naughtyString)),
  "YAML of a naughty value": (draw) => Buffer.from(yamlOf(draw(naughtyValue))),
};

export const TEXT_CHANGE_NAMES = Object.keys(TEXT_CHANGES);

export function changedText(draw: Draw, name: string, text: string): Buffer {
  return TEXT_CHANGES[name]?.(draw, text) ?? Buffer.from(text);
}

const POSITION = fc.nat(5_000);

function position(draw: Draw, text: string): number {
  return draw(POSITION) % (text.length + 1);
}
