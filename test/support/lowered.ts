/**
 * What may be said of a schema that was lowered to strict mode, found out in another way than the
 * code that lowers it: by making a value for every branch, and by writing values as a model must.
 */
import { buildValue } from "#ai/mock/value.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";

/** JSON Pointers of the branches for which no finite value can be made. */
export function emptyBranches(lowered: JsonObject): string[] {
  const defs = isJsonObject(lowered["$defs"]) ? lowered["$defs"] : {};
  const filled = new Set<string>();
  for (let before = -1; before < filled.size;) {
    before = filled.size;
    for (const [name, schema] of Object.entries(defs)) {
      if (hasValue(schema, filled)) filled.add(name);
    }
  }
  return [...branchesOf(lowered, "")].flatMap(([at, one]) => (hasValue(one, filled) ? [] : [at]));
}

function* branchesOf(schema: JsonValue | undefined, at: string): Iterable<[string, JsonValue]> {
  if (!isJsonObject(schema)) return;
  yield [at, schema];
  yield* branchesOf(schema["items"], `${at}/items`);
  for (const key of ["anyOf", "properties", "$defs"]) {
    for (const [name, one] of Object.entries(schema[key] ?? {})) {
      yield* branchesOf(one as JsonValue, `${at}/${key}/${name}`);
    }
  }
}

/** `filled` are the definitions that are known to have a value. */
function hasValue(schema: JsonValue | undefined, filled: ReadonlySet<string>): boolean {
  if (!isJsonObject(schema)) return false;
  const { $ref, anyOf, items, properties, minItems = 0, ...rest } = schema;
  if (typeof $ref === "string") return filled.has($ref.slice("#/$defs/".length));
  if (Array.isArray(anyOf)) return anyOf.some((one) => hasValue(one, filled));
  if (schema["type"] === "object") {
    return Object.values(properties ?? {}).every((one) => hasValue(one as JsonValue, filled));
  }
  if (schema["type"] === "array") {
    const isWithin = Number(minItems) <= Number(schema["maxItems"] ?? Infinity);
    return isWithin && (minItems === 0 || hasValue(items, filled));
  }
  return buildValue(rest, "1", {}).ok;
}

/** Whether a model that is held to the lowered schema can write a value of the full one. */
export function acceptsPadded(
  { schema, isWrapped }: { schema: JsonObject; isWrapped: boolean },
  value: JsonValue,
): boolean {
  const { $defs = {} } = schema;
  const defs = isJsonObject($defs) ? $defs : {};
  return accepts(schema, defs, isWrapped ? { value } : value);
}

/** As validation, but null may stand for a property that is not there. */
function accepts(schema: JsonValue | undefined, defs: JsonObject, value: JsonValue): boolean {
  if (!isJsonObject(schema)) return false;
  const { $ref, anyOf, items, properties, $defs: _, ...rest } = schema;
  if (typeof $ref === "string") return accepts(defs[$ref.slice("#/$defs/".length)], defs, value);
  if (Array.isArray(anyOf)) return anyOf.some((one) => accepts(one, defs, value));
  if (isJsonObject(value) && isJsonObject(properties)) {
    const known = Object.entries(properties);
    return (
      Object.keys(value).every((name) => Object.hasOwn(properties, name)) &&
      known.every(([name, one]) =>
        accepts(one, defs, Object.hasOwn(value, name) ? (value[name] ?? null) : null),
      )
    );
  }
  if (validateJson(rest, value).length > 0) return false;
  return !Array.isArray(value) || value.every((item) => accepts(items, defs, item));
}
