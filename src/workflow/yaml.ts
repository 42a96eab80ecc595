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
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Parser,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLParseError,
  type YAMLSeq,
} from "yaml";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import { type Finding, quote, type Report } from "./findings.ts";
import { numberProblem, plainNumber } from "./json-value.ts";
import { type Origin, originOfText, type Path, type Place, type ScalarStyle } from "./places.ts";
import { describeSyntaxError, unclosedKind } from "./yaml-syntax.ts";

export interface YamlReading {
  /** Undefined when the text cannot be read as a document at all. */
  value: JsonValue | undefined;
  origin: Origin;
}

/** Reads YAML; what is wrong with it goes to `report`. */
export function readYaml(source: string, report: Report): YamlReading {
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
  const unread = { value: undefined, origin: originOfText(text, { start: 0, keyStart: 0 }) };
  if (isTooLarge(text, report)) return unread;
  const tokens = [...new Parser().parse(text)];
  reportDirectives(tokens, report);
  if (isTooDeep(tokens, report)) return unread;
  const document = composeOne(tokens, text, report);
  if (reportSyntax(document, { text, tokens }, report)) return unread;
  const contents = document?.contents ?? null;
  if (contents === null) return { ...unread, value: null };
  const { value, place } = readNode({ text, report }, contents, []);
  return { value, origin: { ...unread.origin, root: place } };
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

function reportDirectives(tokens: readonly CST.Token[], report: Report): void {
  for (const token of tokens) {
    if (token.type !== "directive") continue;
    const message = `The directive ${quote(token.source)} is not supported; leave it out. Workflows are YAML 1.2.`;
    report({ code: "yaml_directive", message, path: [], offset: token.offset });
  }
}

function isTooDeep(tokens: readonly CST.Token[], report: Report): boolean {
  for (const { token, depth } of walkTokens(tokens)) {
    if (depth <= LIMITS.bodyDepth) continue;
    const message = `Values are nested more than ${LIMITS.bodyDepth} levels deep.`;
    report({ code: "too_deep", message, path: [], offset: token.offset });
    return true;
  }
  return false;
}

/** All tokens with their depth, by a stack: the nesting may be as deep as the text is long. */
function* walkTokens(tokens: readonly CST.Token[]): Generator<{ token: CST.Token; depth: number }> {
  const stack = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (const token of childTokens(next.token)) stack.push({ token, depth: next.depth + 1 });
  }
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap((item) =>
    [item.key, item.value].filter((child) => child !== undefined && child !== null),
  );
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
    const message = "A second document begins here; a file holds one workflow.";
    const offset = second.value.range[0];
    report({ code: "yaml_multiple_documents", message, path: [], offset });
  }
  return first.done === true ? undefined : first.value;
}

