import { describe, expect, test } from "vitest";
import { namesTag } from "#http/conditional.ts";
import { pathOf } from "#http/resume-page/path.ts";

const TAG = '"3-5f2b8c1d9e0a4b67"';

describe("If-None-Match", () => {
  test.each([
    [TAG, true],
    [`W/${TAG}`, true],
    ["*", true],
    [" * ", true],
    [`"1-0000000000000000", ${TAG}`, true],
    [`"a,b" ,W/${TAG} , "c"`, true],
    ['"3-5f2b8c1d9e0a4b68"', false],
    ['"a", "b"', false],
    [TAG.slice(1, -1), false],
    ["", false],
    ['"*"', false],
    ["w/*", false],
  ])("%s names the tag: %s", (header, names) => {
    expect(namesTag(header, TAG)).toBe(names);
  });

  test("compares weakly on both sides", () => {
    expect(namesTag(TAG, `W/${TAG}`)).toBe(true);
    expect(namesTag(`W/${TAG}`, `W/${TAG}`)).toBe(true);
  });
});

describe("a resume link", () => {
  const TOKEN = `wo_resume_${"aB3-_".repeat(17).slice(0, 83)}-`;
  const path = (tail: string, prefix = "/resume/") =>
    pathOf(new Request(`https://flow.example.com${prefix}${TOKEN}${tail}`));

  test.each([
    "",
    ".",
    ",",
    ")",
    ">",
    "/",
    ";",
    "]",
    "'",
    '"',
    ":",
    "!",
    "*",
    "_",
    "}",
    "|",
    "...",
    ").",
    ">,",
    "/.)",
    '">',
    "%3E",
    "%3e",
    "%20",
    "%22",
    "%29.",
    "%0A",
    "%3E%20",
    "%E2%80%9D",
    "%E2%80%A6",
    "%C2%BB",
    "&gt;",
    "&gt",
    "%26quot%3B",
    "?",
    "?utm_source=mail",
    ".".repeat(64),
  ])("that ends in %j is the one it begins with", (tail) => {
    expect(path(tail)).toBe(`/resume/${TOKEN}`);
  });

  test.each(["a", "9", ".a", "%61", "/edit", "-x", "%C3%A9", "&gtx", "%E2", "%ZZ", ".".repeat(65)])(
    "that goes on with %j is another text",
    (tail) => expect(path(tail)).not.toBe(`/resume/${TOKEN}`),
  );

  test("is the only address that is read so", () => {
    expect(path(".", "/resumes/")).toMatch(/\.$/);
    expect(pathOf(new Request("https://x/v1/workflows/a."))).toBe("/v1/workflows/a.");
    expect(pathOf(new Request("https://x/resume/short."))).toBe("/resume/short.");
  });
});
