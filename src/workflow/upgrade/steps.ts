/**
 * The mapping of steps → a list of steps, each with its id and its settings under `config`.
 *
 * A block step is laid out in two moves: its entries in their column, then all of it in the column
 * of an item of the list.
 */
import { isMap, type YAMLMap } from "yaml";
import { quote } from "../findings.ts";
import type { Path } from "../source/places.ts";
import { columnOf, type Draft, inStyleOf, written } from "./draft.ts";
import { type Edit, edited, indented, lineEnd } from "./edits.ts";
import { entriesOf, type Entry, layoutProblem } from "./entries.ts";
import { laidOut } from "./layout.ts";
import type { Item } from "./layout-item.ts";
import { inOrder, type Outcome, outcomesOf } from "./rules.ts";
import { rulesOfStep } from "./step-rules.ts";
import type { ValueRule } from "./values.ts";

/** What stands under `steps`. */
export const stepsValue: ValueRule = (draft, value, path) => {
  if (!isMap(value)) {
    const message = "In format 0.1 the steps are a mapping from id to step.";
    draft.refuse({ code: "wrong_type", message, path });
    return [];
  }
  const problem = layoutProblem(draft, value);
  if (problem !== null) {
    draft.refuse({ code: "yaml_key", message: problem, path });
    return [];
  }
  const entries = entriesOf(draft, value, { path });
  if (value.flow !== true) return entries.flatMap((entry) => blockItem(draft, entry));
  const [start, end] = value.range;
  return [
    { start, end: start + 1, text: "[" },
    ...entries.flatMap((entry) => flowItem(draft, entry)),
    { start: end - 1, end, text: "]" },
  ];
};

function flowItem(draft: Draft, entry: Entry): Edit[] {
  const step = stepOf(draft, entry);
  return step === null
    ? []
    : [{ ...headOf(draft, entry), text: "" }, ...flowStep(draft, entry, step)];
}

function blockItem(draft: Draft, entry: Entry): Edit[] {
  const step = stepOf(draft, entry);
  if (step === null) return [];
  if (step.flow !== true) return blockStep(draft, entry, step);
  const head = headOf(draft, entry);
  const isLast = /^\r?\n/.test(draft.source.slice(head.end, head.end + 2));
  return [{ ...head, text: isLast ? "-" : "- " }, ...flowStep(draft, entry, step)];
}

function stepOf(draft: Draft, { name, value, path }: Entry): YAMLMap.Parsed | null {
  if (isMap(value)) return value;
  const found = value === null ? "" : written(draft, value);
  const message = `The step ${quote(name)} is a mapping with a "kind", not ${found === "" ? "nothing" : quote(found)}.`;
  draft.refuse({ code: "wrong_type", message, path });
  return null;
}

/** The key of a step with its colon and the spaces behind it. */
function headOf({ source }: Draft, { key }: Entry): Omit<Edit, "text"> {
  const colon = /\s*:[ \t]*/y;
  colon.lastIndex = key.range[1];
  const end = key.range[1] + (colon.exec(source)?.[0].length ?? 0);
  return { start: key.range[0], end };
}

function flowStep(draft: Draft, entry: Entry, step: YAMLMap.Parsed): Edit[] {
  const items = itemsOf(draft, entry, { step });
  if (items === null) return [];
  const [first] = items.flatMap((item) => (item.kind === "entry" ? [item.entry.key] : []));
  const id = `${inStyleOf(first ?? entry.key, "id")}: ${written(draft, entry.key)}`;
  return laidOut(draft, step, [{ kind: "new", text: id }, ...items]);
}

function blockStep(draft: Draft, entry: Entry, step: YAMLMap.Parsed): Edit[] {
  const { source } = draft;
  const { key, end } = entry;
  const start = lineEnd(source, key.range[1]);
  const items = itemsOf(draft, entry, { step, start });
  if (items === null) return [];
  const edits = laidOut(draft, step, items, [start, end]);
  const shift = columnOf(draft, key.range[0]) + 2 - columnOf(draft, step.range[0]);
  const text = indented(edited(source, [start, end], edits), shift);
  const colon = source.indexOf(":", key.range[1]) + 1;
  return [
    { start: key.range[0], end: colon, text: `- id: ${written(draft, key)}` },
    { start, end, text },
  ];
}

/** The entries of a step in their new order; null when they cannot be laid out. */
function itemsOf(
  draft: Draft,
  { key, name, path }: Entry,
  { step, start }: { step: YAMLMap.Parsed; start?: number },
): Item[] | null {
  const place: { path: Path; start?: number } = start === undefined ? { path } : { path, start };
  const outcomes = outcomesOf(draft, step, { ...rulesOfStep(draft, step, path), ...place });
  if (outcomes === null) return null;
  const items = underConfig(inOrder(outcomes), outcomes);
  if (outcomes.some(({ rule }) => rule?.to === "name")) return items;
  draft.unnamed.push(name);
  const like = outcomes[0]?.entry.key;
  const title = `${like === undefined ? "name" : inStyleOf(like, "name")}: ${written(draft, key)}`;
  const type = outcomes.find(({ rule }) => rule?.to === "type")?.entry;
  const at = items.findIndex((item) => item.kind === "entry" && item.entry === type) + 1;
  return items.toSpliced(at, 0, { kind: "new", text: title });
}

/** All settings together, in the place of the first of them. */
function underConfig(items: readonly Item[], outcomes: readonly Outcome[]): Item[] {
  const settings = outcomes.flatMap(({ entry, rule }) => (rule?.isSetting ? [entry] : []));
  return items.flatMap((item): Item[] => {
    if (item.kind !== "entry" || !settings.includes(item.entry)) return [item];
    return item.entry === settings[0] ? [{ kind: "group", key: "config", entries: settings }] : [];
  });
}
