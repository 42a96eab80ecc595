/**
 * A mapping cut into its entries, each with the comments and blank lines that belong to it.
 *
 * Whose is a comment? On the line of an entry, that entry's. On lines of its own, that of the entry
 * below; but one that is indented deeper than the keys belongs to the entry above, whose value ends
 * there. Every character of the mapping belongs to exactly one entry.
 */
import { isCollection, isScalar, type ParsedNode, type Scalar, type YAMLMap } from "yaml";
import type { Path } from "../source/places.ts";
import { columnOf, type Draft } from "./draft.ts";
import { type Edit, lineEnd, lineStart } from "./edits.ts";

export interface Entry {
  key: Scalar.Parsed;
  name: string;
  value: ParsedNode | null;
  path: Path;
  /** With the comments above it. */
  start: number;
  /** From the key to the end of the value. */
  body: readonly [number, number];
  /** With what else stands on its last line. In a flow mapping the comma lies before. */
  end: number;
  /** Where the comma of a flow mapping stands; null for the last without one, and in blocks. */
  comma: number | null;
  edits: Edit[];
}

/** The entries of a block or flow mapping in the order of the text. `start` is where it may begin. */
export function entriesOf(
  draft: Draft,
  map: YAMLMap.Parsed,
  place: { path: Path; start?: number },
): Entry[] {
  const entries: Entry[] = [];
  let start = place.start ?? defaultStart(draft, map);
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const last = Math.max(key.range[1], value === null ? 0 : endOf(value));
    const [end, comma] = map.flow
      ? endInFlow(draft.source, last)
      : [endInBlock(draft, last, columnOf(draft, key.range[0])), null];
    const name = String(key.value);
    const body = [key.range[0], last] as const;
    entries.push({
      key,
      name,
      value,
      path: [...place.path, name],
      start,
      body,
      end,
      comma,
      edits: [],
    });
    start = end;
  }
  return entries;
}

/** Why a mapping cannot be laid out again, or null. */
export function layoutProblem(draft: Draft, map: YAMLMap.Parsed): string | null {
  if (map.items.some(({ srcToken }) => srcToken?.start.some(isExplicit) ?? false)) {
    return 'Keys that begin with "? " cannot be upgraded; write them as "key: value".';
  }
  if (map.flow && draft.source[map.range[0]] !== "{") {
    return "A pair in a list cannot be upgraded without its braces; write { key: value }.";
  }
  return null;
}

function isExplicit({ type }: { type: string }): boolean {
  return type === "explicit-key-ind";
}

function defaultStart({ source }: Draft, map: YAMLMap.Parsed): number {
  const [start] = map.range;
  if (map.flow) return start + 1;
  const line = lineStart(source, start);
  return source.slice(line, start).trim() === "" ? line : start;
}

/** Behind the last character of a value: no comment, no line end but that of a block text. */
function endOf(node: ParsedNode): number {
  if (!isCollection(node) || node.flow === true) {
    return node.range[0] === node.range[1] ? 0 : node.range[1];
  }
  const last = node.items.at(-1);
  if (last === undefined) return node.range[1];
  if (!("key" in last)) return endOf(last);
  return Math.max(last.key?.range[1] ?? 0, last.value === null ? 0 : endOf(last.value));
}

/** The rest of the line, and the comments below that are indented deeper than the keys. */
function endInBlock({ source }: Draft, last: number, column: number): number {
  let end = lineEnd(source, last - 1);
  for (let at = end; at < source.length; at = lineEnd(source, at)) {
    const line = source.slice(at, lineEnd(source, at));
    const indent = line.length - line.trimStart().length;
    if (line.trim() === "") continue;
    if (!line.startsWith("#", indent) || indent <= column) break;
    end = lineEnd(source, at);
  }
  return end;
}

/** The comma, what stands between it and the value, and a comment on its line. */
function endInFlow(source: string, last: number): [end: number, comma: number | null] {
  const comma = skipTrivia(source, last);
  if (source[comma] !== ",") return [endOfRemark(source, last), null];
  return [endOfRemark(source, comma + 1), comma];
}

/** Behind a comment that stands on this line; nothing else of the line is taken. */
function endOfRemark(source: string, at: number): number {
  const comment = /[ \t]*#[^\r\n]*/y;
  comment.lastIndex = at;
  return at + (comment.exec(source)?.[0].length ?? 0);
}

function skipTrivia(source: string, at: number): number {
  const trivia = /(?:\s|(?<=\s)#[^\n]*)*/y;
  trivia.lastIndex = at;
  return at + (trivia.exec(source)?.[0].length ?? 0);
}
