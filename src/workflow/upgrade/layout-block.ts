/** Mappings in block style: one entry below the other, all in one column. */
import { columnOf, type Draft, inStyleOf } from "./draft.ts";
import { edited, indented, lineStart } from "./edits.ts";
import type { Entry } from "./entries.ts";
import type { Group, Item } from "./layout-item.ts";

export interface Layout {
  items: readonly Item[];
  /** All entries of the mapping in the order of the text. */
  entries: readonly Entry[];
  /** What the mapping takes of the text. */
  start: number;
  end: number;
}

/** The new text of a block mapping. */
export function blockText(draft: Draft, layout: Layout): string {
  const { source, eol } = draft;
  const { items, entries, start, end } = layout;
  const column = columnOf(draft, entries[0]?.key.range[0] ?? start);
  // The first key of an item in a list stands behind its dash, not at the start of a line.
  const isInline = lineStart(source, start) !== start;
  const margin = isInline ? " ".repeat(column) : "";
  const textOf = (entry: Entry): string => {
    const text = edited(source, [entry.start, entry.end], entry.edits);
    return closed(entry.start === start ? margin + text : text, eol);
  };
  const parts = items.map((item) => {
    if (item.kind === "entry") return textOf(item.entry);
    if (item.kind === "new") return " ".repeat(column) + item.text + eol;
    return groupText(draft, item, { column, text: item.entries.map(textOf).join("") });
  });
  const text = parts.join("") + source.slice(entries.at(-1)?.end ?? end, end);
  const isClosed = source.slice(start, end).endsWith("\n");
  return (isClosed ? text : text.replace(/\r?\n$/, "")).slice(margin.length);
}

/** Blank lines stay above the new key; comments move below it, with the entry they are about. */
function groupText(
  { eol, unit }: Draft,
  { key, remark, entries }: Group,
  { column, text }: { column: number; text: string },
): string {
  const [blank = ""] = /^(?:[ \t]*\r?\n)*/.exec(text) ?? [];
  const name = entries[0] === undefined ? key : inStyleOf(entries[0].key, key);
  const head = `${" ".repeat(column)}${name}:${remark === undefined ? "" : ` # ${remark}`}${eol}`;
  return blank + head + indented(text.slice(blank.length), unit);
}

/** The last line of a file may have no end; it needs one before anything can follow. */
function closed(text: string, eol: string): string {
  return text === "" || text.endsWith("\n") ? text : text + eol;
}
