import { describe, expect, test } from "vitest";
import { readDocument, sectionsOf } from "../docs/document.ts";
import { callProgram } from "./program.ts";

const sections = new Map(
  sectionsOf(readDocument("docs/cli.md"), 2).map(({ heading, text }) => [heading, text]),
);

/** The options at the beginning of the lines of a help text. */
function optionsOf(help: string): string[] {
  return [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = ""]) => option);
}

describe("docs/cli.md", () => {
  test("has a section for each command, in the order of the help", async () => {
    const { out } = await callProgram(["--help"]);
    const commands = [...out.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(0);
    expect([...sections.keys()]).toEqual(commands);
  });

  test.each([...sections])("names each option of %s", async (command, text) => {
    const { out } = await callProgram([command, "--help"]);
    const common = new Set(["--url", "--api-key"]);
    const missing = optionsOf(out).filter((one) => !common.has(one) && !text.includes(one));
    expect(missing).toEqual([]);
  });
});
