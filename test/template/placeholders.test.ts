import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import {
  checkUrlTemplate,
  placeholderPaths,
  renderHeader,
  renderJson,
  renderJsonLeaf,
  renderUrl,
} from "#template/placeholders.ts";

const lookupIn =
  (values: JsonObject) =>
  (path: string): JsonValue | undefined =>
    Object.hasOwn(values, path) ? values[path] : undefined;

describe("a URL with placeholders", () => {
  it.each<[string, string]>([
    ["https://api.example.com/a/{{x}}/b", "https://api.example.com/a/x/b"],
    ["https://api.example.com?q={{x}}&r={{ a.b }}", "https://api.example.com?q=x&r=x"],
    ["https://api.example.com", "https://api.example.com"],
    ["http://localhost:8080/{{x}}#part", "http://localhost:8080/x#part"],
    ["https://[2606:4700::1]/{{x}}", "https://[2606:4700::1]/x"],
    ["https://api.example.com/{{x}}-{{y}}.json", "https://api.example.com/x-x.json"],
  ])("may be %s", (url, sample) => {
    expect(checkUrlTemplate(url)).toEqual({ ok: true, value: sample });
  });

  const LITERAL_HOST =
    "The URL must be absolute; placeholders are allowed only after the host, in the path or query.";
  it.each<[string, string]>([
    ["{{url}}", LITERAL_HOST],
    ["{{scheme}}://example.com/", LITERAL_HOST],
    ["https://{{host}}/a", LITERAL_HOST],
    ["https://api.{{domain}}/a", LITERAL_HOST],
    ["https://api.example.com:{{port}}/a", LITERAL_HOST],
    ["https://api.example.com{{path}}", LITERAL_HOST],
    ["https://{{user}}@example.com/", LITERAL_HOST],
    ["https:/{{x}}", LITERAL_HOST],
    ["/relative/{{x}}", LITERAL_HOST],
    ["", LITERAL_HOST],
    ["https:\\\\example.com/{{x}}", LITERAL_HOST],
    ["https://example.com/a\\{{x}}", "The URL contains a backslash."],
    ["https://example.com/#{{x}}", "A placeholder is not allowed in the fragment of a URL."],
    [
      "https://example.com/?a={{secrets.KEY}}",
      "A secret is not allowed in a URL; put it into a header or the body.",
    ],
    [
      "https://example.com/{{ secrets.KEY }}",
      "A secret is not allowed in a URL; put it into a header or the body.",
    ],
    [
      "https://example.com/{{{x}}}",
      "Triple braces are not allowed; write {{name}}. (at character 2)",
    ],
    [
      "https://example.com/{{#x}}a{{/x}}",
      "Only {{name}} placeholders are allowed here, no sections (at character 2).",
    ],
    ["https://example.com/{{x", "The tag is not closed; }} is missing. (at character 2)"],
    ["https://exa%zzmple.com/{{x}}", "The URL is not valid."],
  ])("may not be %s", (url, message) => {
    expect(checkUrlTemplate(url)).toEqual({ ok: false, error: { message } });
  });

  it.each<[string, string, JsonValue, string]>([
    ["a path segment", "https://h.io/a/{{x}}/b", "p/q?r#s", "https://h.io/a/p%2Fq%3Fr%23s/b"],
    [
      "a path segment beyond ASCII",
      "https://h.io/{{x}}",
      "Zoë 日本",
      "https://h.io/Zo%C3%AB%20%E6%97%A5%E6%9C%AC",
    ],
    ["a part of a segment", "https://h.io/v{{x}}.json", "..", "https://h.io/v...json"],
    [
      "a query value",
      "https://h.io/?q={{x}}&z=1",
      "a&b=c+d #e",
      "https://h.io/?q=a%26b%3Dc%2Bd%20%23e&z=1",
    ],
    ["an empty query value", "https://h.io/?q={{x}}", "", "https://h.io/?q="],
    ["dots in a query", "https://h.io/?q={{x}}", "..", "https://h.io/?q=.."],
    ["a number", "https://h.io/{{x}}", 42, "https://h.io/42"],
    ["a boolean", "https://h.io/{{x}}", false, "https://h.io/false"],
    ["a list", "https://h.io/?q={{x}}", [1, "a"], "https://h.io/?q=%5B1%2C%22a%22%5D"],
    ["half a surrogate pair", "https://h.io/{{x}}", "\ud800", "https://h.io/%EF%BF%BD"],
    ["a backslash", "https://h.io/a/{{x}}", "..\\..", "https://h.io/a/..%5C.."],
    ["an encoded dot", "https://h.io/a/{{x}}", "%2e%2e", "https://h.io/a/%252e%252e"],
    ["a line break", "https://h.io/{{x}}", "a\r\nb", "https://h.io/a%0D%0Ab"],
    ["braces", "https://h.io/{{x}}", "{{y}}", "https://h.io/%7B%7By%7D%7D"],
    ["another host", "https://h.io/{{x}}", "//evil.com/", "https://h.io/%2F%2Fevil.com%2F"],
    ["user info", "https://h.io/{{x}}", "@evil.com", "https://h.io/%40evil.com"],
  ])("encodes %s", (_, url, x, text) => {
    expect(renderUrl(url, lookupIn({ x }))).toEqual({ ok: true, value: text });
  });

  it.each<[string, string, JsonObject]>([
    ["an empty value", "https://h.io/orders/{{x}}", { x: "" }],
    ["one dot", "https://h.io/{{x}}/a", { x: "." }],
    ["two dots", "https://h.io/a/{{x}}/b", { x: ".." }],
    ["two dots before the query", "https://h.io/a/{{x}}?b", { x: ".." }],
    ["dots made of value and text", "https://h.io/a/.{{x}}", { x: "." }],
    ["dots made of two values", "https://h.io/a/{{x}}{{y}}", { x: ".", y: "." }],
    ["dots made with an encoded one", "https://h.io/a/%2E{{x}}", { x: "." }],
  ])("refuses %s as a segment of the path", (_, url, values) => {
    expect(renderUrl(url, lookupIn(values))).toEqual({
      ok: false,
      error: { message: 'A value would make a segment of the path empty, "." or "..".' },
    });
  });

  it("leaves the dots of its author alone", () => {
    expect(renderUrl("https://h.io/a/../{{x}}", lookupIn({ x: "y" }))).toEqual({
      ok: true,
      value: "https://h.io/a/../y",
    });
  });

  it("names a placeholder without a value", () => {
    expect(renderUrl("https://h.io/{{a.b}}", lookupIn({}))).toEqual({
      ok: false,
      error: { missing: "a.b", message: "The placeholder {{a.b}} has no value." },
    });
  });

  it("is bounded as written and as rendered", () => {
    const url = (length: number): string => "https://h.io/".padEnd(length, "a");
    expect(checkUrlTemplate(url(LIMITS.urlLength)).ok).toBe(true);
    expect(checkUrlTemplate(url(LIMITS.urlLength + 1)).ok).toBe(false);
    const room = LIMITS.urlLength - "https://h.io/".length;
    const render = (length: number) =>
      renderUrl("https://h.io/{{x}}", lookupIn({ x: "a".repeat(length) }));
    expect(render(room).ok).toBe(true);
    expect(render(room + 1)).toEqual({
      ok: false,
      error: { message: "The rendered URL has more than 8192 characters." },
    });
  });

  it("leads to the same host and the same number of segments, for any value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (x) => {
        const result = renderUrl("https://h.io/a/{{x}}/b?q={{x}}", lookupIn({ x }));
        if (!result.ok) {
          expect([".", ".."]).toContain(x);
          return;
        }
        const url = new URL(result.value);
        expect(url.origin).toBe("https://h.io");
        expect(url.hash).toBe("");
        expect(url.pathname.split("/")).toHaveLength(4);
        expect([...url.searchParams]).toEqual([["q", x.toWellFormed()]]);
      }),
    );
  });
});

