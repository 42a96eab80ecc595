/**
 * A model's answer read as JSON and judged by the schema of its step. Readings are tried one after
 * the other, and the first that fits is taken: as it stands, without a byte order mark, after its
 * thinking, in a fence, in a tag, among words, and as a text that holds JSON once more.
 */
import { type Schema, Validator } from "@cfworker/json-schema";
import { parseExactJson } from "#model/exact-json.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { withDoubleLimits } from "./schema-limits.ts";

export type Judgement = { fits: true; value: JsonValue } | { fits: false; feedback: string[] };

export function judge(text: string, schema: JsonObject | boolean): Judgement {
  const once = readingsOf(text);
  const inner = once.flatMap((value) => (typeof value === "string" ? readingsOf(value) : []));
  const judged = [...once, ...inner].map((value) => judgeValue(value, schema));
  return (
    judged.find(({ fits }) => fits) ??
    judged[0] ?? { fits: false, feedback: ["The answer is not JSON."] }
  );
}

function judgeValue(value: JsonValue, schema: JsonObject | boolean): Judgement {
  if (depthOf(value) > LIMITS.bodyDepth) {
    return { fits: false, feedback: ["The answer is nested too deeply."] };
  }
  const validator = new Validator(asSchema(schema), "2020-12", false);
  const { valid, errors } = validator.validate(value);
  return valid ? { fits: true, value } : { fits: false, feedback: errors.map((one) => one.error) };
}

/** The library writes into the schemas that it is given. */
function asSchema(schema: JsonObject | boolean): Schema | boolean {
  return typeof schema === "boolean" ? schema : { ...withDoubleLimits(structuredClone(schema)) };
}

function readingsOf(given: string): JsonValue[] {
  const text = given.replace(/^\ufeff/, "").trim();
  const whole = readJson(text);
  if (whole) return [whole.value];
  return withoutThinking(text).flatMap(valuesIn);
}

function valuesIn(answer: string): JsonValue[] {
  const rest = readJson(answer);
  if (rest) return [rest.value];
  const tag = /^<([a-z][\w:-]*)>([\s\S]*)<\/\1>$/i.exec(answer)?.[2] ?? "";
  const texts = [...fencedIn(answer), tag, ...structuresIn(answer)];
  return texts.flatMap((one) => {
    const read = readJson(one);
    return read ? [read.value] : [];
  });
}

function readJson(text: string): { value: JsonValue } | null {
  const read = parseExactJson(text);
  return read.ok ? { value: read.value } : null;
}

const THINKING =
  "think|thinking|thought|reasoning|reflection|analysis|scratchpad|seed:think|seed:thinking";

/**
 * What comes after the last closing mark, and after the first one of thinking that was begun, for
 * an answer can quote such a mark. Nothing, where thinking was begun and has no end.
 */
function withoutThinking(text: string): string[] {
  const closing = new RegExp(
    `</(?:${THINKING})>|\\[/THINK\\]|◁/think▷|<\\|end_of_thought\\|>|<\\|channel\\|>final[^<]*<\\|message\\|>`,
    "i",
  );
  const parts = text.split(closing);
  const opening = new RegExp(
    `^(?:<(?:${THINKING})>|\\[THINK\\]|◁think▷|<\\|begin_of_thought)`,
    "i",
  );
  const isOpened = opening.test(text);
  if (parts.length === 1) return isOpened ? [] : [text];
  const last = (parts.at(-1) ?? "").trim();
  if (!isOpened || parts.length === 2) return [last];
  return [
    last,
    text
      .slice((parts[0] ?? "").length)
      .replace(closing, "")
      .trim(),
  ];
}

/** What stands behind each fence: up to its own closing bracket, else up to the next fence. */
function fencedIn(text: string): string[] {
  const found: string[] = [];
  const fence = /`{3,}|~{3,}/g;
  while (fence.exec(text) !== null) {
    const open = fence.lastIndex;
    const behind = text.slice(open);
    const start = /^[^\n{["`~]{0,64}\s*/.exec(behind)?.[0].length ?? 0;
    const end = /^[{[]/.test(behind.slice(start)) ? closeOf(behind, start) : -1;
    const structure = end === -1 ? "" : behind.slice(start, end);
    if (readJson(structure)) {
      found.push(structure);
      fence.lastIndex = open + end;
      continue;
    }
    const block = behind.split(/`{3,}|~{3,}/)[0] ?? "";
    const line = block.indexOf("\n");
    found.push(
      line === -1 ? block.replace(/^[ \t]*[a-z][\w+-]*(?=[\s"\d-])/i, "") : block.slice(line),
    );
  }
  return found;
}

/** Objects and lists with their brackets closed, none inside another, whether that is JSON or not. */
function structuresIn(text: string): string[] {
  const found: string[] = [];
  const opener = /\{\s*(?:["}]|$)|\[\s*(?:[[{"\-\d\]]|true|false|null|$)/g;
  for (let at = opener.exec(text); at !== null; at = opener.exec(text)) {
    const start = at.index;
    const end = closeOf(text, start);
    if (end === -1) break;
    opener.lastIndex = end;
    const read = readJson(text.slice(start, end));
    if (read && !isReference(read.value, text, start, end)) found.push(text.slice(start, end));
  }
  return found;
}

function closeOf(text: string, start: number): number {
  const open: string[] = [];
  for (const { 0: part, index } of text.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|["{}[\]]/gs)) {
    if (part === '"') return -1;
    if (part === "{" || part === "[") open.push(part);
    if (part === "}" || part === "]") {
      if (open.pop() !== (part === "}" ? "{" : "[")) return -1;
      if (open.length === 0) return start + index + 1;
    }
  }
  return -1;
}

/** A plain list within a sentence, as in [1]. */
function isReference(value: JsonValue, text: string, start: number, end: number): boolean {
  const isLine =
    /(?:^|\n|:)[ \t]*$/.test(text.slice(0, start)) || /^[ \t]*(?:\n|$)/.test(text.slice(end));
  return depthOf(value) === 1 && Array.isArray(value) && !isLine;
}

/** Arrays and objects inside each other. */
export function depthOf(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0) + 1;
}
