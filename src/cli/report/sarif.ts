/**
 * Findings as SARIF 2.1.0 (OASIS), for code scanning and editors. Paths of files are relative to
 * the current folder; columns count UTF-16 units.
 */
import { isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { CheckedFile } from "../source/check-file.ts";
import type { SourceFile } from "../source/source-file.ts";
import { docsOf } from "./diagnostic-docs.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { lineOf, tokenLength } from "#model/source-line.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

export interface SarifOptions {
  /** Version of this program. */
  version: string;
  /** The folder that paths are relative to. */
  folder: string;
}

export function sarifReport(
  files: readonly CheckedFile[],
  { version, folder }: SarifOptions,
): string {
  const codes = [
    ...new Set(files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))),
  ].toSorted();
  const results = files.flatMap(({ source, diagnostics }) =>
    diagnostics.map((diagnostic) => toResult(source, diagnostic, codes, folder)),
  );
  const driver = { name: "workflow", semanticVersion: version, rules: codes.map(toRule) };
  const run = {
    tool: { driver },
    columnKind: "utf16CodeUnits",
    invocations: [{ executionSuccessful: true }],
    results,
  };
  return JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, null, 2);
}

function toRule(code: string) {
  const docs = docsOf(code);
  if (docs === null) return { id: code };
  const { uri, summary, markdown } = docs;
  return {
    id: code,
    shortDescription: { text: summary },
    fullDescription: { text: summary },
    help: { text: markdown, markdown },
    helpUri: uri,
  };
}

function toResult(
  source: SourceFile,
  diagnostic: Diagnostic,
  codes: readonly string[],
  folder: string,
) {
  const { severity = "error", code, message, pointer, suggestion } = diagnostic;
  const region = regionOf(source, diagnostic);
  const location = {
    physicalLocation: {
      artifactLocation: { uri: uriOf(source, folder) },
      ...(region === null ? {} : { region }),
    },
    ...(pointer === "" ? {} : { logicalLocations: [{ fullyQualifiedName: pointer }] }),
  };
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity === "hint" ? "note" : severity,
    message: { text: message },
    locations: [location],
    ...(suggestion === undefined ? {} : { properties: { suggestion } }),
  };
}

/** `endColumn` is exclusive. */
function regionOf({ text }: SourceFile, { line, column = 1 }: Diagnostic) {
  if (line === undefined) return null;
  const length = tokenLength(lineOf(text, line), column);
  return { startLine: line, startColumn: column, endLine: line, endColumn: column + length };
}

/** Relative where the file is in the folder, else absolute. */
function uriOf({ name, isStdin }: SourceFile, folder: string): string {
  if (isStdin) return name;
  const absolute = pathToFileURL(name);
  const path = relative(folder, isAbsolute(name) ? name : `${folder}${sep}${name}`);
  if (path.startsWith("..") || isAbsolute(path)) return absolute.href;
  return path.split(sep).map(encodeURIComponent).join("/");
}
