/**
 * Composed YAML nodes → plain JSON values with their places. Owns what a value and a key may be;
 * aliases are never followed, so the work is linear in the nodes.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { keepsOrder } from "#model/key-order.ts";
import { type Finding, quote, type Report } from "../findings.ts";
import { inDecimal, isLargeLimit, numberProblem, plainNumber } from "./json-value.ts";
import { lineAndColumn, type Origin, type Path, type Place, type ScalarStyle } from "./places.ts";

export interface Reader {
  text: string;
  /** For the lines; its places are not known yet. */
  origin: Origin;
  report: Report;
  /** Collects the maps whose keys stand in another order than in the text. */
  reordered: Path[];
}

/** At most that many are collected: their paths together could outgrow the text by far. */
const MOST_REORDERED = 100;

export interface NodeReading {
  value: JsonValue;
  place: Place;
}

/** The value of a node and its place. Depth is bounded before. */
export function readNode(reader: Reader, node: ParsedNode, path: Path): NodeReading {
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
    const message = `The alias ${quote(`*${node.source}`)} is not supported; repeat the value, or put the text in quotes.`;
    report({ code: "yaml_alias", message, path, offset });
    return;
  }
  if (node.anchor !== undefined) {
    const message = `The anchor ${quote(`&${node.anchor}`)} is not supported; remove it, or put the text in quotes.`;
    report({ code: "yaml_alias", message, path, offset });
  }
  if (node.tag !== undefined && !isPlainNumberTag(node)) {
    const message = `The tag ${quote(node.tag)} is not supported; remove it, or put the text in quotes.`;
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
  if (!keepsOrder(children.keys()) && reader.reordered.length < MOST_REORDERED) {
    reader.reordered.push(path);
  }
  const start = map.range[0];
  return { value, place: { start, keyStart: start, children } };
}

function reportDuplicate(
  { origin, report }: Reader,
  duplicate: { name: string; path: Path; offset: number; first: Place },
): void {
  const line = lineAndColumn(origin, duplicate.first.keyStart)?.line ?? 1;
  const message = `The key ${quote(duplicate.name)} is duplicated; the first one is on line ${line}.`;
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
      const written = reader.text.slice(start, end);
      const message = numberProblem(written);
      if (message === null) return { value: plainNumber(value), place };
      // A limit of a schema is kept as it is written, and judged there.
      if (isLargeLimit(path)) return { value: inDecimal(written), place };
      reader.report({ code: "number_not_exact", message, path, offset: start });
      return { value: plainNumber(value), place };
    }
    case "boolean":
      return { value, place };
    default:
      return { value: null, place };
  }
}