describe("a header with placeholders", () => {
  it.each<[string, string, JsonObject, string]>([
    ["a literal", 'application/json; a="b"', {}, 'application/json; a="b"'],
    ["a value", "Bearer {{secrets.KEY}}", { "secrets.KEY": "k-1" }, "Bearer k-1"],
    ["a number", "{{n}}", { n: 3 }, "3"],
    ["null", "a{{n}}", { n: null }, "anull"],
    ["a tab", "a{{t}}b", { t: "\t" }, "a\tb"],
    ["a list", "{{l}}", { l: [1, 2] }, "[1,2]"],
  ])("takes %s", (_, header, values, text) => {
    expect(renderHeader(header, lookupIn(values))).toEqual({ ok: true, value: text });
  });

  it.each<[string, string]>([
    ["a line feed", "a\nX-Admin: 1"],
    ["a carriage return", "a\rX-Admin: 1"],
    ["NUL", "a\0b"],
    ["another control character", "a\u0007"],
    ["DEL", "a\u007f"],
    ["Latin-1", "Zoë"],
    ["a character beyond Latin-1", "日本"],
    ["a line separator", "a\u2028b"],
    ["a character whose low byte is a line feed", "a\u010ab"],
  ])("refuses %s", (_, x) => {
    expect(renderHeader("{{x}}", lookupIn({ x }))).toEqual({
      ok: false,
      error: {
        message: "A header value has line breaks, control characters or characters outside ASCII.",
      },
    });
    expect(renderHeader(x, lookupIn({})).ok).toBe(false);
  });

  it("names a placeholder without a value", () => {
    expect(renderHeader("Bearer {{secrets.KEY}}", lookupIn({}))).toMatchObject({
      ok: false,
      error: { missing: "secrets.KEY" },
    });
  });

  it("is bounded", () => {
    const render = (length: number) => renderHeader("{{x}}", lookupIn({ x: "a".repeat(length) }));
    expect(render(LIMITS.headerValueLength).ok).toBe(true);
    expect(render(LIMITS.headerValueLength + 1).ok).toBe(false);
  });
});

