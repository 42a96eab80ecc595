import { expect, test } from "vitest";
import { expressionReferences } from "#expression/references.ts";
import { parsed } from "./context.ts";

test.each<[string, [string, number][]]>([
  ["1 + 2", []],
  ["topic", [["topic", 0]]],
  [
    "a and b or not c",
    [
      ["a", 0],
      ["b", 6],
      ["c", 15],
    ],
  ],
  ["steps.generate.output.draft", [["steps/generate/output/draft", 0]]],
  ['steps["my-step"].output[0].x', [["steps/my-step/output/0/x", 0]]],
  ["(steps.a).output", [["steps/a/output", 1]]],
  [
    "prices[plan].amount",
    [
      ["prices", 0],
      ["plan", 7],
    ],
  ],
  ["xs[-1].name", [["xs", 0]]],
  ["xs[1.5]", [["xs", 0]]],
  [
    "a.b[c.d[e]].f",
    [
      ["a/b", 0],
      ["c/d", 4],
      ["e", 8],
    ],
  ],
  [
    "len(topic) > limit > min(1, [low])",
    [
      ["topic", 4],
      ["limit", 13],
      ["low", 29],
    ],
  ],
  [
    "len + len(x)",
    [
      ["len", 0],
      ["x", 10],
    ],
  ],
  [
    "-a * a",
    [
      ["a", 1],
      ["a", 5],
    ],
  ],
  [
    "(a or b).c",
    [
      ["a", 1],
      ["b", 6],
    ],
  ],
])("%s reads %j", (source, expected) => {
  const references = expressionReferences(parsed(source));
  expect(references.map(({ path, offset }) => [path.join("/"), offset])).toEqual(expected);
});
