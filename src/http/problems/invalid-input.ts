/** Turns zod's issues in one part of a request into a problem, bounded. */
import type { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";
import { pointer } from "#model/pointer.ts";
import { describeIssue } from "./issue-text.ts";
import { boundErrors, cutText, detailOf } from "./problem-errors.ts";
import { ProblemError } from "./problems.ts";

type Issue = z.core.$ZodIssue;

const SHOWN_LENGTH = 100;
const MOST_OF_A_UNION = 3;

/** What was checked. */
interface Checked {
  data: unknown;
  isParameter: boolean;
}

/** `code`: what the problem of this part of a request is. */
export function invalidInput(
  code: "invalid_parameter" | "validation_failed",
  data: unknown,
  { issues }: z.core.$ZodError,
): ProblemError {
  const isParameter = code === "invalid_parameter";
  const total = issues.reduce((sum, issue) => sum + countOf(issue), 0);
  // Only listed issues get a message: a body can have one issue for every few bytes.
  const first = issues
    .slice(0, LIMITS.diagnostics)
    .flatMap((issue) => toDiagnostics(issue, { data, isParameter }));
  const errors = boundErrors(first, total);
  return new ProblemError({ code, detail: detailOf(errors, total), errors });
}

function countOf(issue: Issue): number {
  return issue.code === "unrecognized_keys" ? issue.keys.length : 1;
}

function toDiagnostics(issue: Issue, checked: Checked): Diagnostic[] {
  const path = issue.path.map((segment) => String(segment));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, LIMITS.diagnostics).map((key) => ({
      code: "unknown_key",
      message: `Unknown key "${cutText(key, SHOWN_LENGTH)}".`,
      pointer: pointer(...path, key),
    }));
  }
  const message = messagesOf(issue, path, checked).join(" ");
  return [{ code: issue.code, message, pointer: pointer(...path) }];
}

/**
 * One sentence. For a union: the error of the alternative with the value's type, since the others
 * do not apply to the value.
 */
function messagesOf(issue: Issue, path: readonly string[], checked: Checked): string[] {
  const meant = issue.code === "invalid_union" ? issue.errors.find(isOfItsType) : undefined;
  if (meant !== undefined) {
    return meant
      .slice(0, MOST_OF_A_UNION)
      .flatMap((inner) => messagesOf(inner, [...path, ...inner.path.map(String)], checked));
  }
  const place = path.length === 0 ? "The body" : cutText(path.join("."), SHOWN_LENGTH);
  if (issue.code !== "unrecognized_keys") {
    const words = describeIssue(issue, valueAt(checked.data, path), checked.isParameter);
    return [`${place} ${words}.`];
  }
  return [`${place} has an unknown key "${cutText(issue.keys[0] ?? "", SHOWN_LENGTH)}".`];
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (outer, key) =>
      typeof outer === "object" && outer !== null && Object.hasOwn(outer, key)
        ? Reflect.get(outer, key)
        : undefined,
    data,
  );
}

function isOfItsType([first]: readonly Issue[]): boolean {
  return first !== undefined && (first.code !== "invalid_type" || first.path.length > 0);
}
