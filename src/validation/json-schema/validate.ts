/**
 * JSON Schema draft 2020-12 for schemas and values that are not trusted: what is refused at save,
 * and whether a value fits. This is the door of the folder's `schema-…` files.
 *
 * Formats are asserted (`schema-node.ts` lists them); any other format is an annotation.
 */
import { isJsonObject, jsonByteLength, type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { Work } from "#model/work.ts";
import { keywordsOfOtherDrafts, misspeltKeywords } from "./advice.ts";
import { evaluate } from "./evaluate.ts";
import { type Compilation, compileNode, type SchemaNode, type SchemaProblem } from "./compile.ts";
import { resolveReferences } from "./references.ts";
import { describesNothing, findWrapper } from "./wrapper.ts";
import { type SchemaViolation, selectViolations } from "./violation.ts";

export type { SchemaProblem } from "./compile.ts";
export type { SchemaViolation } from "./violation.ts";

export type CompiledSchema =
  | { ok: true; root: SchemaNode; tracks: boolean }
  | { ok: false; problems: SchemaProblem[] };

const compiled = new WeakMap<JsonObject, CompiledSchema>();

/** Everything that is wrong with a schema; an empty list says that it can be used. */
export function checkJsonSchema(schema: JsonValue): SchemaProblem[] {
  return reviewJsonSchema(schema).errors;
}

/**
 * What is to be said of a schema while it is written: errors, for which it is refused, and
 * warnings. Stricter than what is asked of a stored one: that goes on being used as it is.
 */
export function reviewJsonSchema(schema: JsonValue): {
  errors: SchemaProblem[];
  warnings: SchemaProblem[];
} {
  const size = checkSize(schema);
  if (size !== null) return { errors: [size], warnings: [] };
  const wrapper = isJsonObject(schema) ? findWrapper(schema) : null;
  if (wrapper !== null) return { errors: [wrapper], warnings: [] };
  const { problems, nodes } = grow(schema);
  const warnings = nodes.flatMap(misspeltKeywords);
  const empty = isJsonObject(schema) && warnings.length === 0 ? describesNothing(schema) : null;
  if (empty?.isError) return { errors: [empty.problem], warnings: [] };
  return {
    errors: [...problems, ...nodes.flatMap(keywordsOfOtherDrafts)],
    warnings: empty === null ? warnings : [empty.problem],
  };
}

/**
 * How a value misses a schema: at most `LIMITS.jsonSchemaViolations`, the most specific ones; an
 * empty list says that it fits. Never throws. A schema that `checkJsonSchema` refuses returns one
 * violation with keyword `schema`; too much work returns one with keyword `work_limit`.
 *
 * A schema object must not be changed once it was used: what it means is remembered with it.
 */
export function validateJson(schema: JsonObject | boolean, value: JsonValue): SchemaViolation[] {
  return judgeJson(schema, value).violations;
}

/** As `validateJson`, with the units of work that it took (at most about `jsonSchemaWork`). */
export function judgeJson(
  schema: JsonObject | boolean,
  value: JsonValue,
  budget?: Work,
): { violations: SchemaViolation[]; work: number } {
  const result = compileSchema(schema);
  if (!result.ok) {
    const [first] = result.problems;
    const message = `cannot be checked, the schema is not usable: ${first?.message ?? ""}`;
    return { violations: [{ pointer: "", keyword: "schema", message }], work: 1 };
  }
  const { findings, work } = evaluate(result.root, value, result.tracks);
  budget?.spend(work * WORK_OF_VISIT, "schema");
  return { violations: findings === null ? [TOO_MUCH_WORK] : selectViolations(findings), work };
}

/** Units of work of the request for one of `LIMITS.jsonSchemaWork`. */
const WORK_OF_VISIT = 0.4;

export const TOO_MUCH_WORK: SchemaViolation = {
  pointer: "",
  keyword: "work_limit",
  message: "is too large to check against its schema",
};

/** The schema as a graph of nodes, or why it is refused. */
export function compileSchema(schema: JsonValue): CompiledSchema {
  if (!isJsonObject(schema)) return compile(schema);
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const result = compile(schema);
  compiled.set(schema, result);
  return result;
}

function compile(schema: JsonValue): CompiledSchema {
  const size = checkSize(schema);
  if (size !== null) return { ok: false, problems: [size] };
  const { root, nodes, problems } = grow(schema);
  if (problems.length > 0) return { ok: false, problems };
  const tracks = nodes.some(
    ({ one }) => one.unevaluatedItems !== undefined || one.unevaluatedProperties !== undefined,
  );
  return { ok: true, root, tracks };
}

/** `schema` is within its limits. */
function grow(schema: JsonValue) {
  const compilation: Compilation = { nodes: [], problems: [], patternSize: 0 };
  const root = compileNode(schema, "", compilation);
  const { nodes } = compilation;
  return { root, nodes, problems: [...compilation.problems, ...resolveReferences(root, nodes)] };
}

/** Depth first: writing out a value that is nested too deeply would itself overflow. */
function checkSize(schema: JsonValue): SchemaProblem | null {
  if (!isWithinDepth(schema, LIMITS.jsonSchemaDepth)) {
    const message = `The schema is nested more than ${LIMITS.jsonSchemaDepth} deep.`;
    return { pointer: "", code: "too_deep", message };
  }
  if (jsonByteLength(schema) > LIMITS.jsonSchemaBytes) {
    const message = `The schema is larger than ${LIMITS.jsonSchemaBytes} bytes.`;
    return { pointer: "", code: "too_large", message };
  }
  return null;
}

/** Whether arrays and objects stand at most `depth` deep inside each other. */
export function isWithinDepth(value: JsonValue, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((item) => isWithinDepth(item, depth - 1));
}
