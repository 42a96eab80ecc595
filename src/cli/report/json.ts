/** Findings for programs: the shape of the API, file by file. */
import type { CheckedFile } from "../source/check-file.ts";

export function jsonReport(files: readonly CheckedFile[]): string {
  const report = files.map(({ source, definition, diagnostics }) => ({
    file: source.name,
    valid: definition !== null,
    diagnostics,
  }));
  return JSON.stringify({ files: report }, null, 2);
}
