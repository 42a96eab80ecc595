/**
 * What a text can mean: as it stands, with its escapes undone, and what its base64 and hexadecimal
 * say. Each character of a reading knows which part of the text spells it.
 */
import { characterNamed } from "#model/html-names.ts";

export interface Reading {
  text: string;
  /** By unit of `text`: where in the original its spelling begins, and where it ends. */
  from: number[];
  to: number[];
}

const ESCAPES = 4;
const ESCAPES_INSIDE = 2;
const BINARIES = 2;
/** Longer ones are not read as base64 a second time. */
const LONGEST_NESTED = 48 * 1024;

/** `least`: the length of the shortest text that is looked for. */
export function* readingsOf(text: string, least: number): Generator<Reading> {
  const from = Array.from({ length: text.length }, (_, index) => index);
  const to = from.map((index) => index + 1);
  yield* below({ text, from, to }, ESCAPES, BINARIES, least);
}

function* below(
  reading: Reading,
  escapes: number,
  binaries: number,
  least: number,
): Generator<Reading> {
  yield reading;
  const isShort = reading.text.length <= LONGEST_NESTED;
  if (binaries === BINARIES || (binaries > 0 && isShort)) {
    for (const inside of [...base64In(reading, least), ...hexIn(reading, least)]) {
      yield* below(inside, Math.min(escapes, ESCAPES_INSIDE), binaries - 1, least);
    }
  }
  const plain = escapes > 0 ? unescaped(reading) : null;
  if (plain !== null) yield* below(plain, escapes - 1, binaries, least);
}

/** `…`, `...`, also behind one space: the rest was cut off. */
const CUT = String.raw`(?= ?(?:…|\.\.\.))`;

const HEX = "[0-9A-Fa-f]";
const PATTERN = [
  `%[uU]${HEX}{4}`,
  `(?:%${HEX}{2})+`,
  String.raw`\\u\{${HEX}{1,8}\}`,
  String.raw`\\u${HEX}{4}`,
  String.raw`\\x${HEX}{2}`,
  String.raw`\\[bfnrtv]`,
  "\\\\[!-/:-@[-`{-~]",
  `&#[xX]${HEX}{1,8};?`,
  "&#[0-9]{1,8};?",
  "&[A-Za-z0-9]{1,32};",
  "&(?:amp|lt|gt|quot|nbsp)(?![A-Za-z0-9;])",
  "~[01]",
  // The beginning of an escape at the end of a text that was cut.
  `%(?:[uU]${HEX}{0,3}|${HEX}?)${CUT}`,
  String.raw`\\(?:u\{${HEX}{0,8}|u${HEX}{0,3}|x${HEX}?|)${CUT}`,
  `&(?:#[xX]${HEX}{0,8}|#[0-9]{0,8}|[A-Za-z0-9]{0,8})${CUT}`,
].join("|");

const CONTROLS = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** One level of escapes undone; null: there is none. */
export function unescaped({ text, from, to }: Reading): Reading | null {
  const result: Reading = { text: "", from: [], to: [] };
  const parts: string[] = [];
  const add = (piece: string, start: number, end: number) => {
    parts.push(piece);
    for (let index = 0; index < piece.length; index++) {
      result.from.push(from[start] ?? 0);
      result.to.push(to[end - 1] ?? 0);
    }
  };
  let done = 0;
  let isChanged = false;
  for (const match of text.matchAll(new RegExp(PATTERN, "g"))) {
    const [written] = match;
    for (const { piece, start, end } of meaningOf(
      written,
      isCutAt(text, match.index + written.length),
    )) {
      const place = match.index + start;
      for (; done < place; done++) add(text[done] ?? "", done, done + 1);
      add(piece, place, match.index + end);
      done = match.index + end;
      isChanged = true;
    }
  }
  if (!isChanged) return null;
  for (; done < text.length; done++) add(text[done] ?? "", done, done + 1);
  return { ...result, text: parts.join("") };
}

function isCutAt(text: string, at: number): boolean {
  return (
    /^ ?(?:…|\.\.\.)/.test(text.slice(at, at + 4)) ||
    /^%[0-9a-f]? ?(?:…|\.\.\.)/i.test(text.slice(at, at + 6))
  );
}

interface Piece {
  piece: string;
  start: number;
  end: number;
}

/** Nothing: it is no escape after all. */
function meaningOf(written: string, isCut: boolean): Piece[] {
  const whole = (piece: string): Piece[] => [{ piece, start: 0, end: written.length }];
  const code =
    /^(?:%[uU]|\\u)([0-9A-Fa-f]{4})$/.exec(written)?.[1] ??
    /^\\x([0-9A-Fa-f]{2})$/.exec(written)?.[1] ??
    /^\\u\{([0-9A-Fa-f]+)\}$/.exec(written)?.[1] ??
    /^&#[xX]([0-9A-Fa-f]+);?$/.exec(written)?.[1];
  if (code !== undefined) return character(Number.parseInt(code, 16), isCut, whole);
  if (/^(?:%[0-9A-Fa-f]{2})+$/.test(written)) return percentMeaning(written, isCut);
  const decimal = /^&#([0-9]+);?$/.exec(written)?.[1];
  if (decimal !== undefined) return character(Number(decimal), isCut, whole);
  if (/^~[01]$/.test(written)) return whole(written === "~0" ? "~" : "/");
  const named = /^&([A-Za-z0-9]+);?$/.exec(written)?.[1];
  if (named !== undefined) return nameMeaning(named, written, isCut, whole);
  if (/^\\[^A-Za-z0-9]$/.test(written)) return whole(written.slice(1));
  const control = written.length === 2 ? CONTROLS.get(written.slice(1)) : undefined;
  if (control !== undefined && written.startsWith("\\")) return whole(control);
  return isCut ? whole("") : [];
}

