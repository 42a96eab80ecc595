/**
 * Values that mean the same in format 0.2 but are written otherwise. Each function returns the edits,
 * or null after it has reported that the value has no counterpart; its key is then carried over as
 * it is, if anything is.
 */
import { isMap, isScalar, isSeq, type ParsedNode, type Scalar } from "yaml";
import { HTTP_METHODS, FIELD_TYPES, SCHEMA_VERSION } from "#model/workflow.ts";
import { type Finding, quote } from "../findings.ts";
import type { Path } from "../source/places.ts";
import {
  type Replacement,
  rewriteExpression,
  rewritePath,
  rewritePlaceholders,
  type Rewriting,
} from "./ctx.ts";
import { type Draft, offsetInText, replaced, written } from "./draft.ts";
import { secondsOf } from "./duration.ts";
import type { Edit } from "./edits.ts";
import { FIELD_TYPE_NAMES } from "./names.ts";

export type ValueRule = (draft: Draft, value: ParsedNode | null, path: Path) => Edit[] | null;

/** `version: 0.1`, a number or text, → the version of this format, always in quotes. */
export const versionValue: ValueRule = (_draft, value) => {
  if (!isScalar(value)) return [];
  const [start, end] = value.range;
  const quoteMark = value.type === "QUOTE_SINGLE" ? "'" : '"';
  return [{ start, end, text: quoteMark + SCHEMA_VERSION + quoteMark }];
};

/** `timeout: 30s` → the number of seconds. */
export const durationValue: ValueRule = (draft, value, path) => {
  const seconds = textOf(value) === null ? null : secondsOf(String(textOf(value)));
  if (isScalar(value) && seconds !== null) {
    return [{ start: value.range[0], end: value.range[1], text: String(seconds) }];
  }
  const number = isScalar(value) && typeof value.value === "number" ? String(value.value) : null;
  return lost(draft, path, {
    code: "invalid_value",
    message: `${said(draft, value)} is not a duration such as 30s, 500ms, 2m or 1m30s.`,
    ...(number === null ? {} : { suggestion: `${number}s` }),
  });
};

/** `type: str` → `string`. Types that format 0.1 has no word of its own for stay as they are. */
export const fieldTypeValue: ValueRule = (draft, value, path) => {
  const type = textOf(value);
  const renamed = type === null ? undefined : FIELD_TYPE_NAMES.get(type);
  if (isScalar(value) && renamed !== undefined) return [replaced(value, renamed)];
  if (FIELD_TYPES.some((known) => known === type)) return [];
  const among = [...FIELD_TYPE_NAMES.keys(), ...FIELD_TYPES];
  return lost(draft, path, {
    code: "invalid_value",
    message: `${said(draft, value)} is not a type of a field.`,
    ...(type === null ? {} : { meant: { name: type, among } }),
  });
};

/** `optional: true` → `required: false`. */
export const optionalValue: ValueRule = (draft, value, path) => {
  if (isScalar(value) && typeof value.value === "boolean") {
    return [{ start: value.range[0], end: value.range[1], text: String(!value.value) }];
  }
  const guess = { yes: "true", on: "true", no: "false", off: "false" }[textOf(value) ?? ""];
  return lost(draft, path, {
    code: "wrong_type",
    message: `"optional" is true or false, not ${said(draft, value)}.`,
    ...(guess === undefined ? {} : { suggestion: guess }),
  });
};

/** `verb: post` → `POST`; what is no method is left to the checks of the result. */
export const methodValue: ValueRule = (_draft, value) => {
  const method = HTTP_METHODS.find((known) => known === textOf(value)?.toUpperCase());
  return isScalar(value) && method !== undefined && value.value !== method
    ? [replaced(value, method)]
    : [];
};

