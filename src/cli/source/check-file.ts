/**
 * A file → all findings about the workflow in it. Owns the checks that the service makes before it
 * parses the workflow (JSON syntax, size), and the places of findings in JSON, which the service
 * does not report.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import { parseExactJson } from "#model/exact-json.ts";
import { LIMITS } from "#model/limits.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Facts, jsonSource, readWorkflow } from "#workflow/read.ts";
import { lineAndColumn, offsetOf } from "#workflow/source/places.ts";
import { fromPointer } from "#model/pointer.ts";
import { readYaml } from "#workflow/source/yaml.ts";
import { findJsonError } from "./json-syntax.ts";
import type { SourceFile } from "./source-file.ts";

/** Codes of findings that only files have; docs/cli.md explains them. */
export const FILE_CODES = ["json_syntax", "json_too_large"] as const;

export interface CheckedFile {
  source: SourceFile;
  /** Null when there is any error. */
  definition: WorkflowDefinition | null;
  diagnostics: Diagnostic[];
}

export function checkFile(source: SourceFile, facts: Facts): CheckedFile {
  if (source.format === "yaml") {
    return { source, ...readWorkflow({ format: "yaml", text: source.text }, facts) };
  }
  const { text } = source;
  const faults = faultsOfJson(text, facts);
  if (faults.length > 0) return { source, definition: null, diagnostics: faults };
  const { definition, diagnostics } = readWorkflow(jsonSource(text), facts);
  return { source, definition, diagnostics: withPlaces(diagnostics, text, facts) };
}

/** Errors for which the service refuses the body before it parses the workflow. */
function faultsOfJson(text: string, facts: Facts): Diagnostic[] {
  const error = findJsonError(text);
  if (error !== null) return [{ severity: "error", code: "json_syntax", pointer: "", ...error }];
  if (new TextEncoder().encode(text).byteLength > LIMITS.bodyBytes) {
    const message = `The workflow is larger than ${LIMITS.bodyBytes} bytes.`;
    return [{ severity: "error", code: "json_too_large", message, pointer: "" }];
  }
  const read = parseExactJson(text, { named: LIMITS.diagnostics });
  return read.ok ? withPlaces(faultsOfKeys(read.duplicates), text, facts) : [];
}

/** The code is that of YAML, because the places come from parsing the text as YAML. */
function faultsOfKeys(pointers: readonly string[]): Diagnostic[] {
  return pointers.map((pointer) => {
    const key = JSON.stringify(fromPointer(pointer).at(-1));
    const message = `The key ${key} appears twice; keep one of the two.`;
    return { severity: "error", code: "yaml_duplicate_key", message, pointer };
  });
}

/**
 * Findings of a JSON text with their places. JSON is YAML, so parsing the same text as YAML yields
 * the same findings, with places. A finding of the service alone has the place of its value. A text
 * that is too large for YAML has no places.
 */
export function withPlaces(
  diagnostics: readonly Diagnostic[],
  text: string,
  facts: Facts,
): Diagnostic[] {
  const placed = readWorkflow({ format: "yaml", text }, facts).diagnostics;
  // The errors of the text have been reported by then.
  const { origin } = readYaml(text, () => undefined);
  return diagnostics.map((diagnostic) => {
    if (diagnostic.line !== undefined) return diagnostic;
    const index = placed.findIndex(
      ({ code, pointer }) => code === diagnostic.code && pointer === diagnostic.pointer,
    );
    const [found] = index === -1 ? [] : placed.splice(index, 1);
    if (found?.line !== undefined && found.column !== undefined) {
      return { ...diagnostic, line: found.line, column: found.column };
    }
    if (origin.root.children === undefined) return diagnostic;
    const offset = offsetOf(origin, fromPointer(diagnostic.pointer), "value");
    return { ...diagnostic, ...lineAndColumn(origin, offset) };
  });
}