/** Reports the first syntax error of each line; true when there is any. */
function reportSyntax(
  document: Document.Parsed | undefined,
  { text, tokens }: { text: string; tokens: readonly CST.Token[] },
  report: Report,
): boolean {
  // Tags and directives are reported by this module itself, with better words.
  const errors = (document?.errors ?? [])
    .filter(({ code }) => code !== "TAG_RESOLVE_FAILED" && code !== "BAD_DIRECTIVE")
    .map((error) => ({ error, offset: placeOf(error, tokens, text) }))
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
function placeOf(error: YAMLParseError, tokens: readonly CST.Token[], text: string): number {
  const offset = Math.min(error.pos[0], text.length);
  const kind = unclosedKind(error);
  if (kind === null) return offset;
  let opening = offset;
  for (const { token } of walkTokens(tokens)) {
    const unclosed =
      kind === "quote"
        ? token.type.endsWith("quoted-scalar") && !isClosedQuote(token)
        : token.type === "flow-collection" && !isClosedFlow(token);
    if (unclosed && token.offset <= offset) opening = Math.min(opening, token.offset);
  }
  return opening;
}

function isClosedQuote(token: CST.Token): boolean {
  return "source" in token && token.source.length > 1 && /["']$/.test(token.source);
}

function isClosedFlow({ end }: CST.FlowCollection): boolean {
  return end.some(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
}

interface Reader {
  text: string;
  report: Report;
}

interface NodeReading {
  value: JsonValue;
  place: Place;
}

function readNode(reader: Reader, node: ParsedNode, path: Path): NodeReading {
  reportProperties(reader, node, path);
  const start = node.range[0];
  if (isMap(node)) return readMap(reader, node, path);
  if (isSeq(node)) return readSequence(reader, node, path);
  if (isScalar(node)) return readScalar(reader, node, path);
  return { value: null, place: { start, keyStart: start } };
}

/** Anchors, aliases and tags: what makes a value mean something other than what it says. */
function reportProperties({ report }: Reader, node: ParsedNode, path: Path): void {
  const offset = node.range[0];
  if (isAlias(node)) {
    const message = `The alias ${quote(`*${node.source}`)} is not supported; write the value out, or put the text in quotes.`;
    report({ code: "yaml_alias", message, path, offset });
    return;
  }
  if (node.anchor !== undefined) {
    const message = `The anchor ${quote(`&${node.anchor}`)} is not supported; leave it out, or put the text in quotes.`;
    report({ code: "yaml_alias", message, path, offset });
  }
  if (node.tag !== undefined && !isPlainNumberTag(node)) {
    const message = `The tag ${quote(node.tag)} is not supported; leave it out, or put the text in quotes.`;
    report({ code: "yaml_tag", message, path, offset });
  }
}

/** The library notes a tag on numbers such as 0x1F by itself; the author wrote none. */
function isPlainNumberTag(node: ParsedNode): boolean {
  return isScalar(node) && typeof node.value === "number";
}

function readMap(reader: Reader, map: YAMLMap.Parsed, path: Path): NodeReading {
  const value: JsonObject = {};
  const children = new Map<string, Place>();
  for (const { key, value: item } of map.items) {
    const name = readKey(reader, key, path);
    if (name === null) continue;
    const keyStart = key.range[0];
    const itemPath = [...path, name];
    const first = children.get(name);
    if (first !== undefined) {
      reportDuplicate(reader, { name, path: itemPath, offset: keyStart, first });
    }
    const reading =
      item === null
        ? { value: null, place: { start: keyStart, keyStart } }
        : readNode(reader, item, itemPath);
    if (first !== undefined) continue;
    value[name] = reading.value;
    children.set(name, { ...reading.place, keyStart });
  }
  const start = map.range[0];
  return { value, place: { start, keyStart: start, children } };
}

function reportDuplicate(
  { text, report }: Reader,
  duplicate: { name: string; path: Path; offset: number; first: Place },
): void {
  const line = text.slice(0, duplicate.first.keyStart).split("\n").length;
  const message = `The key ${quote(duplicate.name)} stands here twice; the first is on line ${line}.`;
  const { path, offset } = duplicate;
  report({ code: "yaml_duplicate_key", message, path, offset });
}

/** The name of a key, or null when the pair cannot be kept. */
function readKey(reader: Reader, key: ParsedNode, path: Path): string | null {
  reportProperties(reader, key, path);
  const offset = key.range[0];
  const finding = keyProblem(reader.text, key);
  if (finding !== null) reader.report({ ...finding, path, offset });
  if (!isScalar(key)) return null;
  if (typeof key.value !== "string") return reader.text.slice(key.range[0], key.range[1]) || null;
  return key.value === "<<" || key.value === "__proto__" ? null : key.value;
}

type KeyProblem = Pick<Finding, "code" | "message" | "suggestion">;

function keyProblem(text: string, key: ParsedNode): KeyProblem | null {
  const written = text.slice(key.range[0], key.range[1]);
  if (!isScalar(key)) {
    const braces = isCollection(key) && text[key.range[0] - 1] === "{" && written.startsWith("{");
    const message = braces
      ? 'A value that starts with "{{" must be in quotes; without them YAML reads a mapping.'
      : "A key must be text, not a list or a mapping.";
    return { code: "yaml_key", message };
  }
  if (typeof key.value !== "string") {
    const message = `The key ${written === "" ? "is empty" : `${written} is not text`}; keys are text, in quotes where YAML would read something else.`;
    return { code: "yaml_key", message, ...(written === "" ? {} : { suggestion: `"${written}"` }) };
  }
  if (key.value === "<<" && key.type === "PLAIN") {
    const message = 'The merge key "<<" is not supported; write the keys out.';
    return { code: "yaml_merge_key", message };
  }
  if (key.value !== "__proto__" && key.value !== "<<") return null;
  return { code: "forbidden_key", message: `The key ${quote(key.value)} is not allowed.` };
}

function readSequence(reader: Reader, sequence: YAMLSeq.Parsed, path: Path): NodeReading {
  const value: JsonValue[] = [];
  const children = new Map<string, Place>();
  for (const [index, item] of sequence.items.entries()) {
    const reading = readNode(reader, item, [...path, index]);
    value.push(reading.value);
    children.set(String(index), reading.place);
  }
  const start = sequence.range[0];
  return { value, place: { start, keyStart: start, children } };
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "block",
  BLOCK_FOLDED: "block",
};

function readScalar(reader: Reader, node: Scalar.Parsed, path: Path): NodeReading {
  const [start, end] = node.range;
  const place: Place = { start, keyStart: start };
  const { value } = node;
  switch (typeof value) {
    case "string": {
      const style = STYLES[node.type ?? ""] ?? "plain";
      return { value, place: { ...place, written: { style, end, value } } };
    }
    case "number": {
      const message = numberProblem(value, reader.text.slice(start, end));
      if (message !== null)
        reader.report({ code: "number_not_exact", message, path, offset: start });
      return { value: plainNumber(value), place };
    }
    case "boolean":
      return { value, place };
    default:
      return { value: null, place };
  }
}