/** `approver: a@example.com` → a list of one. */
export const approverValue: ValueRule = (draft, value, path) => {
  const approver = textOf(value);
  if (approver === null || value === null) {
    return lost(draft, path, {
      code: "wrong_type",
      message: `"approver" is one e-mail address, not ${said(draft, value)}.`,
    });
  }
  const [start, end] = value.range;
  const text = written(draft, value);
  const isSafe = /^["']/.test(text) || /^[^\s,[\]{}]+$/.test(text);
  const isOneLine = !text.includes("\n");
  return [
    {
      start,
      end,
      text:
        isSafe && isOneLine
          ? `[${text}]`
          : `[${JSON.stringify(approver.trim())}]` + lineEndOf(text),
    },
  ];
};

/** A block text ends with its line; what takes its place must too. */
function lineEndOf(text: string): string {
  return /\r?\n$/.exec(text)?.[0] ?? "";
}

/** `condition`: the chains of `ctx` in it. A bare true or number becomes text, as `when` must be. */
export const expressionValue: ValueRule = (draft, value, path) => {
  if (isScalar(value) && (typeof value.value === "boolean" || typeof value.value === "number")) {
    const text = written(draft, value);
    const rewriting = rewriteExpression(text);
    if (rewriting.ok) return [{ start: value.range[0], end: value.range[1], text: `"${text}"` }];
    return lost(draft, path, { code: "expression_syntax", message: rewriting.message });
  }
  if (textOf(value) === null) {
    const message = `"condition" is an expression, not ${said(draft, value)}.`;
    return lost(draft, path, { code: "wrong_type", message });
  }
  return rewrittenText(draft, value, path, {
    code: "expression_syntax",
    rewrite: rewriteExpression,
  });
};

/** A name or path of a value, also as `ctx["runtime"]["inputs"]["x"]`. */
const pathText: ValueRule = (draft, value, path) =>
  rewrittenText(draft, value, path, { code: "path_syntax", rewrite: rewritePath });

const placeholderText: ValueRule = (draft, value, path) =>
  rewrittenText(draft, value, path, { code: "template_syntax", rewrite: rewritePlaceholders });

/** Paths wherever there is text: `inputs` of ai, `output` of the workflow. */
export const pathsValue: ValueRule = (draft, value, path) =>
  everyText(draft, value, path, pathText);

/** Placeholders wherever there is text: the address, headers and body of a call. */
export const placeholdersValue: ValueRule = (draft, value, path) =>
  everyText(draft, value, path, placeholderText);

function everyText(
  draft: Draft,
  value: ParsedNode | null,
  path: Path,
  rule: ValueRule,
): Edit[] | null {
  if (isScalar(value)) return rule(draft, value, path);
  const parts: (Edit[] | null)[] = [];
  if (isSeq(value)) {
    for (const [index, item] of value.items.entries()) {
      parts.push(everyText(draft, item, [...path, index], rule));
    }
  } else if (isMap(value)) {
    for (const { key, value: item } of value.items) {
      if (isScalar(key)) parts.push(everyText(draft, item, [...path, String(key.value)], rule));
    }
  }
  return parts.some((edits) => edits === null) ? null : parts.flatMap((edits) => edits ?? []);
}

/** The edits of a text that is rewritten in places; its quotes and escapes stay. */
function rewrittenText(
  draft: Draft,
  value: ParsedNode | null,
  path: Path,
  { code, rewrite }: { code: Finding["code"]; rewrite: (text: string) => Rewriting },
): Edit[] | null {
  const text = textOf(value);
  if (text === null || !isScalar(value)) return [];
  const rewriting = rewrite(text);
  if (!rewriting.ok) {
    return lost(draft, path, { code, message: rewriting.message, spot: rewriting.offset });
  }
  const { replacements } = rewriting;
  const edits = replacements.map(({ start, end, text: by }): Edit => {
    const last = offsetInText(draft, path, end - 1);
    return { start: offsetInText(draft, path, start), end: last + 1, text: by };
  });
  const isFound = edits.every(({ start, end }, index) => {
    const { start: from = 0, end: to = 0 } = replacements[index] ?? {};
    return bare(draft.source.slice(start, end)) === bare(text.slice(from, to));
  });
  if (isFound) return edits;
  // Escapes within a chain: its place in the file is not to be trusted, so all is rewritten.
  const [start, end] = value.range;
  return [{ start, end, text: JSON.stringify(applied(text, replacements)) }];
}

/** Without white space and the quotes of quotes, which are the same text in each style. */
function bare(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll('\\"', '"').replaceAll("''", "'");
}

function applied(text: string, replacements: readonly Replacement[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: by } of replacements) {
    result += text.slice(at, start) + by;
    at = end;
  }
  return result + text.slice(at);
}

/** The text of a value, or null when it is something else. */
function textOf(value: ParsedNode | null): string | null {
  return isScalar(value) && typeof value.value === "string" ? value.value : null;
}

function said(draft: Draft, value: ParsedNode | null): string {
  if (isMap(value)) return "a mapping";
  if (isSeq(value)) return "a list";
  const text = value === null ? "" : written(draft, value);
  return text === "" ? "nothing" : quote(isText(value) ? value.value : text);
}

function isText(value: ParsedNode | null): value is Scalar.Parsed & { value: string } {
  return textOf(value) !== null;
}

function lost(draft: Draft, path: Path, finding: Omit<Finding, "path">): null {
  draft.report({ ...finding, path });
  return null;
}
