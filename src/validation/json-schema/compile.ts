/**
 * A JSON Schema document as a tree of nodes: each place that holds a schema becomes one node with
 * its subschemas in reach, its patterns compiled and its cost known. Owns the shape checks on the
 * way; references between nodes are resolved by `references.ts`.
 *
 * Invariant: `compileNode` is only given documents whose nesting is bounded.
 */
import { pointer } from "#model/pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { spell } from "./canonical-spelling.ts";
import { compilePattern, type Pattern, patternSize } from "../pattern.ts";
import { type LargeLimit, largeLimits, LIMIT_KEYWORDS, readLimit } from "./limits.ts";
import {
  ASSERTIONS,
  checkKeywordValue,
  FORBIDDEN,
  ONE_SCHEMA,
  type OneSchemaKeyword,
  SCHEMA_LIST,
  type SchemaListKeyword,
  SCHEMA_MAP,
  type SchemaMapKeyword,
  typeMeantBy,
} from "./keywords.ts";

/** One reason why a schema is refused. `pointer` is a JSON Pointer into the schema document. */
export interface SchemaProblem {
  pointer: string;
  code: string;
  message: string;
  /** What to write instead. */
  suggestion?: string;
}

export interface SchemaNode {
  /** JSON Pointer into the document. */
  readonly pointer: string;
  readonly source: JsonObject | boolean;
  readonly one: Partial<Record<OneSchemaKeyword, SchemaNode>>;
  readonly many: Partial<Record<SchemaListKeyword, readonly SchemaNode[]>>;
  readonly named: Partial<Record<SchemaMapKeyword, ReadonlyMap<string, SchemaNode>>>;
  /** Compiled `pattern` and keys of `patternProperties`, by their source. */
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** The keywords that the library judges, alone; null when there are none. */
  readonly assertions: JsonObject | null;
  /** The values of `enum` and `const`, by their canonical spelling. */
  readonly listed: readonly ListedValues[];
  /** Limits that the library would round. */
  readonly largeLimits: readonly LargeLimit[];
  /** Units of work of one visit, subschemas apart. */
  readonly cost: number;
  /** Target of `$ref`, once resolved. */
  ref: SchemaNode | null;
}

/** A value must be one of these. */
interface ListedValues {
  readonly keyword: "enum" | "const";
  readonly spellings: ReadonlySet<string>;
}

export interface Compilation {
  readonly nodes: SchemaNode[];
  readonly problems: SchemaProblem[];
  patternSize: number;
}

/** Grows the node of a schema and of everything inside it; problems are collected, never thrown. */
export function compileNode(source: JsonValue, at: string, compilation: Compilation): SchemaNode {
  if (typeof source !== "boolean" && !isJsonObject(source)) {
    report(compilation, at, "not_a_schema", "A schema must be an object, true or false.");
    return compileNode(true, at, compilation);
  }
  const fields = typeof source === "boolean" ? {} : source;
  checkValues(fields, at, compilation);
  const assertions = pickAssertions(fields);
  const node: SchemaNode = {
    pointer: at,
    source,
    one: compileOne(fields, at, compilation),
    many: compileLists(fields, at, compilation),
    named: compileMaps(fields, at, compilation),
    patterns: compilePatterns(fields, at, compilation),
    assertions,
    listed: listValues(fields),
    largeLimits: largeLimits(fields),
    cost: 1 + (assertions === null ? 0 : Math.floor(JSON.stringify(assertions).length / 100)),
    ref: null,
  };
  compilation.nodes.push(node);
  return node;
}

function report(
  compilation: Compilation,
  at: string,
  code: string,
  message: string,
  suggestion?: string | null,
): void {
  const meant = typeof suggestion === "string" ? { suggestion } : {};
  compilation.problems.push({ pointer: at, code, message, ...meant });
}

function checkValues(fields: JsonObject, at: string, compilation: Compilation): void {
  for (const [keyword, value] of Object.entries(fields)) {
    const place = at + pointer(keyword);
    const instead = FORBIDDEN.get(keyword);
    if (instead !== undefined) {
      const message = `"${keyword}" is not supported; write "${instead}".`;
      report(compilation, place, "forbidden_keyword", message, instead);
      continue;
    }
    const wrong = checkKeywordValue(keyword, value);
    if (wrong !== null) {
      const code = keyword === "$schema" ? "unsupported_draft" : "invalid_keyword";
      const meant = keyword === "type" ? typeMeantBy(value) : null;
      report(compilation, place, code, `"${keyword}" ${wrong}.`, meant);
    }
  }
}

