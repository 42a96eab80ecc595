/**
 * Walks a value along a schema. Owns what applies where, what counts as evaluated, and the work
 * that this may take; whether a single value fits the assertion keywords of a node is the verdict
 * of @cfworker/json-schema, called for one node at a time.
 *
 * Why the library does not walk by itself: it compiles `pattern` with the host's `RegExp`,
 * compares `uniqueItems` pairwise and has no bound on work or depth (docs/adr).
 *
 * Invariants:
 * 1. Never throws, never recurses deeper than `LIMITS.jsonSchemaNesting`.
 * 2. Stops when `LIMITS.jsonSchemaWork` is spent; the verdict is then that the limit is exceeded.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { hasDuplicates, spell } from "./canonical-spelling.ts";
import { assertionFailures } from "./assertions.ts";
import { keepsLimit } from "./limits.ts";
import type { SchemaNode } from "./compile.ts";
import {
  below,
  closestAlternative,
  describeAssertion,
  type Finding,
  type Place,
  TOP,
} from "./violation.ts";

/** Finding that a value does not fit takes longer than finding that it does. */
const MISS_WORK = 6;
/** A hundred instructions × characters of a regular expression take as long as so many visits. */
const PATTERN_WORK = 6;
/** Findings kept of one value; more are not told anyway. */
const MAX_FINDINGS = 100;

interface Walk {
  left: number;
  nesting: number;
  exceeded: boolean;
  /** Whether the document has `unevaluated…`, so that evaluated places must be remembered. */
  readonly tracks: boolean;
  readonly duplicates: Map<JsonValue[], boolean>;
}

/** One value at one place, and the member names and indices of it that schemas have looked at. */
interface Visit {
  readonly value: JsonValue;
  readonly place: Place;
  readonly seen: Set<string | number>;
}

/** `work` is what it took; null findings say that the limit was exceeded. */
export interface Verdict {
  findings: Finding[] | null;
  work: number;
}

/** Validates a value against a compiled schema. */
export function evaluate(root: SchemaNode, value: JsonValue, tracks: boolean): Verdict {
  const walk: Walk = {
    left: LIMITS.jsonSchemaWork,
    nesting: 0,
    exceeded: false,
    tracks,
    duplicates: new Map(),
  };
  const findings = apply(walk, root, value, TOP, null);
  return { findings: walk.exceeded ? null : findings, work: LIMITS.jsonSchemaWork - walk.left };
}

function spend(walk: Walk, work: number): boolean {
  walk.left -= work;
  if (walk.left < 0) walk.exceeded = true;
  return !walk.exceeded;
}

/** Applies a schema to a value; what it has evaluated is added to `seen` when the value fits. */
function apply(
  walk: Walk,
  node: SchemaNode,
  value: JsonValue,
  place: Place,
  seen: Visit["seen"] | null,
): Finding[] {
  if (typeof node.source === "boolean") {
    spend(walk, 1);
    return node.source ? [] : [{ place, keyword: "false", message: "must be absent" }];
  }
  if (walk.nesting >= LIMITS.jsonSchemaNesting) walk.exceeded = true;
  if (!spend(walk, node.cost + sizeOf(value))) return [];
  walk.nesting += 1;
  const visit: Visit = { value, place, seen: new Set() };
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    if (!walk.exceeded) add(findings, check(walk, node, visit));
  }
  walk.nesting -= 1;
  if (seen !== null && walk.tracks && findings.length === 0) {
    for (const key of visit.seen) seen.add(key);
  }
  return findings;
}

/** Looking at a value takes longer the more members it has, or characters. */
function sizeOf(value: JsonValue): number {
  if (typeof value === "string") return value.length >> 7;
  return isJsonObject(value) ? Object.keys(value).length >> 3 : 0;
}

function add(findings: Finding[], more: readonly Finding[]): void {
  for (const finding of more) {
    if (findings.length >= MAX_FINDINGS) return;
    findings.push(finding);
  }
}

type Check = (walk: Walk, node: SchemaNode, visit: Visit) => readonly Finding[];

/** Order matters once: `unevaluated…` looks at what all others have seen. */
const CHECKS: readonly Check[] = [
  checkAssertions,
  checkListed,
  checkLargeLimits,
  checkPattern,
  checkUniqueItems,
  checkReferenceAndAll,
  checkAny,
  checkOne,
  checkNot,
  checkCondition,
  checkDependents,
  checkProperties,
  checkPropertyNames,
  checkItems,
  checkContains,
  checkUnevaluated,
];

function checkAssertions(walk: Walk, node: SchemaNode, { value, place }: Visit): Finding[] {
  if (node.assertions === null) return [];
  const failures = assertionFailures(node.assertions, value, place);
  if (failures.length > 0) spend(walk, MISS_WORK);
  return failures;
}

/**
 * `enum` and `const`. The library would compare a value with each of a thousand objects in turn, and
 * a const of 30 KB with each item of a list.
 */
