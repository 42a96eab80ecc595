/**
 * The JSON values that an answer of a model can be read as, in the order in which they are to be
 * tried. Owns where in an answer JSON may stand; which value is right is the schema's decision.
 *
 * 1. Only JSON texts are values. Prose is never one, nor is a word, a number or a quotation in it:
 *    from the middle of other text only whole objects and lists are taken.
 * 2. Nothing is repaired: half an object is no value.
 * 3. Thinking is never an answer, however much JSON it drafts.
 * 4. The work is bounded (`LIMITS.readingTries`, `LIMITS.readingWork`), regardless of the text.
 */
import { parseExactJson } from "#model/exact-json.ts";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { endOfValue, type ReadingWork } from "./json-extent.ts";
import type { AnswerText } from "./provider.ts";

/** What was done to an answer, in order; nothing: it was read as it stands. */
type ReadingStep =
  | "parts"
  | "tool_call"
  | "reasoning"
  | "bom"
  | "thinking"
  | "fence"
  | "tag"
  | "words"
  | "decoded";

export interface Reading {
  /** Numbers that a double does not hold are replaced by their text. */
  value: JsonValue;
  steps: readonly ReadingStep[];
}

interface Search extends ReadingWork {
  tries: number;
}

/**
 * Each reading of the texts of one answer. Of an answer that was cut off only what is whole by its
 * own marks is read: an object among words may be a draft of what was to come.
 */
export function* readAnswer(texts: readonly AnswerText[], isCutOff: boolean): Generator<Reading> {
  const search: Search = { left: LIMITS.readingWork, tries: LIMITS.readingTries };
  const encoded: { text: string; steps: ReadingStep[] }[] = [];
  for (const { source, text } of texts) {
    const steps: ReadingStep[] = source === "content" ? [] : [source];
    for (const reading of readText(text, steps, isCutOff, search)) {
      yield reading;
      if (typeof reading.value !== "string") continue;
      encoded.push({ text: reading.value, steps: [...reading.steps, "decoded"] });
    }
  }
  for (const { text, steps } of encoded) yield* readText(text, steps, isCutOff, search);
}

/** Whether there is nothing in an answer but thinking. */
export function isOnlyThinking(text: string): boolean {
  return bodiesOf(text.trim()).every((body) => body.trim() === "");
}

function* readText(
  given: string,
  before: readonly ReadingStep[],
  isCutOff: boolean,
  search: Search,
): Generator<Reading> {
  const hasMark = given.startsWith("\ufeff");
  const text = (hasMark ? given.slice(1) : given).trim();
  const steps: readonly ReadingStep[] = hasMark ? [...before, "bom"] : before;
  const whole = parse(text, search);
  if (whole) {
    // Anything else in a text that is JSON is inside of that JSON.
    yield { value: whole.value, steps };
    return;
  }
  for (const body of bodiesOf(text)) {
    const isAll = body.length === text.length;
    const inside: readonly ReadingStep[] = isAll ? steps : [...steps, "thinking"];
    const rest = isAll ? null : parse(body, search);
    if (rest) {
      yield { value: rest.value, steps: inside };
      continue;
    }
    yield* named(fenced(body, search), [...inside, "fence"]);
    yield* named(tagged(body, search), [...inside, "tag"]);
    if (isCutOff) continue;
    const found = named(amongWords(body, search), [...inside, "words"]);
    // Reasoning comes to its answer at its end.
    yield* before.includes("reasoning") ? [...found].toReversed() : found;
  }
}

function* named(values: Iterable<JsonValue>, steps: readonly ReadingStep[]): Generator<Reading> {
  for (const value of values) yield { value, steps };
}

const OPENING =
  /^(?:<(?:seed:)?(?:think(?:ing)?|thought|reasoning|reflection|analysis|scratchpad)>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>analysis)/i;
const CLOSING =
  /<\/(?:seed:)?(?:think(?:ing)?|thought|reasoning|reflection|analysis|scratchpad)>|\[\/THINK\]|◁\/think▷|<\|end_of_thought\|>|<\|channel\|>final[^<]{0,64}<\|message\|>/gi;

/**
 * What an answer says after its thinking, or all of it. Many templates put the opening mark into
 * the prompt, so that only the closing one comes back.
 */
