import { describe, expect, it } from "vitest";
import type { FormField } from "#model/workflow.ts";
import { checkFields } from "#validation/fields.ts";

const base: FormField = { key: "f", type: "string", required: false };
const options = [
  { value: "s", label: "Small" },
  { value: "m", label: "Medium" },
];

function codes(field: Partial<FormField>): string[] {
  return checkFields([{ ...base, ...field }]).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe("a field definition", () => {
  it.each<[Partial<FormField>]>([
    [{}],
    [{ pattern: "^a$", min_length: 1, max_length: 5, default: "a" }],
    [{ type: "text", max_length: 65_536 }],
    [{ type: "string", min_length: 1_000 }],
    [{ type: "number", min: -1.5, max: -1.5, default: -1.5 }],
    [{ type: "integer", min: 0.5, max: 1.5 }],
    [{ type: "email", pattern: ".*@example\\.com", default: "a@example.com" }],
    [{ type: "select", options, default: "s" }],
    [{ type: "multiselect", options, min: 1, max: 5, default: ["s", "m"] }],
    [{ type: "boolean", default: false }],
    [{ type: "date", default: "2026-01-31" }],
    [{ key: "constructor" }],
  ])("%j is sound", (field) => {
    expect(codes(field)).toEqual([]);
  });

  it.each<[Partial<FormField>, string[]]>([
    [{ key: "" }, ["/0/key invalid_key"]],
    [{ key: "static" }, ["/0/key reserved_name"]],
    [{ key: "secrets" }, ["/0/key reserved_name"]],
    [{ key: "__proto__" }, ["/0/key reserved_name"]],
    [{ pattern: "(" }, ["/0/pattern invalid_pattern"]],
    [{ pattern: "(?=a)" }, ["/0/pattern invalid_pattern"]],
    [{ min_length: 5, max_length: 4 }, ["/0/min_length invalid_limit"]],
    [{ min_length: 1_001 }, ["/0/min_length invalid_limit"]],
    [{ max_length: 65_537 }, ["/0/max_length invalid_limit"]],
    [{ max_length: -1 }, ["/0/max_length invalid_limit"]],
    [{ min_length: 1.5 }, ["/0/min_length invalid_limit"]],
    [{ type: "number", min: 2, max: 1 }, ["/0/min invalid_limit"]],
    [{ type: "integer", min: 0.2, max: 0.8 }, ["/0/min invalid_limit"]],
    [{ type: "multiselect", options, min: 3 }, ["/0/min invalid_limit"]],
    [{ type: "multiselect", options, max: -1 }, ["/0/max invalid_limit"]],
    [{ type: "number", pattern: "a" }, ["/0/pattern not_applicable"]],
    [{ type: "date", min: 1 }, ["/0/min not_applicable"]],
    [{ min: 1, max: 2 }, ["/0/min not_applicable", "/0/max not_applicable"]],
    [{ options }, ["/0/options not_applicable"]],
    [{ type: "select" }, ["/0/options missing_options"]],
    [{ type: "multiselect", options: [] }, ["/0/options missing_options"]],
    [
      { type: "select", options: [...options, { value: "s", label: "Again" }] },
      ["/0/options/2/value invalid_option"],
    ],
    [
      { type: "select", options: [{ value: "", label: "None" }] },
      ["/0/options/0/value invalid_option"],
    ],
    [{ default: 5 }, ["/0/default invalid_default"]],
    [{ pattern: "[a-z]+", default: "A" }, ["/0/default invalid_default"]],
    [{ type: "select", options, default: "x" }, ["/0/default invalid_default"]],
    [{ type: "integer", max: 5, default: 6 }, ["/0/default invalid_default"]],
    [{ pattern: "(", default: 5 }, ["/0/pattern invalid_pattern"]],
  ])("%j has %j", (field, expected) => {
    expect(codes(field)).toEqual(expected);
  });

  it("may not have the key of another", () => {
    expect(checkFields([base, { ...base, key: "g" }, base])).toEqual([
      {
        pointer: "/2/key",
        code: "duplicate_key",
        message: 'Another field already has the key "f".',
      },
    ]);
  });
});

describe("the options of a field", () => {
  it("that are empty or duplicated are distinguished", () => {
    const field = { ...base, type: "select" as const };
    const given = [{ value: "", label: "None" }, ...options, { value: "s", label: "Again" }];
    expect(checkFields([{ ...field, options: given }]).map(({ message }) => message)).toEqual([
      "The value of an option must not be empty.",
      '"s" appears twice.',
    ]);
  });
});