function checkListed(
  walk: Walk,
  { listed, source }: SchemaNode,
  { value, place }: Visit,
): Finding[] {
  if (listed.length === 0 || typeof source === "boolean") return [];
  const spelling = spell(value, LIMITS.jsonSchemaNesting, (work) => spend(walk, work));
  if (spelling === null) {
    walk.exceeded = true;
    return [];
  }
  return listed
    .filter(({ spellings }) => !spellings.has(spelling))
    .map(({ keyword }) => ({
      place,
      keyword,
      get message() {
        return describeAssertion(keyword, source, value);
      },
    }));
}

/** No double lies between such a limit and its neighbours, so the library would round it. */
function checkLargeLimits(_walk: Walk, node: SchemaNode, { value, place }: Visit): Finding[] {
  if (typeof value !== "number") return [];
  return node.largeLimits.flatMap((limit) => {
    if (keepsLimit(value, limit)) return [];
    const { keyword, digits } = limit;
    return [{ place, keyword, message: describeAssertion(keyword, { [keyword]: digits }, value) }];
  });
}

function checkPattern(walk: Walk, node: SchemaNode, { value, place }: Visit): Finding[] {
  if (typeof value !== "string" || typeof node.source === "boolean") return [];
  const source = node.source["pattern"];
  if (typeof source !== "string") return [];
  const pattern = node.patterns.get(source);
  if (pattern === undefined || !spend(walk, PATTERN_WORK * pattern.work(value))) return [];
  if (pattern.finds(value)) return [];
  return [{ place, keyword: "pattern", message: `must match the pattern ${source}` }];
}

function checkUniqueItems(walk: Walk, node: SchemaNode, { value, place }: Visit): Finding[] {
  if (!Array.isArray(value) || typeof node.source === "boolean") return [];
  if (node.source["uniqueItems"] !== true) return [];
  let found = walk.duplicates.get(value);
  if (found === undefined) {
    const answer = hasDuplicates(value, (work) => spend(walk, work));
    if (answer === null) {
      walk.exceeded = true;
      return [];
    }
    found = answer;
    walk.duplicates.set(value, found);
  }
  return found
    ? [{ place, keyword: "uniqueItems", message: "must not contain an item twice" }]
    : [];
}

function checkReferenceAndAll(walk: Walk, node: SchemaNode, visit: Visit): Finding[] {
  const findings: Finding[] = [];
  const parts = node.ref === null ? [] : [node.ref];
  for (const part of [...parts, ...(node.many.allOf ?? [])]) {
    add(findings, apply(walk, part, visit.value, visit.place, visit.seen));
  }
  return findings;
}

function checkAny(walk: Walk, { many }: SchemaNode, { value, place, seen }: Visit): Finding[] {
  if (many.anyOf === undefined) return [];
  const failed: Finding[][] = [];
  for (const part of many.anyOf) {
    const findings = apply(walk, part, value, place, seen);
    if (findings.length > 0) failed.push(findings);
    else if (!walk.tracks) return [];
  }
  return failed.length < many.anyOf.length ? [] : closestAlternative(place, "anyOf", failed);
}

function checkOne(walk: Walk, { many }: SchemaNode, { value, place, seen }: Visit): Finding[] {
  if (many.oneOf === undefined) return [];
  const failed: Finding[][] = [];
  for (const part of many.oneOf) {
    const findings = apply(walk, part, value, place, seen);
    if (findings.length > 0) failed.push(findings);
  }
  const fitting = many.oneOf.length - failed.length;
  if (fitting === 1) return [];
  if (fitting === 0) return closestAlternative(place, "oneOf", failed);
  const message = `must fit exactly one of the alternatives, but fits ${fitting}`;
  return [{ place, keyword: "oneOf", message }];
}

function checkNot(walk: Walk, { one }: SchemaNode, { value, place }: Visit): Finding[] {
  if (one.not === undefined) return [];
  const fits = apply(walk, one.not, value, place, null).length === 0;
  return fits ? [{ place, keyword: "not", message: 'must not fit the schema of "not"' }] : [];
}

function checkCondition(walk: Walk, { one }: SchemaNode, visit: Visit): readonly Finding[] {
  if (one.if === undefined) return [];
  const { value, place, seen } = visit;
  const holds = apply(walk, one.if, value, place, seen).length === 0;
  const branch = holds ? one.then : one.else;
  return branch === undefined ? [] : apply(walk, branch, value, place, seen);
}

function checkDependents(walk: Walk, { named }: SchemaNode, visit: Visit): Finding[] {
  const findings: Finding[] = [];
  if (named.dependentSchemas === undefined || !isJsonObject(visit.value)) return findings;
  spend(walk, named.dependentSchemas.size);
  for (const [name, part] of named.dependentSchemas) {
    if (!Object.hasOwn(visit.value, name)) continue;
    add(findings, apply(walk, part, visit.value, visit.place, visit.seen));
  }
  return findings;
}

