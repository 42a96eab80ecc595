/**
 * Entries of a mapping laid out again: some moved under a key of their own, some added. Owns what is
 * the same for both styles; `layout-block.ts` and `layout-flow.ts` write them.
 *
 * Invariant: entries keep their text, with their comments; only indentation and commas change. A
 * mapping that only has edits within its entries is not laid out at all.
 */
import type { YAMLMap } from "yaml";
import type { Draft } from "./draft.ts";
import { type Edit, indentation, lineStart } from "./edits.ts";
import type { Entry } from "./entries.ts";
import { blockText } from "./layout-block.ts";
import { flowText } from "./layout-flow.ts";
import type { Extent, Item } from "./layout-item.ts";

/** The edits that lay a mapping out. `extent` is what it takes of a block; its entries if absent. */
export function laidOut(
  draft: Draft,
  map: YAMLMap.Parsed,
  items: readonly Item[],
  extent?: Extent,
): Edit[] {
  const entries = items.flatMap(entriesIn).toSorted((a, b) => a.start - b.start);
  const isNew = items.some(({ kind }) => kind !== "entry");
  if (!isNew && extent === undefined) return entries.flatMap(({ edits }) => edits);
  const [start, end] = map.flow ? map.range : (extent ?? extentOf(entries));
  const outside = entries.flatMap((entry) => takeBefore(entry, start));
  const text = map.flow
    ? flowText(draft, { items, entries, start, end })
    : blockText(draft, { items, entries, start, end });
  return [...outside, ...remarkLines(draft, map, items), { start, end, text }];
}

function entriesIn(item: Item): Entry[] {
  if (item.kind === "new") return [];
  return item.kind === "entry" ? [item.entry] : item.entries;
}

function extentOf(entries: readonly Entry[]): Extent {
  return [entries[0]?.start ?? 0, entries.at(-1)?.end ?? 0];
}

/** Remarks about a flow mapping stand above the line that it begins on, which may be before all this. */
function takeBefore(entry: Entry, start: number): Edit[] {
  const before = entry.edits.filter((edit) => edit.start < start);
  entry.edits = entry.edits.filter((edit) => edit.start >= start);
  return before;
}

/** Remarks of the groups in a flow mapping, as lines above it: a comment within would break its lines. */
function remarkLines(draft: Draft, map: YAMLMap.Parsed, items: readonly Item[]): Edit[] {
  if (!map.flow || draft.isJson) return [];
  const { source, eol } = draft;
  const outermost = draft.flows.find(({ range }) => map.range[0] < range[1])?.range[0] ?? 0;
  const start = lineStart(source, Math.min(outermost, map.range[0]));
  return items.flatMap((item) => {
    if (item.kind !== "group" || item.remark === undefined) return [];
    const names = item.entries.map(({ name }) => JSON.stringify(name)).join(", ");
    const text = `${indentation(source, start)}# ${item.key}, ${names}: ${item.remark}${eol}`;
    return [{ start, end: start, text }];
  });
}
