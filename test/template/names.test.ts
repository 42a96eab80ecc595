import { describe, expect, test } from "vitest";
import { misnamedIn, templateNames } from "#template/names.ts";

const paths = (text: string) => misnamedIn(templateNames([text])).map(({ path }) => path);

describe("names that would be rendered empty", () => {
  test.each([
    ["{{topic}} {{topic.title}}", []],
    ["{{inputs.topic}}", ["inputs.topic"]],
    ["{{steps.ask.output.topic}}", ["steps.ask.output.topic"]],
    ["{{#static.list}}x{{/static.list}}", ["static.list"]],
    ["{{#items}}{{inputs.topic}}{{/items}}", ["inputs.topic"]],
    ["{{#items}}{{steps.first}}{{/items}}", []],
    ["{{#items}}{{.}}{{this}}{{/items}}", ["this"]],
    ["{{this.topic}}", ["this.topic"]],
    ["{{^items}}{{.}}{{/items}}", ["."]],
    ["{{^items}}{{inputs.topic}}{{/items}}", ["inputs.topic"]],
    ["{{profile}} {{inputs}}", []],
    ["{{secrets.KEY}}", ["secrets.KEY"]],
  ])("%s", (text, expected) => {
    expect(paths(text)).toEqual(expected);
  });
});

test("names are those outside sections, those inside, and those asked about", () => {
  const names = templateNames([
    "{{a}}{{#b}}{{c}}{{^d}}{{e}}{{/d}}{{/b}}{{^f.g}}{{h}}{{/f.g}}",
    "{{i}}",
  ]);
  expect([...names.outer]).toEqual(["a", "b", "f.g", "h", "i"]);
  expect([...names.inner]).toEqual(["c", "d", "e"]);
  expect([...names.optional]).toEqual(["d", "f"]);
});

test("a text that cannot be parsed has no names", () => {
  expect(templateNames(["{{#a}}", undefined]).outer.size).toBe(0);
});
