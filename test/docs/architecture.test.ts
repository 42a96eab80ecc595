/** docs/architecture.md against the code: the import rule, the folders, the files that it names. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PLACES } from "../../.oxlint/import-rule.ts";
import { firstColumn, readDocument, sectionsOf } from "./document.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = readDocument("docs/architecture.md");

function section(heading: string): string {
  return sectionsOf(page, 2).find((one) => one.heading === heading)?.text ?? "";
}

it("has the table of the import rule as the linter has it", () => {
  const rows = [...section("The import rule").matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
  const written = Object.fromEntries(
    rows.map(([, folder = "", cell = ""]) => [
      folder,
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    ]),
  );
  const held = Object.fromEntries(Object.entries(PLACES).map(([key, { may }]) => [key, may]));
  expect(written).toEqual(held);
});

it("has a line for each folder of src/", () => {
  const folders = readdirSync(`${ROOT}src`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}/`);
  expect(firstColumn(section("The folders"))).toEqual(expect.arrayContaining(folders));
});

it("names files that exist", () => {
  const named = [...page.matchAll(/`((?:src|test|perf|features)\/[\w./-]+)`/g)].map(
    ([, path = ""]) => path,
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});
