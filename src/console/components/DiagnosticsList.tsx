/**
 * Findings about a workflow, in order: the message, the place, and the suggestion. With the source,
 * each shows its line.
 */
import type { ComponentProps } from "react";
import type { Diagnostic } from "#model/diagnostic.ts";
import { SEVERITIES } from "#model/severity.ts";
import { lineOf, tokenLength } from "#model/source-line.ts";
import { wordsOf } from "#model/suggestion.ts";
import { classNames } from "./class-names.ts";
import { Mark } from "./Mark.tsx";

export interface DiagnosticsListProps extends Omit<ComponentProps<"div">, "children"> {
  diagnostics: readonly Diagnostic[];
  /** The text that lines and columns refer to. */
  source?: string | undefined;
}

export function DiagnosticsList({ diagnostics, source, className, ...rest }: DiagnosticsListProps) {
  return (
    <div {...rest} className={classNames("wo-diagnostics", className)}>
      <p className="wo-diagnostics-total" role="status">
        {totalWords(diagnostics)}
      </p>
      {diagnostics.length > 0 && (
        <ol>
          {diagnostics.map((finding) => (
            <li key={`${finding.pointer} ${finding.code} ${finding.message}`}>
              <DiagnosticItem finding={finding} source={source} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

const WORDS = { error: "Error", warning: "Warning", hint: "Hint" } as const;

function DiagnosticItem({ finding, source }: { finding: Diagnostic; source: string | undefined }) {
  const { severity = "error", code, line, column = 1 } = finding;
  const { message, help } = wordsOf(finding);
  return (
    <article className="wo-diagnostic" data-severity={severity}>
      <Mark name={severity} />
      <div>
        <p className="wo-diagnostic-message">
          <span className="wo-sr-only">{WORDS[severity]}: </span>
          {message}
        </p>
        <p className="wo-diagnostic-place">
          <code>{placeOf(finding)}</code> <code>{code}</code>
        </p>
        {line !== undefined && source !== undefined && (
          <Excerpt text={lineOf(source, line)} line={line} column={column} />
        )}
        {help !== null && <p className="wo-diagnostic-help">{sentence(help)}</p>}
      </div>
    </article>
  );
}

/** UTF-16 units that are shown before and after the place, where a line is longer. */
const AROUND = 60;

function Excerpt({ text, line, column }: { text: string; line: number; column: number }) {
  const at = Math.min(column - 1, text.length);
  const end = at + tokenLength(text, column);
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, end + AROUND);
  return (
    <pre className="wo-excerpt">
      <span className="wo-excerpt-line" aria-hidden="true">
        {line}
      </span>
      <code>
        {from > 0 && "…"}
        {from > 0 ? text.slice(from, at) : text.slice(0, at).trimStart()}
        <mark>{text.slice(at, end) || " "}</mark>
        {text.slice(end, to)}
        {to < text.length && "…"}
      </code>
    </pre>
  );
}

function placeOf({ line, column, pointer }: Diagnostic): string {
  if (line !== undefined) return column === undefined ? `${line}` : `${line}:${column}`;
  return pointer === "" ? "whole document" : pointer;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function totalWords(diagnostics: readonly Diagnostic[]): string {
  const words = SEVERITIES.flatMap((severity) =>
    counted(diagnostics.filter((one) => (one.severity ?? "error") === severity).length, severity),
  );
  return words.length === 0 ? "No problems found" : words.join(", ");
}

function counted(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`];
}
