/** Laws of the upgrade, over documents of every style. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { proveUpgrade } from "#cli/proving/prove.ts";
import { readWorkflow } from "#workflow/read.ts";
import { upgradeWorkflow } from "#workflow/upgrade/upgrade.ts";
import { mustUpgrade } from "../../workflow/upgrade/fixtures.ts";
import { oldDocuments } from "../../workflow/upgrade/documents.ts";

const read = (text: string) => readWorkflow({ format: "yaml", text }, { allowHttpHosts: [] });
const countOf = (text: string, part: string): number => text.split(part).length - 1;

test("a sound document becomes a sound document that means the same", async () => {
  await fc.assert(
    fc.asyncProperty(oldDocuments({ strangers: false }), async ({ text, stepIds }) => {
      const result = upgradeWorkflow(text);
      expect(result).toMatchObject({ outcome: "upgraded", unmapped: [] });
      const { definition, diagnostics } = read(mustUpgrade(text));
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      if (definition === null) return;
      expect(definition.steps.map(({ id }) => id)).toEqual(stepIds);
      expect(await proveUpgrade(text, definition, 6)).toMatchObject({ outcome: "equal" });
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("no comment is lost or doubled, and upgrading once more changes nothing", () => {
  fc.assert(
    fc.property(oldDocuments({ strangers: true }), ({ text, comments }) => {
      const after = mustUpgrade(text);
      for (const comment of comments) expect(countOf(after, comment)).toBe(1);
      expect(upgradeWorkflow(after)).toEqual({ outcome: "current" });
    }),
    { numRuns: 300 },
  );
}, 30_000);

test("each unknown key is reported, and its value kept in a sound document", () => {
  fc.assert(
    fc.property(oldDocuments({ strangers: true }), ({ text, strangers }) => {
      const result = upgradeWorkflow(text);
      if (result.outcome !== "upgraded") throw new Error(result.outcome);
      expect(result.unmapped.map(({ code }) => code)).toEqual(strangers.map(() => "unknown_key"));
      for (const value of strangers) expect(countOf(result.text, value)).toBe(1);
      expect(read(result.text).definition).not.toBeNull();
    }),
    { numRuns: 300 },
  );
}, 30_000);

test("line ends, and whether the last line has one, stay as they are", () => {
  fc.assert(
    fc.property(oldDocuments({ strangers: true }), ({ text }) => {
      const after = mustUpgrade(text);
      expect(after.endsWith("\n")).toBe(text.endsWith("\n"));
      // A text of one line has no line ends of its own; a comment before it brings the first.
      if (text.includes("\n")) {
        expect(/(?<!\r)\n/.test(after)).toBe(/(?<!\r)\n/.test(text));
      }
    }),
    { numRuns: 200 },
  );
});
