/** Rows of a run as pieces of bounded size, and back. */
import { array, assert, integer, oneof, property, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { linesOf, PIECE_UNITS, piecesOf, type StoredRow } from "#run/upkeep/pieces.ts";

const rows = (texts: readonly string[]): StoredRow[] =>
  texts.map((text, index) => ["log", index + 1, text]);

function cut(all: readonly StoredRow[]) {
  return [...piecesOf(all, 0)];
}

test("a run without rows is one piece", () => {
  expect(cut([])).toEqual([{ text: "", next: null }]);
});

test("pieces are as long as allowed, on both sides of the limit", () => {
  const overhead = JSON.stringify(["log", 1, ""]).length + 1;
  const exact = rows(["x".repeat(PIECE_UNITS - overhead)]);
  expect(cut(exact)).toHaveLength(1);
  const longer = cut(rows(["x".repeat(PIECE_UNITS - overhead + 1)]));
  expect(longer.map(({ text }) => text.length)).toEqual([PIECE_UNITS, 1]);
});

test("each piece goes on where the one before ended", () => {
  const all = rows(["a", "b", "c"].map((letter) => letter.repeat(PIECE_UNITS)));
  const whole = cut(all);
  const singly: string[] = [];
  let next = whole[0]?.next ?? null;
  singly.push(whole[0]?.text ?? "");
  while (next) {
    const from = next;
    const rest = all.filter(([, key]) => Number(key) >= Number(from.key));
    const [piece] = piecesOf(rest, from.offset);
    singly.push(piece?.text ?? "");
    next = piece?.next ?? null;
  }
  expect(singly).toEqual(whole.map(({ text }) => text));
});

test("any rows come back as they were, and no pair of surrogates is cut", () => {
  const texts = array(
    oneof(
      string({ unit: "binary" }),
      tuple(string(), integer({ min: PIECE_UNITS - 40, max: PIECE_UNITS + 40 })).map(
        ([prefix, length]) => prefix + "𝄞".repeat(length / 2),
      ),
    ),
    { maxLength: 6 },
  );
  assert(
    property(texts, (given) => {
      const all = rows(given);
      const pieces = cut(all).map(({ text }) => text);
      for (const text of pieces) expect(text.isWellFormed()).toBe(true);
      expect([...linesOf(pieces)].map((line) => JSON.parse(line) as unknown)).toEqual(all);
    }),
    { numRuns: 60 },
  );
});
