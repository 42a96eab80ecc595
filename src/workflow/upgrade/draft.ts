/**
 * A file of format 0.1 on its way: its text, the places of its values, what was found, and how it
 * is written (line ends, indentation, quotes around keys), so that what is added looks like the
 * rest.
 */
import type { ParsedNode, Scalar } from "yaml";
import type { Finding, Report } from "../findings.ts";
import { type Origin, type Path, offsetOf } from "../source/places.ts";
import { type Edit, lineStart } from "./edits.ts";

export interface Draft {
  readonly source: string;
  readonly origin: Origin;
  /** Line end of the text. */
  readonly eol: string;
  /** Columns that one level is indented by. */
  readonly unit: number;
  /** JSON has no comments; none is added to it. */
  readonly isJson: boolean;
  /** The flow collections that lie in no other, in the order of the text. */
  readonly flows: readonly ParsedNode[];
  /** For what has no counterpart; with force it is carried over. */
  readonly report: Report;
  /** For what cannot be laid out again, even with `--force`. */
  readonly refuse: Report;
  /** Ids of steps that had no title. */
  readonly unnamed: string[];
}

export function draftOf(
  source: string,
  { origin, flows }: Pick<Draft, "origin" | "flows">,
  { lost, refused }: { lost: Finding[]; refused: Finding[] },
): Draft {
  return {
    source,
    origin,
    flows,
    eol: /\r?\n/.exec(source)?.[0] ?? "\n",
    unit: /^( {1,8})[^\s#]/m.exec(source)?.[1]?.length ?? 2,
    isJson: isJson(source),
    report: (finding) => lost.push(finding),
    refuse: (finding) => refused.push(finding),
    unnamed: [],
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** A text as a scalar in the quotes of another. */
export function inStyleOf(scalar: Scalar, text: string): string {
  if (scalar.type === "QUOTE_DOUBLE") return JSON.stringify(text);
  return scalar.type === "QUOTE_SINGLE" ? `'${text.replaceAll("'", "''")}'` : text;
}

/** The edit that puts another text in the place of a scalar, in the same quotes. */
export function replaced(scalar: Scalar.Parsed, text: string): Edit {
  const [start, end] = scalar.range;
  return { start, end, text: inStyleOf(scalar, text) };
}

/** Column of an offset, from 0. */
export function columnOf({ source }: Draft, offset: number): number {
  return offset - lineStart(source, offset);
}

/** Offset in the file of a place in the text of a value. */
export function offsetInText({ origin }: Draft, path: Path, within: number): number {
  return offsetOf(origin, path, within);
}

/** The characters of a node as they are written. */
export function written({ source }: Draft, { range }: ParsedNode): string {
  return source.slice(range[0], range[1]);
}
