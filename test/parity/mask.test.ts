/**
 * The two masks agree: the one of the service, and the one that the reference has of its own. What
 * differs between them would be reported by every dual run that echoes a sensitive answer.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { maskOf } from "#parity/mask.ts";
import { Work } from "#model/work.ts";
import { createMasking } from "#run/views/mask.ts";
import { SPELLINGS } from "../security/masking/spellings.ts";
import { definition, form } from "../support/definitions.ts";

const OPTIONS = ["north-west", "yes"].map((value) => ({ value, label: value }));
const FLOW = definition([
  form("ask", {
    config: {
      fields: [
        { key: "pin", type: "string", required: true, sensitive: true },
        { key: "sum", type: "number", required: true, sensitive: true },
        { key: "areas", type: "multiselect", required: true, sensitive: true, options: OPTIONS },
        { key: "town", type: "string", required: true },
      ],
    },
  }),
]);
const VALUES = [
  "hunter2",
  "a/b c+d",
  "Zoë & Söhne",
  "李明",
  "100%25 \\n~0",
  "12345",
  "a",
  "…ab…cd",
];

function bothMask(given: JsonObject, shown: JsonValue): [JsonValue, JsonValue] {
  return [
    createMasking(FLOW, [given]).within(Work.ofProjection()).output(shown),
    maskOf(FLOW, [given]).value(shown),
  ];
}

describe("the mask of the reference and that of the service", () => {
  it.each(Object.entries(SPELLINGS))("agree on a value %s", (_, spell) => {
    for (const pin of VALUES) {
      for (const outer of Object.values(SPELLINGS)) {
        const text = outer(`{"a": ${spell(pin)}, "b": 1}`);
        const cut = `${text.slice(0, Math.floor(text.length * 0.6))}…`;
        const [ours, theirs] = bothMask({ pin }, { [text]: text, cut, list: [cut, 12_345] });
        expect(theirs).toEqual(ours);
      }
    }
  });

  it("agree on any texts and answers", () => {
    const piece = fc.constantFrom(
      "%",
      "%4",
      "%41",
      "%C3%A9",
      "%c3",
      "\\",
      "\\u00",
      "\\u0041",
      "\\x41",
      "&",
      "&#6",
      "&#65;",

      "&amp",
      "&amp;",
      "&eacute;",
      "~",
      "~1",
      "…",
      "...",
      ".",
      " ",
      "+",
      "\n",
      "QUFB",
      "QQ",
      "=",
      "41",
      "4 1",
      "a",
      "é",
      "A",
      "😀",
      "AAAA",
      "hunter2",
      "aHVudGVyMg",
      "68756e74657232",
    );
    const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, text, (pin, key, value) => {
        const [ours, theirs] = bothMask({ pin }, { [key]: value, town: pin, pin, status: key });
        expect(theirs).toEqual(ours);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each<[string, JsonObject]>([
    ["lists for a text", { pin: ["one-of-many", "two-of-many"] }],
    ["choices", { areas: ["north-west", "yes", "elsewhere"] }],
    ["a text for a number", { sum: "123-456" }],
    ["numbers", { sum: 123_456 }],
    ["short ones", { sum: 12, pin: "abc" }],
    ["an object", { pin: { a: "one-of-many" } }],
  ])("agree on what an answer is: %s", (_, given) => {
    const words = "one-of-many two-of-many north-west yes elsewhere 123-456 123456 12 abc";
    const shown = { words, "one-of-many": 123_456, "north-west": 12, body: words };
    const [ours, theirs] = bothMask(given, shown);
    expect(theirs).toEqual(ours);
  });
});
