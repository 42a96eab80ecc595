/**
 * Values that are no JSON Schema and would pass as one that takes anything, because unknown keys
 * are annotations: what the API of a vendor wraps around a schema, pasted whole; the properties
 * without the object; an example of the answer.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { isKeyword, isUseOf } from "./advice.ts";
import { ANNOTATIONS, typeMeantBy } from "./keywords.ts";
import type { SchemaProblem } from "./compile.ts";

/** Under these names the APIs of vendors, and their libraries, carry a schema. */
const CARRIERS = [
  "schema",
  "json_schema",
  "jsonSchema",
  "input_schema",
  "inputSchema",
  "output_schema",
  "outputSchema",
  "response_schema",
  "responseSchema",
  "response_json_schema",
  "responseJsonSchema",
  "parameters",
  "response_format",
  "responseFormat",
  "output_format",
  "output_config",
  "outputConfig",
  "generation_config",
  "generationConfig",
  "structured_outputs",
  "guided_json",
  "text",
  "format",
  "function",
  "toolSpec",
  "tool",
  "tools",
  "json",
] as const;
/** `{response_format: {json_schema: {schema}}}` is the deepest in use; one more for a list. */
const DEEPEST = 5;

const annotations: ReadonlySet<string> = new Set(ANNOTATIONS);

/** A problem when the schema stands further inside what was given, else null. */
export function findWrapper(given: JsonObject): SchemaProblem | null {
  if (restricts(given)) return null;
  const path = pathToSchema(given, DEEPEST);
  if (path === null) return null;
  const place = path.map((key) => `"${key}"`).join(" in ");
  return nothing(
    `This is not a JSON Schema but a wrapper around one: paste only the content of ${place}.`,
  );
}

/** The keys that lead to the schema, the innermost first. */
function pathToSchema(value: JsonObject, deepest: number): string[] | null {
  for (const key of CARRIERS) {
    if (!Object.hasOwn(value, key)) continue;
    const carried = value[key] ?? null;
    const inner: JsonValue | undefined = Array.isArray(carried) ? carried[0] : carried;
    if (!isJsonObject(inner)) continue;
    if (restricts(inner)) return [key];
    const further = deepest > 1 ? pathToSchema(inner, deepest - 1) : null;
    if (further !== null) return [...further, key];
  }
  return null;
}

/** Whether a keyword says something about the value: then it is a schema. */
function restricts(value: JsonObject): boolean {
  return Object.entries(value).some(
    ([key, item]) => isKeyword(key) && !annotations.has(key) && isSaid(key, item),
  );
}

/** `type: OBJECT` is wrong, and still shows a schema; `type: json_schema` does not. */
function isSaid(key: string, value: JsonValue): boolean {
  return isUseOf(key, value) || (key === "type" && typeMeantBy(value) !== null);
}

/**
 * A schema without any keyword that takes every value, when it seems not to be meant so: an error
 * for what looks like something else, a warning for mere annotations.
 */
export function describesNothing(
  given: JsonObject,
): { problem: SchemaProblem; isError: boolean } | null {
  const entries = Object.entries(given);
  if (entries.length === 0 || restricts(given)) return null;
  if (entries.every(([, item]) => isJsonObject(item) && restricts(item))) {
    const message =
      'These are properties without their object: write { "type": "object", "properties": { … } } around them, and "required" beside.';
    return { problem: nothing(message), isError: true };
  }
  const isKnown = entries.some(([key]) => isKeyword(key));
  const unknown = entries.filter(([key]) => !isKeyword(key) && !key.startsWith("x-"));
  if (isKnown && unknown.length === 0) return null;
  const isError = !isKnown && unknown.length > 0;
  const message = isError
    ? 'There is no keyword of JSON Schema at the top, so any value would fit. An example is not a schema: describe it, { "type": "object", "properties": { … }, "required": [ … ] }. To accept any value, write true.'
    : "No keyword of this schema restricts anything, so any value fits. To accept any value, write true.";
  return { problem: nothing(message), isError };
}

function nothing(message: string): SchemaProblem {
  return { pointer: "", code: "not_a_schema", message };
}
