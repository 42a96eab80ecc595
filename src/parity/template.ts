/**
 * Templates: mustache reads them, within what the contract allows, and this file fills them in.
 * A single pass over own properties; null when a template cannot be used or becomes too large.
 */
import Mustache from "mustache";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { descend } from "./memory.ts";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "value"; path: string }
  | { kind: "section"; path: string; isInverted: boolean; parts: Part[] };

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;

/** The parts of a template; null when it is not one. */
export function readTemplate(source: string): Part[] | null {
  const isLong = new TextEncoder().encode(source).byteLength > LIMITS.templateBytes;
  if (isLong || source.split("{{").length - 1 > LIMITS.templateTags) return null;
  try {
    return partsOf(new Mustache.Writer().parse(source, ["{{", "}}"]), 0);
  } catch (error) {
    // Mustache says by a throw that something is not closed.
    if (error instanceof Error) return null;
    throw error;
  }
}

type Tokens = ReturnType<typeof Mustache.parse>;

function partsOf(tokens: Tokens, depth: number): Part[] | null {
  if (depth > LIMITS.templateSectionDepth) return null;
  const parts: Part[] = [];
  for (const [type, value, , , children] of tokens) {
    if (type === "!") continue;
    if (type === "text") {
      parts.push({ kind: "text", text: value });
      continue;
    }
    // Triple braces, partials and other delimiters have types of their own.
    if (!["name", "#", "^"].includes(type) || !isName(value, depth)) return null;
    if (type === "name") {
      parts.push({ kind: "value", path: value });
      continue;
    }
    const inner = partsOf(Array.isArray(children) ? children : [], depth + 1);
    if (inner === null) return null;
    parts.push({ kind: "section", path: value, isInverted: type === "^", parts: inner });
  }
  return parts;
}

function isName(name: string, depth: number): boolean {
  return name === "." ? depth > 0 : NAME.test(name);
}

/** A prompt: the template sees the variables and nothing else. */
export function renderPrompt(source: string, variables: JsonObject): string | null {
  const parts = readTemplate(source);
  if (parts === null) return null;
  const text = parts.map((part) => render(part, [variables])).join("");
  return new TextEncoder().encode(text).byteLength > LIMITS.renderedBytes ? null : text;
}

/** `scopes`: the innermost first. */
function render(part: Part, scopes: readonly JsonValue[]): string {
  if (part.kind === "text") return part.text;
  const value = find(part.path, scopes);
  if (part.kind === "value") return textOf(value);
  const inner = (within: readonly JsonValue[]) =>
    part.parts.map((one) => render(one, within)).join("");
  const isThere = !(value === undefined || value === null || value === false || value === "");
  const items = isThere ? (Array.isArray(value) ? value : [value]) : [];
  if (part.isInverted) return items.length === 0 ? inner(scopes) : "";
  return items.map((item) => inner([item, ...scopes])).join("");
}

/** The innermost scope that has the first segment decides; the outermost is no item of a section. */
function find(path: string, scopes: readonly JsonValue[]): JsonValue | undefined {
  if (path === ".") return scopes.length > 1 ? scopes[0] : undefined;
  const [first = "", ...rest] = path.split(".");
  const scope = scopes.find((one) => isJsonObject(one) && Object.hasOwn(one, first));
  return isJsonObject(scope) ? descend(scope[first], rest) : undefined;
}

/** Texts as they are, nothing for null, everything else as JSON. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
