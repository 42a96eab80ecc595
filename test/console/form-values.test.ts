import type { JsonValue } from "#model/json.ts";
import { describe, expect, it } from "vitest";
import type { Field } from "#console/components/api-types.ts";
import { initialValues, type RawValue, toInputs } from "#console/components/form-values.ts";

const OPTIONS = [
  { value: "a", label: "A" },
  { value: "b", label: "B" },
];

function field(type: Field["type"], more: Partial<Field> = {}): Field {
  const options = type === "select" || type === "multiselect" ? { options: OPTIONS } : {};
  return { key: "x", type, required: false, ...options, ...more };
}

describe("the content of a control at first", () => {
  const cases: [string, Field, JsonValue | undefined, RawValue][] = [
    ["nothing", field("string"), undefined, ""],
    ["the prefill", field("string"), "Launch", "Launch"],
    ["the default", field("string", { default: "Launch" }), undefined, "Launch"],
    ["the prefill before the default", field("string", { default: "Old" }), "New", "New"],
    ["nothing where the prefill is null", field("string", { default: "Old" }), null, ""],
    ["a number as text", field("integer"), 0, "0"],
    ["a wrong number in a text field, to be seen", field("string"), 7, "7"],
    ["a wrong list in a text field, to be seen", field("string"), ["a"], '["a"]'],
    ["a known option", field("select"), "b", "b"],
    ["an unknown option, to be seen", field("select"), "c", "c"],
    ["unknown options, to be seen", field("multiselect"), ["b", "c"], ["b", "c"]],
    ["one option where several are asked, to be seen", field("multiselect"), "a", ["a"]],
    ["no option", field("multiselect"), undefined, []],
    ["yes", field("boolean"), true, true],
    ["no", field("boolean", { default: true }), false, false],
    ["nothing, for an optional question", field("boolean"), undefined, null],
    ["what is neither yes nor no", field("boolean"), "yes", "yes"],
    ["nothing, for a required question", field("boolean", { required: true }), undefined, null],
  ];
  it.each(cases)("%s", (_, asked, given, expected) => {
    const prefill = given === undefined ? {} : { x: given };
    expect(initialValues([asked], prefill).get("x")).toEqual(expected);
  });

  it("is nothing where the answer is not shown, regardless of the default", () => {
    const asked = field("string", { default: "Old" });
    expect(initialValues([asked], {}, ["x"]).get("x")).toBe("");
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
    [
      "digits that would change as text",
      field("integer"),
      "9007199254740993",
      { x: "9007199254740993" },
    ],
    ["an option with its spaces", field("select"), " a ", { x: " a " }],
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

  const every: [Field["type"], RawValue, RawValue][] = [
    ["string", "old", ""],
    ["text", "old", ""],
    ["number", "0", ""],
    ["integer", "3", " "],
    ["boolean", false, null],
    ["boolean", true, null],
    ["date", "2026-01-31", ""],
    ["email", "old@example.com", " "],
    ["url", "https://old.example", ""],
    ["select", "a", ""],
  ];
  it.each(every)("is null for a %s that held %j and was emptied", (type, before, emptied) => {
    const values = new Map([["x", emptied]]);
    expect(toInputs([field(type)], values, new Map([["x", before]]))).toEqual({ x: null });
  });

  it.each(every)("is absent for a %s that was left empty", (type, _before, empty) => {
    const values = new Map([["x", empty]]);
    expect(toInputs([field(type)], values, values)).toEqual({});
  });

  it("is an empty list for choices of which none is left", () => {
    const asked = field("multiselect");
    expect(toInputs([asked], new Map([["x", []]]), new Map([["x", ["a"]]]))).toEqual({ x: [] });
  });

  it("is null for an answer that was removed unseen, unless another one is given", () => {
    const fields = [field("string")];
    const initial = initialValues(fields, {}, ["x"]);
    const removed = new Set(["x"]);
    expect(toInputs(fields, initial, initial)).toEqual({});
    expect(toInputs(fields, initial, initial, removed)).toEqual({ x: null });
    expect(toInputs(fields, new Map([["x", "new"]]), initial, removed)).toEqual({ x: "new" });
  });
});
