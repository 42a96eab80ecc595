/**
 * What becomes of the keys of a mapping: which ones format 0.1 has there, their names in 0.2, and
 * how their values change. What is in no rule has no counterpart and is reported.
 */
import { type ParsedNode, type YAMLMap, isMap, isSeq } from "yaml";
import { quote } from "../findings.ts";
import { keysAt, type Level } from "../structure/key-names.ts";
import type { Path } from "../source/places.ts";
import { type Draft, replaced } from "./draft.ts";
import type { Edit } from "./edits.ts";
import { entriesOf, type Entry, layoutProblem } from "./entries.ts";
import { laidOut } from "./layout.ts";
import type { Item } from "./layout-item.ts";
import type { ValueRule } from "./values.ts";

export interface KeyRule {
  /** Its name in 0.2. */
  to: string;
  value?: ValueRule;
  /** Whether it stands under `config` in 0.2. */
  isSetting?: boolean;
}

export type Rules = ReadonlyMap<string, KeyRule>;

/** The keys of a level that are the same in both formats, all but those given. */
export function sameKeys(level: Level, except: Iterable<string>): [string, KeyRule][] {
  const others = new Set(except);
  return keysAt(level)
    .filter((key) => !others.has(key))
    .map((key) => [key, { to: key }]);
}

/** An entry and what becomes of it. */
export interface Outcome {
  entry: Entry;
  /** Null when it has no counterpart, which is reported. */
  rule: KeyRule | null;
}

interface RulesAt {
  rules: Rules;
  /** Whether there may be keys that no rule is known for; they are not reported one by one. */
  isPartial?: boolean;
  path: Path;
  /** Where the text of the mapping may begin. */
  start?: number;
}

/** The entries of a mapping with the edits that bring each over; null when it cannot be laid out. */
export function outcomesOf(
  draft: Draft,
  map: YAMLMap.Parsed,
  { rules, isPartial = false, ...place }: RulesAt,
): Outcome[] | null {
  const problem = layoutProblem(draft, map);
  if (problem !== null) {
    draft.refuse({ code: "yaml_key", message: problem, path: place.path, offset: map.range[0] });
    return null;
  }
  const taken = new Map<string, string>();
  return entriesOf(draft, map, place).map((entry): Outcome => {
    const rule = ruleFor(draft, entry, { rules, isPartial, taken });
    const edits = rule?.value?.(draft, entry.value, entry.path);
    if (rule === null || edits === null) return { entry, rule: null };
    const { to } = rule;
    entry.edits = [...(to === entry.name ? [] : [replaced(entry.key, to)]), ...(edits ?? [])];
    return { entry, rule };
  });
}

function ruleFor(
  draft: Draft,
  { name, path }: Entry,
  {
    rules,
    isPartial,
    taken,
  }: Pick<RulesAt, "rules" | "isPartial"> & { taken: Map<string, string> },
): KeyRule | null {
  if (name.startsWith("x-")) return { to: name };
  const place = { code: "unknown_key", path, spot: "key" } as const;
  const rule = rules.get(name);
  if (rule === undefined) {
    if (isPartial) return null;
    const [old] = [...rules].find(([, { to }]) => to === name) ?? [];
    draft.report(
      old === undefined
        ? {
            ...place,
            message: `${quote(name)} is not a key of format 0.1 here and has no counterpart.`,
            meant: { name, among: rules.keys() },
          }
        : {
            ...place,
            message: `${quote(name)} is a key of format 0.2; in a file of 0.1 it is called ${quote(old)}.`,
            suggestion: old,
          },
    );
    return null;
  }
  const other = taken.get(rule.to);
  taken.set(rule.to, other ?? name);
  if (other === undefined) return rule;
  const message = `${quote(other)} and ${quote(name)} both become ${quote(rule.to)}; only one of them can.`;
  draft.report({ ...place, message });
  return null;
}

/** What force does with entries that have no counterpart. */
const UNMAPPED = "x-unmapped";
const REMARK = "no counterpart in format 0.2";

/** The outcomes in their order, with those that have no counterpart under `x-unmapped`. */
export function inOrder(outcomes: readonly Outcome[], remark = REMARK): Item[] {
  const unmapped = outcomes.filter(({ rule }) => rule === null).map(({ entry }) => entry);
  return outcomes.flatMap(({ entry, rule }): Item[] => {
    if (rule !== null) return [{ kind: "entry", entry }];
    if (entry !== unmapped[0]) return [];
    return [{ kind: "group", key: freeName(outcomes), remark, entries: unmapped }];
  });
}

/** `x-unmapped`, or with a number where that is taken. */
function freeName(outcomes: readonly Outcome[]): string {
  const taken = new Set(outcomes.map(({ entry }) => entry.name));
  let name = UNMAPPED;
  for (let number = 2; taken.has(name); number += 1) name = `${UNMAPPED}-${number}`;
  return name;
}

/** The edits of a mapping whose keys only change their names and values. */
export function mappingEdits(
  draft: Draft,
  map: YAMLMap.Parsed,
  place: { rules: Rules; path: Path },
): Edit[] {
  const outcomes = outcomesOf(draft, map, place);
  return outcomes === null ? [] : laidOut(draft, map, inOrder(outcomes));
}

/** For a mapping, or the mappings of a list, that has the same keys in both formats. */
export function sameMapping(level: Level): ValueRule {
  const rules: Rules = new Map(sameKeys(level, []));
  const edits = (draft: Draft, value: ParsedNode | null, path: Path): Edit[] => {
    if (isMap(value)) return mappingEdits(draft, value, { rules, path });
    if (!isSeq(value)) return [];
    return value.items.flatMap((item, index) => edits(draft, item, [...path, index]));
  };
  return edits;
}
