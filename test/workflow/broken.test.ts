import { afterAll, describe, expect, test } from "vitest";
import { fixtureNames, fixtureText, linesWithHints, readFixture } from "./reading.ts";

const EXPECTED = JSON.parse(fixtureText("broken/expected.json")) as Record<string, string[]>;

describe("each broken workflow has exactly the findings that are written down for it", () => {
  test.each(Object.entries(EXPECTED))("%s", (name, expected) => {
    const result = readFixture(`broken/${name}`);

    expect(linesWithHints(result)).toEqual(expected);
    const hasError = expected.some((finding) => finding.startsWith("error"));
    expect(result.definition === null).toBe(hasError);
  });

  afterAll(() => {
    const findings = Object.values(EXPECTED).reduce((sum, list) => sum + list.length, 0);
    console.log(`${Object.keys(EXPECTED).length} broken workflows, ${findings} findings`);
  });
});

test("every file of the corpus is in its index, and there are at least 80", () => {
  expect(fixtureNames("broken/")).toEqual(Object.keys(EXPECTED).toSorted());
  expect(Object.keys(EXPECTED).length).toBeGreaterThanOrEqual(80);
});
