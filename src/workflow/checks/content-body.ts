/** The body of an api_call beyond its structure: where it may be, and how its values are encoded. */
import type { JsonObject } from "#model/json.ts";
import { SAFE_METHODS } from "#model/workflow.ts";
import { bodyEncodingOf } from "#template/body-text.ts";
import { parseTemplate } from "#template/template.ts";
import type { Report } from "../findings.ts";
import { memberOf, objectIn, stringIn } from "../member.ts";
import type { OutlineStep } from "./outline.ts";
import type { Path } from "../source/places.ts";

/** The settings that make a body. */
export function bodyKeys({ config }: OutlineStep): ("body" | "body_form")[] {
  return (["body", "body_form"] as const).filter((key) => memberOf(config, key) !== undefined);
}

export function checkBodies(step: OutlineStep, report: Report): void {
  const keys = bodyKeys(step);
  const method = memberOf(step.config, "method");
  if (typeof method === "string" && SAFE_METHODS.has(method)) {
    for (const key of keys) {
      const message = `A ${method} request cannot have a body; use another method, or the query of the URL.`;
      report({ code: "body_not_allowed", message, path: pathOf(step, key), spot: "key" });
    }
  }
  if (keys.length === 2) {
    const message = `A request has one body: "body" or "body_form", not both.`;
    report({ code: "body_conflict", message, path: pathOf(step, "body_form"), spot: "key" });
  }
  if (keys.includes("body_form")) checkOwnContentType(step, report);
  checkTextBody(step, report);
}

/** A form under another name would not be read as one. */
function checkOwnContentType(step: OutlineStep, report: Report): void {
  const name = contentTypeName(step);
  if (name === null) return;
  const message = `"body_form" sets the Content-Type itself; remove this header, or write the text in "body".`;
  const path = [...step.path, "config", "headers", name];
  report({ code: "body_conflict", message, path, spot: "key" });
}

/** A value in a text of no known type is sent as it is, with what the receiver reads into it. */
function checkTextBody(step: OutlineStep, report: Report): void {
  const body = stringIn(step.config, "body");
  if (body === null || !hasValuesInside(body)) return;
  const name = contentTypeName(step);
  const type = name === null ? null : stringIn(headersOf(step), name);
  const why =
    type === null
      ? "the step declares no Content-Type"
      : type.includes("{{")
        ? "the Content-Type is known only when the step runs"
        : bodyEncodingOf(type) === null
          ? "this Content-Type has no encoding for them"
          : null;
  if (why === null) return;
  const message = `Values in this text are sent as they are: ${why}. Declare one of JSON, XML, HTML or a form, or write a mapping, or "body_form".`;
  report({ code: "body_not_encoded", message, path: pathOf(step, "body") });
}

/** Text around a placeholder; a body that is one placeholder alone holds nothing to break out of. */
function hasValuesInside(text: string): boolean {
  if (!text.includes("{{")) return false;
  const parsed = parseTemplate(text);
  if (!parsed.ok) return false;
  const { nodes } = parsed.value;
  return nodes.length > 1 && nodes.some((node) => node.kind === "value");
}

/** The header's name as it is written, or null. */
function contentTypeName(step: OutlineStep): string | null {
  const names = Object.keys(headersOf(step));
  return names.find((name) => name.toLowerCase() === "content-type") ?? null;
}

function headersOf(step: OutlineStep): JsonObject {
  return objectIn(step.config, "headers");
}

function pathOf(step: OutlineStep, key: string): Path {
  return [...step.path, "config", key];
}
