/**
 * What is said of the keywords of a schema while it is written: those of other drafts, which would
 * be ignored or mean something else here, and those that look misspelt, which are ignored.
 *
 * Knows one node at a time, so the names of properties are never taken for keywords. None of this
 * is asked of a stored schema: what an earlier release took goes on working.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { nearestName } from "#model/nearest-name.ts";
import { pointer } from "#model/pointer.ts";
import { checkKeywordValue, KEYWORDS, ONE_SCHEMA, SCHEMA_LIST, SCHEMA_MAP } from "./keywords.ts";
import type { SchemaNode, SchemaProblem } from "./compile.ts";

/** What to write instead of a keyword, with its value and the keywords beside it. */
type Advice = (value: JsonValue, beside: JsonObject) => { instead: string; how: string };

const OTHER_DRAFTS: Readonly<Record<string, Advice>> = {
  dependencies: (value) => {
    const parts = isJsonObject(value) ? Object.values(value) : [];
    const lists = parts.filter(Array.isArray).length;
    const asList = 'the lists of names as "dependentRequired"';
    const asSchema = 'the schemas as "dependentSchemas"';
    if (lists === 0) return { instead: "dependentSchemas", how: `write ${asSchema}` };
    const isBoth = lists < parts.length;
    const how = isBoth ? `write ${asList} and ${asSchema}` : `write ${asList}`;
    return { instead: "dependentRequired", how };
  },
  additionalItems: (_value, beside) => ({
    instead: "items",
    how: Array.isArray(beside["items"])
      ? 'write "prefixItems" for the items by position, and "items" for those that follow'
      : 'write "items" for those that follow "prefixItems", and omit it where there are none',
  }),
  divisibleBy: () => ({ instead: "multipleOf", how: 'write "multipleOf"' }),
  disallow: () => ({ instead: "not", how: 'write "not", with a schema: "not": { "type": … }' }),
  extends: () => ({ instead: "allOf", how: 'write "allOf", with a list of schemas' }),
};

/** Keywords of other drafts at one node, each with what to write instead. */
export function keywordsOfOtherDrafts({ source, pointer: at }: SchemaNode): SchemaProblem[] {
  if (typeof source === "boolean") return [];
  return Object.entries(source).flatMap(([keyword, value]) => {
    if (!Object.hasOwn(OTHER_DRAFTS, keyword)) return [];
    const advice = OTHER_DRAFTS[keyword]?.(value, source);
    if (advice === undefined) return [];
    const message = `"${keyword}" is not a keyword of draft 2020-12: ${advice.how}.`;
    const place = at + pointer(keyword);
    return [{ pointer: place, code: "forbidden_keyword", message, suggestion: advice.instead }];
  });
}

/** Words of OpenAPI and of generators that are near a keyword, and are not meant to be it. */
const NOT_MISSPELT: ReadonlySet<string> = new Set(["example", "schema", "$default"]);
/** `x-format`, `_format`, `//pattern`: set aside on purpose. */
const SET_ASIDE = /^(?:x-|_|\/\/)/;
/** What a remark is called does no harm. */
const MEANT: ReadonlySet<string> = new Set([...KEYWORDS].filter((name) => name !== "$comment"));

/** Whether a key is a keyword, of this draft or of another. */
export function isKeyword(key: string): boolean {
  return KEYWORDS.has(key) || Object.hasOwn(OTHER_DRAFTS, key);
}

/** Keywords under another name, too far from it to be found by its letters. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["min", "minimum"],
  ["max", "maximum"],
  ["inclusiveMinimum", "minimum"],
  ["inclusiveMaximum", "maximum"],
  ["regex", "pattern"],
  ["regexp", "pattern"],
  ["choices", "enum"],
]);

/** Keys of one node that are no keyword and look like one. They are ignored, so they warn. */
export function misspeltKeywords({ source, pointer: at }: SchemaNode): SchemaProblem[] {
  if (typeof source === "boolean") return [];
  return Object.entries(source).flatMap(([key, value]) => {
    const meant = keywordMeantBy(key, value);
    if (meant === null) return [];
    const message = `"${key}" is not a keyword of JSON Schema and is ignored. Did you mean "${meant}"?`;
    const place = at + pointer(key);
    return [{ pointer: place, code: "misspelt_keyword", message, suggestion: meant }];
  });
}

function keywordMeantBy(key: string, value: JsonValue): string | null {
  if (isKeyword(key) || SET_ASIDE.test(key) || NOT_MISSPELT.has(key)) return null;
  const meant = SYNONYMS.get(key) ?? nearestName(key, MEANT);
  if (meant === null) return null;
  // An annotation such as `note: "as agreed"` is near `not`, but its value could not stand there.
  return isSameButForStyle(key, meant) || isUseOf(meant, value) ? meant : null;
}

/** `max_length` and `MaxLength` are `maxLength`, with any value. */
function isSameButForStyle(key: string, keyword: string): boolean {
  const fold = (name: string) => name.toLowerCase().replaceAll(/[-_ $]/g, "");
  return fold(key) === fold(keyword);
}

const HOLDS_ONE: ReadonlySet<string> = new Set(ONE_SCHEMA);
const HOLDS_LIST: ReadonlySet<string> = new Set(SCHEMA_LIST);
const HOLDS_MAP: ReadonlySet<string> = new Set(SCHEMA_MAP);
const TEXTS: ReadonlySet<string> = new Set(["title", "description", "$comment"]);

/** Whether a value is one that the keyword could have. */
export function isUseOf(keyword: string, value: JsonValue): boolean {
  if (HOLDS_ONE.has(keyword)) return typeof value === "boolean" || isJsonObject(value);
  if (HOLDS_LIST.has(keyword)) return Array.isArray(value);
  if (HOLDS_MAP.has(keyword)) return isJsonObject(value);
  if (TEXTS.has(keyword)) return typeof value === "string";
  return checkKeywordValue(keyword, value) === null;
}
