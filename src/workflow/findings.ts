/**
 * Findings on their way to becoming diagnostics. Checks report a path and words; this module owns
 * positions, order, the limit, and "did you mean" (worked out only for what is shown).
 *
 * Order: errors, warnings, hints, each by position in the document.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import { SEVERITIES } from "#model/severity.ts";
import { pointer } from "#model/pointer.ts";
import { LIMITS } from "#model/limits.ts";
import { type DiagnosticCode, severityOf } from "./codes.ts";
import { lineAndColumn, offsetOf, type Origin, type Path, type Spot } from "./source/places.ts";
import { type NameIndex, nearestName } from "#model/nearest-name.ts";
import { Work } from "#model/work.ts";

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
  meant?: { name: string; among: Iterable<string> | NameIndex };
}

export type Report = (finding: Finding) => void;

interface Placed {
  finding: Finding;
  offset: number;
}

/** The findings as diagnostics, at most `LIMITS.diagnostics`; the last counts those left out. */
export function toDiagnostics(
  findings: readonly Finding[],
  origin: Origin,
  work = Work.ofRequest(),
): Diagnostic[] {
  const placed = findings.map((finding) => ({
    finding,
    offset: finding.offset ?? offsetOf(origin, finding.path, finding.spot ?? "value"),
  }));
  const ordered = withoutEchoes(placed, origin).toSorted(inOrder);
  const shown = ordered.slice(0, roomFor(ordered));
  const diagnostics = shown.map(({ finding, offset }) =>
    toDiagnostic(finding, offset, { origin, work }),
  );
  if (shown.length < ordered.length) diagnostics.push(restOf(ordered.length - shown.length));
  return diagnostics;
}

function inOrder(a: Placed, b: Placed): number {
  const [first, second] = [a, b].map(({ finding }) => rank(finding.code));
  return (first ?? 0) - (second ?? 0) || a.offset - b.offset;
}

function rank(code: DiagnosticCode): number {
  return SEVERITIES.indexOf(severityOf(code));
}

/** How many are shown: few enough, and not more than a request's worth of pointers. */
function roomFor(ordered: readonly Placed[]): number {
  let characters = 0;
  for (const [index, { finding }] of ordered.entries()) {
    characters += finding.path.reduce<number>((sum, segment) => sum + String(segment).length, 0);
    const full = index === LIMITS.diagnostics - 1 && ordered.length > LIMITS.diagnostics;
    if (full || characters > LIMITS.bodyBytes) return index;
  }
  return ordered.length;
}

/** Codes of values that could not be read; what they were read as says nothing about them. */
const UNREAD: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>(["yaml_alias", "yaml_tag"]);

function withoutEchoes(placed: readonly Placed[], origin: Origin): Placed[] {
  const unread = new Set(
    placed.filter(({ finding }) => UNREAD.has(finding.code)).map(({ offset }) => offset),
  );
  // Values by their offset: pointers with long keys would outgrow the text by far.
  const valueOf = ({ path }: Finding): number => offsetOf(origin, path, "value");
  const wrong = new Set(
    placed.flatMap(({ finding }) => (severityOf(finding.code) === "error" ? valueOf(finding) : [])),
  );
  return placed.filter(({ finding, offset }) => {
    // What is an error says more than that its braces stay.
    if (finding.code === "placeholder_not_rendered") return !wrong.has(valueOf(finding));
    return UNREAD.has(finding.code) || !unread.has(offset);
  });
}

function toDiagnostic(
  finding: Finding,
  offset: number,
  { origin, work }: { origin: Origin; work: Work },
): Diagnostic {
  const { code, meant } = finding;
  const nearest = meant === undefined ? null : nearestName(meant.name, meant.among, work);
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
  const message = `${count} more findings are not listed; fix these first.`;
  return { severity: severityOf(code), code, message, pointer: "" };
}

/** Text from the document as it may stand in a message: in quotes, shortened. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return `"${shown}"`;
}
