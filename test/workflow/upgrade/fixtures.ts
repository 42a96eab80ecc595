/**
 * The files of format 0.1 in test/fixtures/upgrade, each in a folder of its own: `in.yaml`; what it
 * becomes, `out.yaml`; and what has no counterpart or cannot be upgraded, `report.txt`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Diagnostic } from "#model/diagnostic.ts";
import { upgradeWorkflow } from "#workflow/upgrade/upgrade.ts";

const FOLDER = new URL("../../fixtures/upgrade/", import.meta.url);

export interface UpgradeFixture {
  name: string;
  before: string;
  /** Null when it cannot be upgraded, or is of format 0.2 already. */
  after: string | null;
  report: string[];
}

export const UPGRADE_FIXTURES: readonly UpgradeFixture[] = readdirSync(FOLDER)
  .filter((name) => !name.startsWith("."))
  .toSorted()
  .map((name) => ({
    name,
    before: textOf(`${name}/in.yaml`) ?? "",
    after: textOf(`${name}/out.yaml`),
    report: (textOf(`${name}/report.txt`) ?? "").split("\n").filter((line) => line !== ""),
  }));

/** Byte for byte, the byte order mark included. */
function textOf(path: string): string | null {
  const url = new URL(path, FOLDER);
  if (!existsSync(url)) return null;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(url));
}

/** The text in format 0.2, of a file that can be upgraded. */
export function mustUpgrade(text: string): string {
  const result = upgradeWorkflow(text);
  if (result.outcome === "upgraded") return result.text;
  throw new Error(`not upgraded: ${JSON.stringify(result)}`);
}

/** `error unknown_key /steps/ask/colour 5:5 -> color`: severity, code, pointer, place, suggestion. */
export function lineOf(diagnostic: Diagnostic): string {
  const { severity, code, pointer, line, column, suggestion } = diagnostic;
  return [
    severity,
    code,
    pointer === "" ? "(document)" : pointer,
    ...(line === undefined ? [] : [`${line}:${column}`]),
    ...(suggestion === undefined ? [] : [`-> ${suggestion}`]),
  ].join(" ");
}