function compileOne(fields: JsonObject, at: string, compilation: Compilation): SchemaNode["one"] {
  const one: SchemaNode["one"] = {};
  for (const keyword of ONE_SCHEMA) {
    const value = fields[keyword];
    if (value === undefined) continue;
    if (keyword === "items" && Array.isArray(value)) {
      const message = 'A list of schemas by position is written "prefixItems" in draft 2020-12.';
      report(compilation, at + pointer(keyword), "invalid_keyword", message, "prefixItems");
      // Its content is checked all the same, so that all findings show at once.
      for (const [index, item] of value.entries()) {
        compileNode(item, at + pointer(keyword, index), compilation);
      }
      continue;
    }
    one[keyword] = compileNode(value, at + pointer(keyword), compilation);
  }
  return one;
}

function compileLists(
  fields: JsonObject,
  at: string,
  compilation: Compilation,
): SchemaNode["many"] {
  const many: SchemaNode["many"] = {};
  for (const keyword of SCHEMA_LIST) {
    const value = fields[keyword];
    if (value === undefined) continue;
    if (!Array.isArray(value) || value.length === 0) {
      const message = `"${keyword}" must be a list of at least one schema.`;
      report(compilation, at + pointer(keyword), "invalid_keyword", message);
      continue;
    }
    many[keyword] = value.map((item, index) =>
      compileNode(item, at + pointer(keyword, index), compilation),
    );
  }
  return many;
}

function compileMaps(
  fields: JsonObject,
  at: string,
  compilation: Compilation,
): SchemaNode["named"] {
  const named: SchemaNode["named"] = {};
  for (const keyword of SCHEMA_MAP) {
    const value = fields[keyword];
    if (value === undefined) continue;
    if (!isJsonObject(value)) {
      const message = `"${keyword}" must be an object whose values are schemas.`;
      report(compilation, at + pointer(keyword), "invalid_keyword", message);
      continue;
    }
    named[keyword] = new Map(
      Object.entries(value).map(([name, item]) => [
        name,
        compileNode(item, at + pointer(keyword, name), compilation),
      ]),
    );
  }
  return named;
}

function compilePatterns(
  fields: JsonObject,
  at: string,
  compilation: Compilation,
): Map<string, Pattern> {
  const compiled = new Map<string, Pattern>();
  const sources: [source: string, place: string][] = [];
  if (typeof fields["pattern"] === "string") {
    sources.push([fields["pattern"], at + pointer("pattern")]);
  }
  if (isJsonObject(fields["patternProperties"])) {
    for (const source of Object.keys(fields["patternProperties"])) {
      sources.push([source, at + pointer("patternProperties", source)]);
    }
  }
  for (const [source, place] of sources) {
    compilation.patternSize += patternSize(source);
    if (compilation.patternSize > LIMITS.jsonSchemaPatternSize) {
      const message = "The patterns of this schema are too large in total.";
      report(compilation, place, "too_complex", message);
      continue;
    }
    const pattern = compilePattern(source);
    if (pattern.ok) compiled.set(source, pattern);
    else report(compilation, place, "invalid_pattern", `The pattern ${pattern.message}.`);
  }
  return compiled;
}

/** Formats that the library checks in linear time; any other is an annotation. */
const FORMATS: ReadonlySet<JsonValue> = new Set([
  "date",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "json-pointer",
  "relative-json-pointer",
  "time",
  "uri",
  "uri-reference",
  "uri-template",
  "uuid",
]);

function listValues({ const: only, enum: several }: JsonObject): ListedValues[] {
  const listed: ListedValues[] = [];
  if (Array.isArray(several)) listed.push({ keyword: "enum", spellings: spelled(several) });
  if (only !== undefined) listed.push({ keyword: "const", spellings: spelled([only]) });
  return listed;
}

/** The nesting of a schema is bounded, so that each of its values has a spelling. */
function spelled(values: readonly JsonValue[]): ReadonlySet<string> {
  const all = values.map((value) => spell(value, LIMITS.jsonSchemaNesting, () => true));
  return new Set(all.filter((spelling) => spelling !== null));
}

const LIMIT: ReadonlySet<string> = new Set(LIMIT_KEYWORDS);

/** Whether values are checked for a format. */
export function isAssertedFormat(format: JsonValue | undefined): boolean {
  return format !== undefined && FORMATS.has(format);
}

function pickAssertions(fields: JsonObject): JsonObject | null {
  const picked = ASSERTIONS.flatMap((keyword): [string, JsonValue][] => {
    const value = fields[keyword];
    if (keyword === "enum" || keyword === "const") return [];
    if (value === undefined || (keyword === "format" && !isAssertedFormat(value))) return [];
    if (!LIMIT.has(keyword)) return [[keyword, value]];
    const limit = readLimit(value);
    return typeof limit === "number" ? [[keyword, limit]] : [];
  });
  return picked.length === 0 ? null : Object.fromEntries(picked);
}
