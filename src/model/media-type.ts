/**
 * Interprets a Content-Type, the same way for requests and responses, so that a type means the same
 * in both directions.
 */

/**
 * ndjson: one JSON text per line. text: other text. binary: everything else. null where there is no
 * type, or an invalid one.
 */
export type MediaKind = "json" | "ndjson" | "xml" | "html" | "form" | "text" | "binary";

/** Types under `application/` that are text, although their names do not show it. */
const TEXTS: ReadonlySet<string> = new Set([
  "application/ecmascript",
  "application/graphql",
  "application/javascript",
  "application/sql",
  "application/toml",
  "application/x-javascript",
  "application/x-yaml",
  "application/yaml",
]);

const JSON_LINES = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-seq)$/;
const TOKENS = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;

export function mediaKindOf(contentType: string): MediaKind | null {
  const type = essenceOf(contentType);
  if (!TOKENS.test(type)) return null;
  if (/\/(?:[^/]+\+)?json$/.test(type)) return "json";
  if (JSON_LINES.test(type)) return "ndjson";
  if (/\/(?:[^/]+\+)?xml$/.test(type)) return "xml";
  if (type === "text/html") return "html";
  if (type === "application/x-www-form-urlencoded") return "form";
  return type.startsWith("text/") || type.endsWith("+yaml") || TEXTS.has(type) ? "text" : "binary";
}

/** The charset of a content type, as written; null: none. */
export function charsetOf(contentType: string): string | null {
  for (const parameter of contentType.split(";").slice(1)) {
    const at = parameter.indexOf("=");
    if (at === -1 || parameter.slice(0, at).trim().toLowerCase() !== "charset") continue;
    const value = parameter.slice(at + 1).trim();
    const charset = /^"(.*)"$/.exec(value)?.[1] ?? value;
    return charset === "" ? null : charset;
  }
  return null;
}

function essenceOf(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}
