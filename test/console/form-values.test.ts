import { describe, expect, it } from "vitest";
import type { Field } from "../../src/console/components/api-types.ts";
import {
  initialValues,
  type RawValue,
  toInputs,
} from "../../src/console/components/form-values.ts";

const OPTIONS = [
  { value: "a", label: "A" },
  { value: "b", label: "B" },
];

function field(type: Field["type"], more: Partial<Field> = {}): Field {
  const options = type === "select" || type === "multiselect" ? { options: OPTIONS } : {};
  return { key: "x", type, required: false, ...options, ...more };
}

describe("what stands in a control at first", () => {
  const cases: [string, Field, unknown, RawValue][] = [
    ["nothing", field("string"), undefined, ""],
    ["the prefill", field("string"), "Launch", "Launch"],
    ["the default", field("string", { default: "Launch" }), undefined, "Launch"],
    ["the prefill before the default", field("string", { default: "Old" }), "New", "New"],
    ["the default where the prefill is null", field("string", { default: "Old" }), null, "Old"],
    ["a number as text", field("integer"), 0, "0"],
    ["a wrong number in a text field, to be seen", field("string"), 7, "7"],
    ["nothing for what cannot be shown", field("string"), { a: 1 }, ""],
    ["a known option", field("select"), "b", "b"],
    ["nothing for an unknown option", field("select"), "c", ""],
    ["the known ones of some options", field("multiselect"), ["b", "c"], ["b"]],
    ["no option", field("multiselect"), "a", []],
    ["yes", field("boolean"), true, true],
    ["no, for an optional question", field("boolean"), undefined, false],
    ["nothing, for a required question", field("boolean", { required: true }), undefined, null],
  ];
  it.each(cases)("%s", (_, asked, given, expected) => {
    const prefill = given === undefined ? {} : { x: given };
    expect(initialValues([asked], prefill).get("x")).toEqual(expected);
  });

  it("takes nothing from the prototype of the prefill", () => {
    const asked = field("string", { key: "constructor" });
    expect(initialValues([asked], {}).get("constructor")).toBe("");
  });
});

describe("the answer that is sent", () => {
  const cases: [string, Field, RawValue, object][] = [
    ["text as it is, spaces included", field("string"), " a ", { x: " a " }],
    ["no empty text", field("text"), "", {}],
    ["a whole number as a number", field("integer"), "5", { x: 5 }],
    ["a number with spaces around it", field("number"), " -1.50 ", { x: -1.5 }],
    ["a number with a typographic minus", field("number"), "\u22122", { x: -2 }],
    ["a number with an exponent", field("number"), "1e3", { x: 1000 }],
    ["no empty number", field("number"), " ", {}],
    ["what is no number as text, to be refused", field("number"), "1,5", { x: "1,5" }],
    ["no hexadecimal number", field("integer"), "0x10", { x: "0x10" }],
    ["what is too large for a number as text", field("number"), "1e999", { x: "1e999" }],
    [
      "an address without the spaces of a paste",
      field("email"),
      " a@b.example ",
      { x: "a@b.example" },
    ],
    ["no empty date", field("date"), "", {}],
    ["no option that was not chosen", field("select"), "", {}],
    ["options as a list", field("multiselect"), ["b", "a"], { x: ["b", "a"] }],
    ["no empty list", field("multiselect"), [], {}],
    ["no as false", field("boolean"), false, { x: false }],
    ["no answer to a question left open", field("boolean", { required: true }), null, {}],
  ];
  it.each(cases)("%s", (_, asked, raw, expected) => {
    const initial = initialValues([asked]);
    expect(toInputs([asked], new Map([["x", raw]]), initial)).toEqual(expected);
  });

  it("says that a text or a list was emptied, so that it is not filled in again", () => {
    const fields = [
      field("string", { key: "text", default: "Hello" }),
      field("multiselect", { key: "list", default: ["a"] }),
      field("integer", { key: "number", default: 3 }),
    ];
    const emptied = new Map<string, RawValue>([
      ["text", ""],
      ["list", []],
      ["number", ""],
    ]);
    expect(toInputs(fields, emptied, initialValues(fields))).toEqual({ text: "", list: [] });
  });
});
