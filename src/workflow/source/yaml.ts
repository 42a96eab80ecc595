/**
 * YAML text → a plain JSON value and the places of its parts.
 *
 * Owns the subset of YAML 1.2 that a workflow may use: one document, the core schema, values that
 * JSON can hold, string keys, each once; no anchors, aliases, merge keys, tags or directives.
 * Everything outside the subset is reported, nothing is thrown. Invariants:
 * 1. work is linear in the text: aliases are never expanded, and duplicate keys are found with a
 *    set, because the library's own check compares every pair of keys;
 * 2. the depth is measured on the flat token tree before anything recurses.
 */
import { Composer, type CST, type Document, Parser, type YAMLParseError } from "yaml";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { Report } from "../findings.ts";
import { type Origin, originOfText, type Path } from "./places.ts";
import { readNode } from "./yaml-node.ts";
import { describeSyntaxError, unclosedKind } from "./yaml-syntax.ts";
import { firstUnclosed, isTooDeep, type Opened, reportDirectives } from "./yaml-tokens.ts";

export interface YamlReading {
  /** Undefined when the text cannot be read as a document at all. */
  value: JsonValue | undefined;
  origin: Origin;
  /** Maps whose keys stand in another order than in the text, the first ones. */
  reordered: Path[];
}

/** Reads YAML; what is wrong with it goes to `report`. */
export function readYaml(source: string, report: Report): YamlReading {
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
  const origin = originOfText(text, { start: 0, keyStart: 0 });
  const reordered: Path[] = [];
  const unread = { value: undefined, origin, reordered };
  if (isTooLarge(text, report)) return unread;
  const tokens = [...new Parser().parse(text)];
  reportDirectives(tokens, report);
  if (isTooDeep(tokens, report)) return unread;
  const document = withoutStacks(() => composeOne(withFewErrors(tokens), text, report));
  if (reportSyntax(document, { text, tokens }, report)) return unread;
  const contents = document?.contents ?? null;
  if (contents === null) return { ...unread, value: null };
  const { value, place } = readNode({ text, origin, report, reordered }, contents, []);
  return { value, origin: { ...origin, root: place }, reordered };
}

/** More than are ever listed. */
const MAX_COMPOSED_ERRORS = 5 * LIMITS.diagnostics;

/** Without all but the first errors: 64,000 brackets too many are as many errors to compose. */
function withFewErrors(tokens: readonly CST.Token[]): readonly CST.Token[] {
  let errors = 0;
  return tokens.filter(({ type }) => type !== "error" || errors++ < MAX_COMPOSED_ERRORS);
}

function isTooLarge(text: string, report: Report): boolean {
  if (text.length * 3 <= LIMITS.yamlBytes) return false;
  const room = new Uint8Array(LIMITS.yamlBytes);
  const { read } = new TextEncoder().encodeInto(text, room);
  if (read === text.length) return false;
  const message = `The workflow is larger than ${LIMITS.yamlBytes} bytes; the limit is reached here.`;
  report({ code: "yaml_too_large", message, path: [], offset: read });
  return true;
}

function composeOne(
  tokens: readonly CST.Token[],
  text: string,
  report: Report,
): Document.Parsed | undefined {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    logLevel: "silent",
  });
  const documents = composer.compose(tokens, true, text.length);
  const first = documents.next();
  const second = documents.next();
  if (second.done !== true) {
    const message = "A second document starts here; a file must contain one workflow.";
    const offset = second.value.range[0];
    report({ code: "yaml_multiple_documents", message, path: [], offset });
  }
  return first.done === true ? undefined : first.value;
}

/**
 * Without stack traces: the library makes an Error of each syntax error, 64,000 in a text of commas,
 * and the traces that no one reads are nine tenths of the work. Synchronous, so nothing else misses
 * its trace.
 */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Reports the first syntax error of each line; true when there is any. */
function reportSyntax(
  document: Document.Parsed | undefined,
  { text, tokens }: { text: string; tokens: readonly CST.Token[] },
  report: Report,
): boolean {
  // Tags and directives are reported by this module itself, with better words.
  const all = document?.errors ?? [];
  const opened = firstUnclosed(all.length === 0 ? [] : tokens);
  const errors = all
    .filter(({ code }) => code !== "TAG_RESOLVE_FAILED" && code !== "BAD_DIRECTIVE")
    .map((error) => ({ error, offset: placeOf(error, opened, text) }))
    .toSorted((a, b) => a.offset - b.offset);
  let lineEnd = -1;
  for (const { error, offset } of errors) {
    if (offset < lineEnd) continue;
    const end = text.indexOf("\n", offset);
    lineEnd = end === -1 ? text.length + 1 : end;
    const message = describeSyntaxError(error, text);
    report({ code: "yaml_syntax", message, path: [], offset });
  }
  return errors.length > 0;
}

/** What was opened and never closed is shown where it opens, not where the text ends. */
function placeOf(error: YAMLParseError, opened: Record<Opened, number>, text: string): number {
  const offset = Math.min(error.pos[0], text.length);
  const kind = unclosedKind(error);
  if (kind === null) return skipSpaces(text, offset);
  return Math.min(opened[kind], offset);
}

/** Errors of indentation begin with the line; what stands there is more to the point. */
function skipSpaces(text: string, offset: number): number {
  let at = offset;
  while (text[at] === " ") at += 1;
  return text[at] === "\n" || at >= text.length ? offset : at;
}
