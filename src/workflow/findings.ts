/**
 * Findings on their way to becoming diagnostics. Checks report a path and words; this module owns
 * positions, order, the limit, and "did you mean" (worked out only for what is shown).
 *
 * Order: errors before warnings, each by position in the document.
 */
import { type Diagnostic, pointer } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { type DiagnosticCode, severityOf } from "./codes.ts";
import { lineAndColumn, offsetOf, type Origin, type Path, type Spot } from "./places.ts";
import { nearestName } from "./suggest.ts";

export interface Finding {
  code: DiagnosticCode;
  message: string;
  path: Path;
  /** What exactly the finding is about; the value when absent. */
  spot?: Spot;
  /** The place in the text, for what has no place of its own in the value. */
  offset?: number;
  /** What to write instead. */
  suggestion?: string;
  /** A misspelt name and those it may have been meant to be. */
  meant?: { name: string; among: Iterable<string> };
}

export type Report = (finding: Finding) => void;

/** The findings as diagnostics, at most `LIMITS.diagnostics`; the last counts those left out. */
export function toDiagnostics(findings: readonly Finding[], origin: Origin): Diagnostic[] {
  const placed = findings.map((finding) => ({
    finding,
    severity: severityOf(finding.code),
    offset: finding.offset ?? offsetOf(origin, finding.path, finding.spot ?? "value"),
  }));
  placed.sort((a, b) =>
    a.severity === b.severity ? a.offset - b.offset : a.severity === "error" ? -1 : 1,
  );
  const all = placed.length <= LIMITS.diagnostics;
  const shown = all ? placed : placed.slice(0, LIMITS.diagnostics - 1);
  const diagnostics = shown.map(({ finding, offset }) => toDiagnostic(finding, offset, origin));
  if (!all) diagnostics.push(restOf(placed.length - shown.length));
  return diagnostics;
}

function toDiagnostic(finding: Finding, offset: number, origin: Origin): Diagnostic {
  const { code, meant } = finding;
  const nearest = meant === undefined ? null : nearestName(meant.name, meant.among);
  const suggestion = finding.suggestion ?? nearest ?? undefined;
  return {
    severity: severityOf(code),
    code,
    message: nearest === null ? finding.message : `${finding.message} Did you mean "${nearest}"?`,
    pointer: pointer(...finding.path),
    ...lineAndColumn(origin, offset),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function restOf(count: number): Diagnostic {
  const code = "more_diagnostics";
  const message = `${count} more findings are not listed; mend these first.`;
  return { severity: severityOf(code), code, message, pointer: "" };
}

/** Text from the document as it may stand in a message: in quotes, shortened. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return `"${shown}"`;
}