describe("a JSON body with placeholders", () => {
  it.each<[string, string, JsonValue, JsonValue]>([
    ["a number", "{{x}}", 42, 42],
    ["a boolean", "{{ x }}", false, false],
    ["null", "{{x}}", null, null],
    ["a list", "{{x}}", [1, { a: 2 }], [1, { a: 2 }]],
    ["an object", "{{x}}", { a: 1 }, { a: 1 }],
    ["a text that looks like a number", "{{x}}", "42", "42"],
  ])("keeps the type of %s in a leaf that is one placeholder", (_, leaf, x, value) => {
    expect(renderJsonLeaf(leaf, lookupIn({ x }))).toEqual({ ok: true, value });
  });

  it.each<[string, string, JsonValue, string]>([
    ["a number", "n={{x}}", 42, "n=42"],
    ["white space around it", " {{x}}", 42, " 42"],
    ["twice", "{{x}}{{x}}", 4, "44"],
    ["null", "[{{x}}]", null, "[null]"],
    ["an object", "{{x}}!", { a: 1 }, '{"a":1}!'],
    ["quotes, unescaped", 'say "{{x}}"', '"', 'say """'],
  ])("writes the text within longer text: %s", (_, leaf, x, value) => {
    expect(renderJsonLeaf(leaf, lookupIn({ x }))).toEqual({ ok: true, value });
  });

  it("fills in leaves, never keys, and leaves other values alone", () => {
    const body = {
      "{{x}}": "{{x}}",
      list: ["{{x}}", 1, null, true, { deep: "a{{x}}" }],
      plain: "{x}",
    };
    expect(renderJson(body, lookupIn({ x: 7 }))).toEqual({
      ok: true,
      value: { "{{x}}": 7, list: [7, 1, null, true, { deep: "a7" }], plain: "{x}" },
    });
  });

  it("does not read a value as a template", () => {
    expect(renderJson({ a: "{{x}}" }, lookupIn({ x: "{{y}}" }))).toEqual({
      ok: true,
      value: { a: "{{y}}" },
    });
  });

  it("keeps a key named __proto__ as a key", () => {
    const body = JSON.parse('{"__proto__": {"a": "{{x}}"}}') as JsonValue;
    const result = renderJson(body, lookupIn({ x: 1 }));
    expect(JSON.stringify(result)).toBe('{"ok":true,"value":{"__proto__":{"a":1}}}');
  });

  it("takes long literals that are no templates", () => {
    const long = "a".repeat(LIMITS.templateBytes + 1);
    expect(renderJson({ long }, lookupIn({}))).toEqual({ ok: true, value: { long } });
  });

  it.each<[string, JsonValue, object]>([
    [
      "a missing value",
      ["{{a.b}}"],
      { missing: "a.b", message: "The placeholder {{a.b}} has no value." },
    ],
    [
      "a section",
      { a: "{{#x}}{{/x}}" },
      { message: "Only {{name}} placeholders are allowed here, no sections (at character 1)." },
    ],
    [
      "an open tag",
      { a: "b {{x" },
      { message: "The tag is not closed; }} is missing. (at character 3)" },
    ],
  ])("fails for %s", (_, body, failure) => {
    expect(renderJson(body, lookupIn({ x: 1 }))).toEqual({ ok: false, error: failure });
  });

  it("is bounded in depth", () => {
    const nested = (depth: number): JsonValue => (depth === 0 ? "{{x}}" : [nested(depth - 1)]);
    expect(renderJson(nested(LIMITS.bodyDepth), lookupIn({ x: 1 })).ok).toBe(true);
    expect(renderJson(nested(LIMITS.bodyDepth + 1), lookupIn({ x: 1 }))).toEqual({
      ok: false,
      error: { message: "The body is nested deeper than 64 levels." },
    });
  });

  it("is bounded in what is filled in, over all leaves", () => {
    const x = "a".repeat(LIMITS.renderedBytes / 2);
    expect(renderJson(["{{x}}", "{{x}}"], lookupIn({ x })).ok).toBe(true);
    expect(renderJson(["{{x}}", "{{x}}", "{{x}}"], lookupIn({ x }))).toEqual({
      ok: false,
      error: { message: "The rendered text has more than 262144 bytes." },
    });
    expect(renderJson("{{x}}{{x}}{{x}}", lookupIn({ x })).ok).toBe(false);
  });

  it("survives JSON, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (x) => {
        const result = renderJson({ a: "<{{x}}>" }, lookupIn({ x }));
        expect(JSON.parse(JSON.stringify(result))).toEqual({ ok: true, value: { a: `<${x}>` } });
      }),
    );
  });
});

describe("the paths of placeholders", () => {
  it("are listed in order", () => {
    expect(placeholderPaths("{{a}} {{b.c}} {{a}}")).toEqual({ ok: true, value: ["a", "b.c", "a"] });
    expect(placeholderPaths("none")).toEqual({ ok: true, value: [] });
    expect(placeholderPaths("{{").ok).toBe(false);
  });
});
