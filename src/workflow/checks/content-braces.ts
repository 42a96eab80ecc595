/**
 * Placeholders where none is filled in: people would read the braces. Owns which texts are
 * templates; their content is checked by `content-api-call.ts`.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { Report } from "../findings.ts";
import type { Outline } from "./outline.ts";
import type { Path } from "../source/places.ts";

const PLACEHOLDER = /\{\{[^{}]{1,200}\}\}/;

/** The settings of an api_call whose texts are templates. */
const RENDERED: ReadonlySet<string | number> = new Set(["url", "headers", "body", "body_form"]);

/** Depth is bounded where the document was read. */
export function checkBraces({ workflow, steps }: Outline, report: Report): void {
  const calls = new Set(steps.filter(({ type }) => type === "api_call").map(({ index }) => index));
  walk(workflow, [], (path) => isRendered(path, calls), report);
}

function isRendered([top, index, config, key]: Path, calls: ReadonlySet<number>): boolean {
  if (top !== "steps" || typeof index !== "number" || config !== "config") return false;
  return calls.has(index) && key !== undefined && RENDERED.has(key);
}

function walk(
  value: JsonValue,
  path: Path,
  isTemplate: (path: Path) => boolean,
  report: Report,
): void {
  if (typeof value === "string") {
    if (!isTemplate(path)) checkText(value, path, "value", report);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, [...path, index], isTemplate, report);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      // Braces are repetition in a regular expression.
      if (path.at(-1) !== "patternProperties") checkText(key, [...path, key], "key", report);
      if (key !== "pattern" || typeof item !== "string") {
        walk(item, [...path, key], isTemplate, report);
      }
    }
  }
}

function checkText(text: string, path: Path, what: "value" | "key", report: Report): void {
  const found = PLACEHOLDER.exec(text);
  if (found === null) return;
  const [placeholder] = found;
  const message = `${placeholder} is not filled in here: only the url, the headers and the body of an api_call have placeholders.`;
  const spot = what === "key" ? what : found.index;
  report({ code: "placeholder_not_rendered", message, path, spot });
}
