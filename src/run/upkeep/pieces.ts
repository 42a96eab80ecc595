/**
 * Rows of a run as text in pieces of bounded size, and back: one line of JSON a row,
 * `["doc", name, text]` or `["log", seq, text]`.
 */
import type { CopyPlace } from "#model/run-upkeep.ts";

export type StoredRow =
  | [table: "doc", name: string, text: string]
  | [table: "log", seq: number, text: string];

/** UTF-16 units of one piece. In UTF-8, encrypted and as base64 it has at most four times as many. */
export const PIECE_UNITS = 64 * 1024;

export interface Piece {
  text: string;
  /** Where the next one begins; null: this is the last. */
  next: CopyPlace | null;
}

/** The lines of the rows as pieces of bounded size, however long a line is. */
export function* piecesOf(rows: Iterable<StoredRow>, offset: number): Generator<Piece> {
  let text = "";
  let skipped = offset;
  for (const row of rows) {
    const line = `${JSON.stringify(row)}\n`;
    const [table, key] = row;
    let at = skipped;
    skipped = 0;
    while (text.length + line.length - at > PIECE_UNITS) {
      const end = wholeUntil(line, at + PIECE_UNITS - text.length);
      yield { text: text + line.slice(at, end), next: { table, key, offset: end } };
      text = "";
      at = end;
    }
    text += line.slice(at);
  }
  yield { text, next: null };
}

/** Half of a surrogate pair cannot be encoded. */
function wholeUntil(line: string, end: number): number {
  const last = line.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

/** The lines of texts that follow one another. */
export function* linesOf(texts: Iterable<string>): Generator<string> {
  let rest = "";
  for (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
