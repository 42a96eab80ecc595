/**
 * Strings that read like the answer of a model and speak of what it was asked for. Owns words,
 * formats and lengths; the same random numbers give the same text.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { Work } from "#model/work.ts";
import { samplePattern } from "./pattern.ts";
import type { Random } from "./prng.ts";

/** What a string must be, as far as the mock understands it. */
export interface TextWish {
  /** The name of the property, or of the array that holds it; "" at the top. */
  name: string;
  patterns: readonly string[];
  format: string | null;
  minLength: number;
  maxLength: number;
}

const SUBJECT_LENGTH = 60;

const LONG_NAMES =
  /body|content|description|draft|email|letter|message|notes?|post|reason|summary|text$/i;
const SENTENCES: readonly [string, ...string[]] = [
  "It says what is new, why it matters and what to do next.",
  "The tone is friendly and to the point.",
  "It opens with the benefit and closes with one clear request.",
  "Every claim can be checked by the reader.",
  "It is short enough to be read in a minute.",
  "A first example shows how it works in practice.",
];

/** A text for a wish; the caller checks that it fits. */
export function makeText(
  wish: TextWish,
  variables: JsonObject,
  random: Random,
  work: Work,
): string {
  const [pattern] = wish.patterns;
  if (pattern !== undefined) {
    const sample = makePatterned(pattern, wish, random, work);
    if (sample !== null) return sample;
  }
  const formatted = wish.format === null ? null : makeFormatted(wish.format, variables, random);
  return formatted ?? fitLength(makeProse(wish.name, variables, random), wish, random);
}

/** How far repetitions are stretched, from tight to generous. */
const STRETCHES = [0, 2, 5, 10, 20, 50, 100, 300] as const;

function makePatterned(pattern: string, wish: TextWish, random: Random, work: Work): string | null {
  let best: string | null = null;
  for (const stretch of STRETCHES) {
    const sample = samplePattern(pattern, random, stretch, work);
    if (sample === null) continue;
    best ??= sample;
    const length = lengthOf(sample);
    if (length >= Math.max(1, wish.minLength) && length <= wish.maxLength) return sample;
  }
  return best;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** "Draft about Launch for SMB." and, where the name asks for more than a line, what it says. */
function makeProse(name: string, variables: JsonObject, random: Random): string {
  const [first, second] = subjects(variables);
  const about = first === undefined ? "" : ` about ${first}`;
  const whom = second === undefined ? "" : ` for ${second}`;
  const line = `${titleOf(name)}${about}${whom}`;
  return LONG_NAMES.test(name) ? `${line}. ${random.pick(SENTENCES)}` : line;
}

/** The values worth mentioning, each on one line and not too long. */
function subjects(variables: JsonObject): string[] {
  return Object.values(variables)
    .map(mention)
    .filter((text) => text !== "");
}

function mention(value: JsonValue): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const text = String(value).replaceAll(/\s+/g, " ").trim();
  const points = Array.from(text);
  return points.length > SUBJECT_LENGTH ? `${points.slice(0, SUBJECT_LENGTH).join("")}…` : text;
}

/** "call_to_action" → "Call to action". */
function titleOf(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
  return words === "" ? "Text" : words.charAt(0).toUpperCase() + words.slice(1);
}

function fitLength(prose: string, { minLength, maxLength }: TextWish, random: Random): string {
  let text = prose;
  while (text.length < minLength) text += ` ${random.pick(SENTENCES)}`;
  const points = Array.from(text);
  if (points.length <= maxLength) return text;
  const cut = points.slice(0, maxLength).join("");
  const word = cut.slice(0, cut.lastIndexOf(" "));
  return lengthOf(word) >= Math.max(1, minLength) && cut.includes(" ") ? word : cut;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A value of a format, or null for a format that the mock does not know. */
function makeFormatted(format: string, variables: JsonObject, random: Random): string | null {
  const date = `2026-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`;
  const time = `${two(random.integer(8, 17))}:${two(random.integer(0, 59))}:00Z`;
  const number = random.integer(1, 250);
  const known: Readonly<Record<string, string>> = {
    date,
    time,
    "date-time": `${date}T${time}`,
    duration: `P${random.integer(1, 30)}D`,
    email: `${random.pick(["alex", "kim", "robin", "sam"])}@example.com`,
    hostname: `host-${number}.example.com`,
    ipv4: `192.0.2.${number}`,
    ipv6: `2001:db8::${number.toString(16)}`,
    uri: `https://example.com/${slugOf(variables)}`,
    "uri-reference": `/${slugOf(variables)}`,
    "uri-template": `https://example.com/{id}`,
    uuid: makeUuid(random),
    "json-pointer": "/items/0",
    "relative-json-pointer": "0/items",
    regex: "^[a-z]+$",
  };
  return Object.hasOwn(known, format) ? (known[format] ?? null) : null;
}

function slugOf(variables: JsonObject): string {
  const [first = "page"] = subjects(variables);
  const slug = first.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return slug.replaceAll(/^-|-$/g, "") || "page";
}

function makeUuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join("");
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
  return [...parts, `8${digits.slice(17, 20)}`, digits.slice(20)].join("-");
}
