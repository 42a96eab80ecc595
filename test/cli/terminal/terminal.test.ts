import { describe, expect, test } from "vitest";
import { displayWidth, printable } from "#cli/terminal/printable.ts";
import { hasColours } from "#cli/terminal/terminal.ts";

describe("text of others cannot act on the terminal", () => {
  test.each([
    ["plain text stays", "Ärger, 日本 🎉", "Ärger, 日本 🎉"],
    ["an escape sequence is shown", "\u001b[2Jgone", "␛[2Jgone"],
    ["a bell, a tab and a line end are shown", "a\u0007b\tc\nd", "a␇b␉c␊d"],
    ["delete is shown", "a\u007fb", "a␡b"],
    ["C1 controls are replaced", "a\u009bb", "a\ufffdb"],
    ["marks that turn the reading direction are replaced", "a\u202eb\u2066c", "a\ufffdb\ufffdc"],
    ["line separators are replaced", "a\u2028b", "a\ufffdb"],
  ])("%s", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(text)).toHaveLength(text.length);
  });
});

describe("columns that a text takes", () => {
  test.each([
    ["", 0],
    ["name", 4],
    ["日本", 4],
    ["ｆｕｌｌ", 8],
    ["한국", 4],
    ["e\u0301", 1],
    ["🎉", 2],
    ["👩‍👩‍👧", 2],
    ["❤\ufe0f", 2],
    ["𝄞", 1],
    ["\u200d", 0],
  ])("%j takes %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("there are colours", () => {
  test.each([
    ["on a terminal", { isTTY: true }, { TERM: "xterm" }, true],
    ["on a terminal whose NO_COLOR is empty", { isTTY: true }, { NO_COLOR: "" }, true],
    ["not with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["not on a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
    ["not in a pipe", {}, { TERM: "xterm" }, false],
  ])("%s", (_when, stream, environment, expected) => {
    expect(hasColours(stream, environment)).toBe(expected);
  });
});
