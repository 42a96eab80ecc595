/** Findings as text for people: place, message, the line with a mark, the suggestion. */
import type { Diagnostic } from "#model/diagnostic.ts";
import { SEVERITIES, type Severity } from "#model/severity.ts";
import { lineOf } from "#model/source-line.ts";
import { wordsOf } from "#model/suggestion.ts";
import type { CheckedFile } from "../source/check-file.ts";
import { printable } from "../terminal/printable.ts";
import type { Paint } from "../terminal/terminal.ts";
import { excerptOf } from "./excerpt.ts";

const COLOURS = { error: "red", warning: "yellow", hint: "cyan" } as const;
type Colour = (typeof COLOURS)[Severity];

/** The findings of all files and a summary line. */
export function textReport(files: readonly CheckedFile[], paint: Paint): string {
  const blocks = files.flatMap(({ source, diagnostics }) =>
    diagnostics.map((diagnostic) => findingText(source, diagnostic, paint)),
  );
  return [...blocks, summaryText(files)].join("\n\n");
}

/** One finding of a file, over some lines. */
export function findingText(
  { name, text }: { name: string; text: string },
  diagnostic: Diagnostic,
  paint: Paint,
): string {
  const { severity = "error", code, line, column, pointer } = diagnostic;
  const colour = COLOURS[severity];
  const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`;
  const { message, help } = wordsOf(diagnostic);
  const where = line === undefined && pointer !== "" ? ` (${pointer})` : "";
  const title = `${paint("bold", printable(place))}: ${paint(colour, `${severity} ${code}`)}: `;
  return [
    title + printable(message + where),
    ...(line === undefined ? [] : excerptLines(text, line, column ?? 1, paint, colour)),
    ...(help === null ? [] : [`  ${paint("cyan", "help")}: ${printable(help)}`]),
  ].join("\n");
}

function excerptLines(
  text: string,
  line: number,
  column: number,
  paint: Paint,
  colour: Colour,
): string[] {
  const { source, marker } = excerptOf(lineOf(text, line), column);
  if (source === "") return [];
  const number = String(line).padStart(5);
  const bar = paint("dim", "|");
  return [
    `${paint("dim", number)} ${bar} ${source}`,
    `${" ".repeat(number.length)} ${bar} ${paint(colour, marker)}`,
  ];
}

function summaryText(files: readonly CheckedFile[]): string {
  const all = files.flatMap(({ diagnostics }) => diagnostics);
  const found = SEVERITIES.flatMap((severity) =>
    counted(all.filter((one) => (one.severity ?? "error") === severity).length, severity),
  ).join(", ");
  const checked = `${files.length} ${files.length === 1 ? "file" : "files"} checked`;
  return `${checked}: ${found === "" ? "no findings" : found}.`;
}

function counted(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`];
}