function percentMeaning(written: string, isCut: boolean): Piece[] {
  const bytes = Array.from(written.matchAll(/[0-9A-Fa-f]{2}/g), ([digits]) =>
    Number.parseInt(digits, 16),
  );
  return utf8(bytes, isCut).map(({ piece, start, end }) => ({
    piece,
    start: 3 * start,
    end: 3 * end,
  }));
}

function nameMeaning(
  name: string,
  written: string,
  isCut: boolean,
  whole: (piece: string) => Piece[],
): Piece[] {
  const isBare = ["amp", "lt", "gt", "quot", "nbsp"].includes(name);
  const text = written.endsWith(";") || isBare ? characterNamed(name) : undefined;
  if (text !== undefined) return whole(text);
  return isCut && !written.endsWith(";") && name.length <= 8 ? whole("") : [];
}

function character(code: number, isCut: boolean, whole: (piece: string) => Piece[]): Piece[] {
  if (code <= 0x10_ffff) return whole(String.fromCodePoint(code));
  return isCut ? whole("") : [];
}

/** Bytes as text, those that are no UTF-8 as Latin-1. `isCut`: an unfinished end means nothing. */
function utf8(bytes: readonly number[], isCut: boolean): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const wanted = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const rest = bytes.slice(at + 1, at + wanted);
    const isText = rest.every((byte) => byte >> 6 === 2);
    if (isText && rest.length < wanted - 1 && isCut) {
      pieces.push({ piece: "", start: at, end: bytes.length });
      break;
    }
    const isWhole = isText && rest.length === wanted - 1;
    const length = isWhole ? wanted : 1;
    const code = isWhole
      ? rest.reduce(
          (sum, byte) => sum * 64 + (byte % 64),
          wanted === 1 ? lead : lead % 2 ** (7 - wanted),
        )
      : lead;
    pieces.push({
      piece: String.fromCodePoint(Math.min(code, 0x10_ffff)),
      start: at,
      end: at + length,
    });
    at += length;
  }
  return pieces;
}

const BASE64_RUN = /[A-Za-z0-9+/_-]+(?:[\r\n][\r\n \t\u00a0]*[A-Za-z0-9+/_-]+)*/g;
// Each separator can be read in one way alone: a run without an end is not tried in all of them.
const HEX_RUN = /[0-9A-Fa-f](?:(?:[: -]|[\r\n][\r\n \t\u00a0]*(?![\r\n \t\u00a0]))*[0-9A-Fa-f])*/g;
/** Digits of a run that was cut. */
const LEAST_CUT = 6;

function base64In(reading: Reading, least: number): Reading[] {
  return runsIn(reading, BASE64_RUN, /[A-Za-z0-9+/_-]/, 6, least).flatMap(({ places, isCut }) =>
    [0, 1, 2, 3].map((phase) => {
      const digits = places.slice(phase).map((place) => reading.text[place] ?? "");
      const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
      const plain = whole.join("").replaceAll("-", "+").replaceAll("_", "/");
      const bytes = Array.from(atob(plain), (byte) => byte.charCodeAt(0));
      return fromBytes(reading, places.slice(phase), bytes, 6, isCut);
    }),
  );
}

function hexIn(reading: Reading, least: number): Reading[] {
  return runsIn(reading, HEX_RUN, /[0-9A-Fa-f]/, 4, least).flatMap(({ places, isCut }) =>
    [0, 1].map((phase) => {
      const digits = places.slice(phase).map((place) => reading.text[place] ?? "");
      const bytes = Array.from({ length: Math.floor(digits.length / 2) }, (_, index) =>
        Number.parseInt(`${digits[2 * index]}${digits[2 * index + 1]}`, 16),
      );
      return fromBytes(reading, places.slice(phase), bytes, 4, isCut);
    }),
  );
}

function runsIn(
  { text }: Reading,
  run: RegExp,
  digit: RegExp,
  bits: number,
  least: number,
): { places: number[]; isCut: boolean }[] {
  return Array.from(text.matchAll(run), ({ 0: written, index }) => {
    const places: number[] = [];
    for (let at = 0; at < written.length; at++) {
      if (digit.test(written[at] ?? "")) places.push(index + at);
    }
    return {
      places,
      isCut: /^(?:…|\.\.\.)/.test(text.slice(index + written.length, index + written.length + 3)),
    };
  }).filter(
    ({ places, isCut }) =>
      places.length >= Math.ceil((8 * least) / bits) || (isCut && places.length >= LEAST_CUT),
  );
}

function fromBytes(
  reading: Reading,
  places: readonly number[],
  bytes: readonly number[],
  bits: number,
  isCut: boolean,
): Reading {
  const inside: Reading = { text: "", from: [], to: [] };
  const parts: string[] = [];
  for (const { piece, start, end } of utf8(bytes, isCut)) {
    parts.push(piece);
    const first = places[Math.ceil((8 * start) / bits)] ?? 0;
    const last = places[Math.floor((8 * end) / bits) - 1] ?? 0;
    for (let index = 0; index < piece.length; index++) {
      inside.from.push(reading.from[first] ?? 0);
      inside.to.push(reading.to[last] ?? 0);
    }
  }
  const end = reading.to[places.at(-1) ?? 0] ?? 0;
  if (isCut) {
    parts.push("…");
    inside.from.push(end);
    inside.to.push(end);
  }
  return { ...inside, text: parts.join("") };
}