function checkProperties(walk: Walk, node: SchemaNode, visit: Visit): Finding[] {
  const { properties, patternProperties } = node.named;
  const { additionalProperties } = node.one;
  const findings: Finding[] = [];
  if (!isJsonObject(visit.value)) return findings;
  const known = new Set<string>();
  const member = (part: SchemaNode, name: string, keyword: string): void => {
    known.add(name);
    add(findings, applyMember(walk, part, visit, name, keyword));
  };
  for (const [name, part] of properties ?? []) {
    if (spend(walk, 0.1) && Object.hasOwn(visit.value, name)) member(part, name, "properties");
  }
  for (const [source, part] of patternProperties ?? []) {
    const pattern = node.patterns.get(source);
    for (const name of Object.keys(visit.value)) {
      if (pattern === undefined || !spend(walk, PATTERN_WORK * pattern.work(name))) break;
      if (pattern.finds(name)) member(part, name, "patternProperties");
    }
  }
  if (additionalProperties === undefined) return findings;
  for (const name of Object.keys(visit.value)) {
    if (!known.has(name)) member(additionalProperties, name, "additionalProperties");
    if (walk.exceeded) break;
  }
  return findings;
}

/** Applies a schema to a member or an item; one that may not be there is reported by its keyword. */
function applyMember(
  walk: Walk,
  part: SchemaNode,
  { value, place, seen }: Visit,
  key: string | number,
  keyword: string,
): Finding[] {
  if (walk.tracks) seen.add(key);
  const member = memberOf(value, key);
  if (member === undefined) return [];
  const there = below(place, key);
  if (part.source !== false) return apply(walk, part, member, there, null);
  spend(walk, 1);
  return [{ place: there, keyword, message: "is not allowed here" }];
}

function memberOf(value: JsonValue, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isJsonObject(value) ? value[key] : undefined;
}

function checkPropertyNames(walk: Walk, { one }: SchemaNode, visit: Visit): Finding[] {
  const findings: Finding[] = [];
  if (one.propertyNames === undefined || !isJsonObject(visit.value)) return findings;
  for (const name of Object.keys(visit.value)) {
    if (walk.exceeded) break;
    const there = below(visit.place, name);
    const wrong = apply(walk, one.propertyNames, name, there, null);
    add(
      findings,
      wrong.map(({ message }) => ({
        place: there,
        keyword: "propertyNames",
        message: `has a name that ${message}`,
      })),
    );
  }
  return findings;
}

function checkItems(walk: Walk, { one, many }: SchemaNode, visit: Visit): Finding[] {
  const findings: Finding[] = [];
  if (!Array.isArray(visit.value)) return findings;
  const prefix = many.prefixItems ?? [];
  for (let index = 0; index < visit.value.length && !walk.exceeded; index += 1) {
    const positioned = prefix[index];
    const part = positioned ?? one.items;
    if (part === undefined) break;
    const keyword = positioned === undefined ? "items" : "prefixItems";
    add(findings, applyMember(walk, part, visit, index, keyword));
  }
  return findings;
}

function checkContains(walk: Walk, { one, source }: SchemaNode, visit: Visit): Finding[] {
  const { value, place } = visit;
  if (one.contains === undefined || !Array.isArray(value)) return [];
  let found = 0;
  for (const [index, item] of value.entries()) {
    if (walk.exceeded) return [];
    if (apply(walk, one.contains, item, below(place, index), null).length > 0) continue;
    found += 1;
    if (walk.tracks) visit.seen.add(index);
  }
  const least = countOf(source, "minContains") ?? 1;
  const most = countOf(source, "maxContains") ?? Infinity;
  if (found < least) {
    const message = `must contain at least ${least} matching items, but has ${found}`;
    return [{ place, keyword: least === 1 ? "contains" : "minContains", message }];
  }
  if (found <= most) return [];
  const message = `must contain at most ${most} matching items, but has ${found}`;
  return [{ place, keyword: "maxContains", message }];
}

function countOf(source: JsonObject | boolean, keyword: string): number | undefined {
  const value = typeof source === "boolean" ? undefined : source[keyword];
  return typeof value === "number" ? value : undefined;
}

function checkUnevaluated(walk: Walk, { one }: SchemaNode, visit: Visit): Finding[] {
  const findings: Finding[] = [];
  const keyword = Array.isArray(visit.value) ? "unevaluatedItems" : "unevaluatedProperties";
  const part = one[keyword];
  if (part === undefined || typeof visit.value !== "object" || visit.value === null)
    return findings;
  const keys = Array.isArray(visit.value) ? visit.value.keys() : Object.keys(visit.value);
  for (const key of keys) {
    if (walk.exceeded) break;
    if (!visit.seen.has(key)) add(findings, applyMember(walk, part, visit, key, keyword));
  }
  return findings;
}
