/**
 * The patterns of the specification are a floor: what they take is taken from every line of the
 * log. The one for telephones is garbled there, and is here as it was meant.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactLogFields, redactText } from "#security/redact.ts";
import { readLabelledTexts } from "../support/labelled-texts.ts";

const SPECIFIED: readonly RegExp[] = [
  /authorization:\s*bearer\s+[A-Za-z0-9\-._~+/]+=*/gi,
  /(?:api[_-]?key|token|secret)\s*[:=]\s*['"]?[A-Za-z0-9_-]{16,}['"]?/gi,
  /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
  /(?<!\w)(?:\+?1[-.\s]?)?\(?\d{3}\)?[-.\s]?\d{3}[-.\s]?\d{4}\b/g,
  /\b\d{3}-\d{2}-\d{4}\b/g,
  /\b(?:\d[ -]*?){13,19}\b/g,
];

const lineOf = (text: string) => JSON.stringify(redactLogFields({ message: text }));

/** What one of the patterns still matches in the message of a line. */
function leftIn(text: string): string[] {
  const { message } = redactLogFields({ message: text });
  if (typeof message !== "string") throw new Error("the message is a text");
  return SPECIFIED.flatMap((pattern) => [...message.matchAll(pattern)].map(([m]) => m)).filter(
    (match) => !match.includes("[REDACTED"),
  );
}

describe("a line of the log", () => {
  it("has nothing left that the specification would take, in the texts for tuning", () => {
    expect(readLabelledTexts("tuning").flatMap(({ text }) => leftIn(text))).toEqual([]);
  });

  it("has nothing left that the specification would take, in any text", () => {
    const piece = fc.oneof(
      fc.constantFrom("authorization: Bearer ", "api_key=", "token: '", "secret = ", "@", "-", " "),
      fc.constantFrom("a.b%c+d", "x.io", "078-05-1120", "(415) ", "555.2671", "+1 ", ".", "\n"),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/),
      fc.stringMatching(/^[0-9 -]{1,24}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        expect(leftIn(pieces.join(""))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["the number of an order", "order 4155552671"],
    ["16 digits that are no card", "id 4111111111111112"],
    ["a social security number that is never issued", "000-12-3456"],
    ["a part of a package", "user@1000.service"],
  ])("loses %s, which a problem keeps", (_what, text) => {
    expect(redactText(text)).toBe(text);
    expect(lineOf(text)).toContain("[REDACTED_");
  });

  it("keeps our own values, and the numbers of fields that are no card's", () => {
    const own = {
      time: "2026-11-28T22:55:15.123Z",
      run_id: "run_4155552671411111",
      request_id: "9f8a7b6c-1234-4abc-9def-001122334455",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      step: "run_0a1b2c3d4e5f6g7h:generate",
      deadline_at: 1795365481123,
      bytes: 5361709120,
    };
    expect(redactLogFields(own)).toEqual(own);
    expect(redactLogFields({ pan: 1, n: 4111111111111111 })).toEqual({
      pan: "[REDACTED]",
      n: "[REDACTED_PAN]",
    });
  });
});