function bodiesOf(text: string): string[] {
  const ends = [...text.matchAll(CLOSING)].map((mark) => mark.index + mark[0].length);
  const isOpened = OPENING.test(text);
  const first = ends[0];
  const last = ends.at(-1);
  if (first === undefined || last === undefined) return isOpened ? [""] : [text];
  // The answer itself may hold a closing mark in one of its texts.
  const starts = isOpened && first !== last ? [last, first] : [last];
  return starts.map((start) => text.slice(start).trim());
}

const FENCE = /`{3,}|~{3,}/g;
/** The word for the language behind an opening fence, and the space up to what is fenced. */
const INFO = /^[^\n{["`~]{0,64}\s*/;

/** The content of fences: the first of several first, closed or not. */
function* fenced(text: string, search: Search): Generator<JsonValue> {
  const marks = [...text.matchAll(FENCE)].slice(0, LIMITS.readingTries);
  let done = 0;
  for (const [index, mark] of marks.entries()) {
    if (mark.index < done) continue;
    const open = mark.index + mark[0].length;
    const close = marks[index + 1]?.index ?? text.length;
    const start = open + (INFO.exec(text.slice(open, open + 256))?.[0].length ?? 0);
    // By its own brackets: texts inside of it can hold fences.
    const end = isOpener(text, start) ? endOfValue(text, start, LIMITS.bodyDepth, search) : null;
    const bracketed = end === null ? null : parse(text.slice(start, end), search);
    const found = bracketed ?? parse(withoutInfo(text.slice(open, close)), search);
    if (!found) continue;
    yield found.value;
    done = bracketed && end !== null ? end : close;
  }
}

/** Between two fences, without the word for the language. */
function withoutInfo(block: string): string {
  const line = block.indexOf("\n");
  return line === -1 ? block.replace(/^[ \t]*[a-z][\w+-]*(?=[\s"\d-])/i, "") : block.slice(line);
}

/** `<json>…</json>`, and any other tag around all of it. */
function* tagged(text: string, search: Search): Generator<JsonValue> {
  const [, name] = /^<([a-z][\w:-]{0,31})>/i.exec(text) ?? [];
  if (name === undefined || !text.endsWith(`</${name}>`)) return;
  const found = parse(text.slice(name.length + 2, -(name.length + 3)), search);
  if (found) yield found.value;
}

/**
 * Whole objects and lists among other words, in their order. One that has no end, or is no JSON, is
 * not looked into: what stands inside of it is a part of an answer, and not the answer.
 */
function* amongWords(text: string, search: Search): Generator<JsonValue> {
  const openers = /[{[]/g;
  for (let mark = openers.exec(text); mark && search.tries > 0; mark = openers.exec(text)) {
    const start = mark.index;
    if (!isOpener(text, start)) continue;
    const end = endOfValue(text, start, LIMITS.bodyDepth, search);
    if (end === null) return;
    openers.lastIndex = end;
    const found = parse(text.slice(start, end), search);
    if (found && !isRemark(found.value, text, start, end)) yield found.value;
  }
}

const OPENER = /^(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\-\d\]]|true|false|null|$))/;

/** Whether a bracket can be the first of an object or a list, told by what follows it. */
function isOpener(text: string, at: number): boolean {
  return OPENER.test(text.slice(at, at + 64));
}

/** A plain list in the middle of a sentence is a reference, as in [1], and no answer. */
function isRemark(value: JsonValue, text: string, start: number, end: number): boolean {
  if (!Array.isArray(value)) return false;
  if (value.some((item) => typeof item === "object" && item !== null)) return false;
  const before = text.slice(Math.max(0, start - 64), start);
  const isAnnounced = /(?:^|\n|:)[ \t]*$/.test(before) || start === 0;
  return !isAnnounced && !/^[ \t]*(?:\n|$)/.test(text.slice(end, end + 64));
}

const BEGINS_JSON = /^\s*[[{"\-\dtfn]/;

function parse(text: string, search: Search): { value: JsonValue } | null {
  if (!BEGINS_JSON.test(text)) return null;
  if (search.tries <= 0 || search.left < text.length) return null;
  search.tries -= 1;
  search.left -= text.length;
  const read = parseExactJson(text);
  return read.ok ? { value: read.value } : null;
}
