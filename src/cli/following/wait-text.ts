/** What a run waits for, and the command that answers it, ready to paste into a shell. */
import { refusedWords } from "#model/decision-words.ts";
import { pointer } from "#model/pointer.ts";
import type { Wait } from "#model/wait.ts";
import type { FieldType } from "#model/workflow.ts";
import { printable } from "../terminal/printable.ts";
import { inputText } from "./inputs.ts";

type FormWait = Extract<Wait, { type: "form" }>;
type ApprovalWait = Extract<Wait, { type: "approval" }>;
type Field = FormWait["fields"][number];

export interface AnswerCommand {
  /** The name of the program: `workflow`, or `npx workflow`. */
  program: string;
  runId: string;
  /** Options that select the service. */
  options: readonly string[];
}

export function waitText(wait: Wait, command: AnswerCommand): string {
  const { program, runId, options } = command;
  const start = ["resume", runId, "--wait", String(wait.number)];
  const line = (...rest: string[]) =>
    `  ${program} ${[...start, ...rest, ...options].map(quoted).join(" ")}`;
  if (wait.type === "form") {
    return [...formLines(wait), "", "Answer it with:", line(...inputOptions(wait))].join("\n");
  }
  const refused = refusedWords(wait);
  const what =
    refused === null
      ? ["Decide with one of:", line("--approve"), line("--reject", "--comment", "TEXT")]
      : [refused];
  return [...approvalLines(wait), "", ...what].join("\n");
}

function formLines(wait: FormWait): string[] {
  const { step_id, fields, errors = [], answered_before: answered = [] } = wait;
  const width = Math.max(...fields.map(({ key }) => key.length));
  const asked = fields.map(({ key, type, required, label, options = [] }) => {
    const choice = options.length === 0 ? "" : `: ${options.map(({ value }) => value).join(", ")}`;
    const kept = answered.includes(key) ? ", already answered: kept when omitted" : "";
    const kind = `${type}${required ? ", required" : ""}${choice}${kept}`;
    const named = label === undefined ? "" : `  ${label}`;
    return printable(`  ${key.padEnd(width)}  ${kind}${named}`);
  });
  const wrong = errors.map(({ message }) => printable(`  ${message}`));
  return [`The form "${step_id}" is waiting for:`, ...asked, ...wrong];
}

function approvalLines({ step_id, approvers, quorum, decisions }: ApprovalWait): string[] {
  const title = `The approval "${step_id}" is waiting for a decision`;
  const needed = quorum === 1 ? "" : `, ${quorum} required`;
  const made = decisions.map(
    ({ by, approved }) => `  ${approved ? "approved" : "rejected"} by ${by}`,
  );
  return [
    printable(`${title} of ${approvers.join(" or ")}${needed}.`),
    ...made.map((text) => printable(text)),
  ];
}

/**
 * The required fields (all fields, if none is required), with their known valid values. A field
 * with a hidden answer keeps it when omitted, so it is listed only if there is no other: a command
 * needs at least one input.
 */
function inputOptions(wait: FormWait): string[] {
  const { fields, prefill = {}, errors = [], answered_before: answered = [] } = wait;
  const wrong = new Set(errors.map((error) => error.pointer));
  const isWrong = ({ key }: Field) => wrong.has(pointer("inputs", key));
  const open = fields.filter((field) => !answered.includes(field.key) || isWrong(field));
  const required = open.filter((field) => field.required);
  const asked = [required, open, fields].find((some) => some.length > 0) ?? [];
  return asked.flatMap((field) => {
    const isUsable = field.sensitive !== true && !isWrong(field);
    const known = (isUsable ? prefill[field.key] : null) ?? null;
    return ["--input", `${field.key}=${known === null ? sample(field) : inputText(known)}`];
  });
}

const SAMPLES: Readonly<Record<FieldType, string>> = {
  string: "TEXT",
  text: "TEXT",
  number: "1.5",
  integer: "1",
  boolean: "true",
  date: "2026-01-31",
  email: "name@example.com",
  url: "https://example.com",
  select: "TEXT",
  multiselect: "[]",
};

function sample({ type, options = [] }: Field): string {
  const [first] = options;
  if (first === undefined) return SAMPLES[type];
  return type === "multiselect" ? JSON.stringify([first.value]) : inputText(first.value);
}

/** One argument as a POSIX shell reads it. */
export function quoted(argument: string): string {
  const text = printable(argument);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
