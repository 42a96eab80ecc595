import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { RenderResult } from "#template/render.ts";
import {
  type ParsedTemplate,
  parseTemplate,
  renderTemplate,
  templateReferences,
} from "#template/template.ts";
import { timesFloor } from "../support/effort.ts";

function parsed(source: string): ParsedTemplate {
  const result = parseTemplate(source);
  if (!result.ok) throw new Error(`${result.error.message} at ${result.error.offset}`);
  return result.value;
}

function render(source: string, values: JsonObject, encode = (text: string) => text): RenderResult {
  const lookup = (path: string): JsonValue | undefined =>
    Object.hasOwn(values, path) ? values[path] : undefined;
  return renderTemplate(parsed(source), lookup, encode);
}

function rendered(source: string, values: JsonObject): string {
  const result = render(source, values);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe("a template", () => {
  it.each<[string, string, JsonObject, string]>([
    ["without tags is its own text", "a } b {c} }}", {}, "a } b {c} }}"],
    ["that is empty renders nothing", "", {}, ""],
    [
      "takes strings as they are",
      "Hi {{name}}!",
      { name: "<b>'Ann' & \"Bo\"</b>" },
      "Hi <b>'Ann' & \"Bo\"</b>!",
    ],
    ["asks for dotted paths as a whole", "{{a.b-c.0}}", { "a.b-c.0": "x" }, "x"],
    ["takes white space inside braces", "{{  name\n}}", { name: "x" }, "x"],
    ["writes numbers as JSON", "{{n}} {{m}}", { n: 1.5, m: -0 }, "1.5 0"],
    ["writes booleans as JSON", "{{y}} {{n}}", { y: true, n: false }, "true false"],
    ["writes null as nothing", "[{{x}}]", { x: null }, "[]"],
    ["writes what is missing as nothing", "[{{x}}]", {}, "[]"],
    [
      "writes lists and objects as JSON",
      "{{l}} {{o}}",
      { l: [1, "a"], o: { k: null } },
      '[1,"a"] {"k":null}',
    ],
    ["never reads a value as a template", "{{x}}", { x: "{{y}} {{#z}}", y: "no" }, "{{y}} {{#z}}"],
    ["drops comments", "a{{! a comment {{ with braces }}b", {}, "ab"],
    ["leaves a brace after a tag", '{"a": {{x}}}', { x: 1 }, '{"a": 1}'],
    ["keeps characters beyond the first plane", "😀{{x}}😀", { x: "𝒳" }, "😀𝒳😀"],
    ["does not know inherited names", "[{{constructor}}{{toString}}{{__proto__}}]", {}, "[]"],
  ])("%s", (_, source, values, text) => {
    expect(rendered(source, values)).toBe(text);
  });

  it.each<[string, string, JsonObject, string]>([
    [
      "repeats for each item",
      "{{#xs}}({{.}}){{/xs}}",
      { xs: [1, "b", null, [2]] },
      "(1)(b)()([2])",
    ],
    [
      "reads names in the item first",
      "{{#xs}}{{n}}{{m}} {{/xs}}",
      { xs: [{ n: 1 }, {}], n: 9, m: "m" },
      "1m 9m ",
    ],
    [
      "lets the first segment choose the scope",
      "{{#o}}[{{a.b}}]{{/o}}",
      { o: { a: {} }, "a.b": "outer" },
      "[]",
    ],
    [
      "asks outside for what no item has",
      "{{#o}}[{{a.b}}]{{/o}}",
      { o: {}, "a.b": "outer" },
      "[outer]",
    ],
    [
      "reads list places in an item",
      "{{#o}}{{l.1.k}}{{l.x}}{{/o}}",
      { o: { l: [0, { k: "v" }] } },
      "v",
    ],
    [
      "sees only own properties of an item",
      "{{#o}}[{{constructor}}{{a.length}}]{{/o}}",
      { o: { a: "abc" } },
      "[]",
    ],
    ["enters an object once", "{{#o}}{{k}}{{/o}}", { o: { k: "v" } }, "v"],
    ["enters a text once", "{{#s}}<{{.}}>{{/s}}", { s: "x" }, "<x>"],
    ["enters for 0", "{{#n}}<{{.}}>{{/n}}", { n: 0 }, "<0>"],
    [
      "nests",
      "{{#a}}{{#b}}{{x}}{{y}};{{/b}}{{/a}}",
      { a: [{ x: 1, b: [{ y: 2 }, { y: 3 }] }] },
      "12;13;",
    ],
    ["drops the lines of its tags", "a\n{{#y}}\nb\n{{/y}}\nc", { y: true }, "a\nb\nc"],
  ])("a section %s", (_, source, values, text) => {
    expect(rendered(source, values)).toBe(text);
  });

  it.each<[string, JsonValue | undefined, string]>([
    ["missing", undefined, "no"],
    ["null", null, "no"],
    ["false", false, "no"],
    ["an empty text", "", "no"],
    ["an empty list", [], "no"],
    ["true", true, "yes"],
    ["0", 0, "yes"],
    ["a text", "false", "yes"],
    ["a list", [false], "yes"],
    ["an empty object", {}, "yes"],
  ])("takes the right branch for %s", (_, value, text) => {
    const values: JsonObject = value === undefined ? {} : { x: value };
    expect(rendered("{{#x}}yes{{/x}}{{^x}}no{{/x}}", values)).toBe(text);
  });

  it("encodes values and nothing else", () => {
    const result = render("a&{{x}}&{{#l}}{{.}}{{/l}}", { x: "b&c", l: ["&"] }, encodeURIComponent);
    expect(result).toEqual({ ok: true, value: "a&b%26c&%26" });
  });
});

describe("a template is refused", () => {
  it.each<[string, string, number, string]>([
    ["for triple braces", "a {{{x}}}", 2, "Triple braces are not allowed; write {{name}}."],
    [
      "for an ampersand",
      "a {{& x}}",
      2,
      "{{& is not allowed; write {{name}}, values are never HTML-escaped.",
    ],
    ["for a partial", "{{ > x}}", 0, "Partials ({{>) are not allowed."],
    ["for other delimiters", "ab{{=<% %>=}}", 2, "The delimiters cannot be changed."],
    ["for delimiters that never close", "{{=", 0, "The delimiters cannot be changed."],
    ["for an open tag", "a {{x", 2, "The tag is not closed; }} is missing."],
    [
      "for an open tag after a good one",
      "{{a}} {{b} c",
      6,
      "The tag is not closed; }} is missing.",
    ],
    ["for an open section", "{{#a}}{{#b}}{{/b}} x", 0, 'The section "a" is not closed.'],
    [
      "for sections that cross",
      "{{#a}}{{#b}}{{/a}}{{/b}}",
      12,
      '{{/a}} closes the section "b" that is open here.',
    ],
    ["for an end without a section", "x{{/a}}", 1, "{{/a}} does not close a section."],
    ["for an empty tag", "x{{}}", 1, '"" is not a name or a dotted path.'],
    ["for two words", "{{a b}}", 0, '"a b" is not a name or a dotted path.'],
    ["for an expression", "{{a+1}}", 0, '"a+1" is not a name or a dotted path.'],
    ["for a bracket path", "{{a[0]}}", 0, '"a[0]" is not a name or a dotted path.'],
    ["for a name that begins with a digit", "{{1a}}", 0, '"1a" is not a name or a dotted path.'],
    ["for a path that ends with a dot", "{{a.}}", 0, '"a." is not a name or a dotted path.'],
    ["for an empty segment", "{{a..b}}", 0, '"a..b" is not a name or a dotted path.'],
    ["for an item outside a section", "{{.}}", 0, "{{.}} can be used only inside a section."],
    [
      "for a section of the item outside one",
      "{{#.}}x{{/.}}",
      0,
      "{{.}} can be used only inside a section.",
    ],
  ])("%s", (_, source, offset, message) => {
    expect(parseTemplate(source)).toEqual({ ok: false, error: { offset, message } });
  });

  it.each<[string, string, string]>([
    ["bytes", "é".repeat(LIMITS.templateBytes / 2), `${"é".repeat(LIMITS.templateBytes / 2)}a`],
    ["tags", "{{a}}".repeat(LIMITS.templateTags), "{{a}}".repeat(LIMITS.templateTags + 1)],
    [
      "characters in a tag",
      `{{!${"x".repeat(LIMITS.templateTagLength - 1)}}}`,
      `{{!${"x".repeat(LIMITS.templateTagLength)}}}`,
    ],
    [
      "nested sections",
      "{{#a}}".repeat(LIMITS.templateSectionDepth) + "{{/a}}".repeat(LIMITS.templateSectionDepth),
      "{{#a}}".repeat(LIMITS.templateSectionDepth + 1) +
        "{{/a}}".repeat(LIMITS.templateSectionDepth + 1),
    ],
  ])("for too many %s, and not before", (_, most, tooMany) => {
    expect(parseTemplate(most).ok).toBe(true);
    expect(parseTemplate(tooMany).ok).toBe(false);
  });

  it("in little time when its tags are built to be slow", () => {
    const slowest = `{{!a${" ".repeat(990)}x}}`.repeat(32);
    const effort = timesFloor(() => {
      expect(parseTemplate(slowest).ok).toBe(true);
      expect(parseTemplate(`{{a${" ".repeat(32_000)}`).ok).toBe(false);
    });
    expect(effort).toBeLessThan(100);
  });
});

describe("rendering is bounded", () => {
  it("to the size of the result", () => {
    const most = "é".repeat(LIMITS.renderedBytes / 2);
    expect(render("{{x}}", { x: most })).toEqual({ ok: true, value: most });
    expect(render("{{x}}.", { x: most })).toEqual({
      ok: false,
      error: "The rendered text has more than 262144 bytes.",
    });
  });

  it("to the size after encoding", () => {
    const spaces = " ".repeat(LIMITS.renderedBytes / 3 + 1);
    expect(render("{{x}}", { x: spaces }).ok).toBe(true);
    expect(render("{{x}}", { x: spaces }, encodeURIComponent).ok).toBe(false);
  });

  it("to a number of steps, also when nothing is written", () => {
    const items = (count: number): JsonValue[] => Array.from({ length: count }, () => true);
    const source = "{{#x}}{{/x}}";
    expect(render(source, { x: items(LIMITS.templateSteps - 1) }).ok).toBe(true);
    expect(render(source, { x: items(LIMITS.templateSteps) })).toEqual({
      ok: false,
      error: "Rendering takes more than 100000 steps.",
    });
  });

  it("so that nested lists end early", () => {
    const depth = LIMITS.templateSectionDepth;
    const source = "{{#x}}".repeat(depth) + "{{/x}}".repeat(depth);
    const items = Array.from({ length: 10_000 }, () => 1);
    const effort = timesFloor(() => {
      expect(render(source, { x: items }).ok).toBe(false);
    });
    expect(effort).toBeLessThan(100);
  });

  it("for a value that nests too deeply to be written", () => {
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as JsonValue;
    expect(render("{{x}}", { x: deep })).toEqual({
      ok: false,
      error: 'The value of "x" is nested too deeply.',
    });
  });
});

describe("the references of a template", () => {
  it("are the paths read from outside, each once, in order", () => {
    const source =
      "{{topic}} {{a.b}} {{topic}} {{#list}}{{title}}{{.}}{{/list}}{{^none}}{{c}}{{/none}}";
    expect(templateReferences(parsed(source))).toEqual(["topic", "a.b", "list", "none", "c"]);
  });
});

describe("for every value", () => {
  it("a tag renders the text, regardless of what it looks like", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (x) => {
        expect(rendered("<{{x}}>", { x })).toBe(`<${x}>`);
      }),
    );
  });

  it("a source is either refused with a place inside it, or renders", () => {
    const piece = fc.constantFrom(
      "{{",
      "}}",
      "{",
      "#",
      "^",
      "/",
      "!",
      "&",
      "=",
      ".",
      "a",
      " ",
      "\n",
      "{{#a}}",
      "{{/a}}",
      "{{a}}",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = pieces.join("");
        const result = parseTemplate(source);
        if (result.ok) {
          expect(
            renderTemplate(
              result.value,
              () => "v",
              (text) => text,
            ).ok,
          ).toBe(true);
        } else {
          expect(result.error.offset).toBeGreaterThanOrEqual(0);
          expect(result.error.offset).toBeLessThan(source.length);
        }
      }),
    );
  });
});
