/** Mappings in flow style: in braces, with commas, on one line or on several. */
import { type Draft, inStyleOf } from "./draft.ts";
import { edited, indentation, indented, lineStart } from "./edits.ts";
import type { Entry } from "./entries.ts";
import type { Layout } from "./layout-block.ts";
import type { Group, Item } from "./layout-item.ts";

/** An entry without its comma: what leads to it, itself, and what follows on its last line. */
interface Piece {
  lead: string;
  body: string;
  tail: string;
}

/** How the mapping is written, for what is added to it. */
interface Style {
  /** Behind the first brace and before the last. */
  padding: string;
  /** Behind a comma. */
  gap: string;
  /** Where a line begins; null when all is on one line. */
  margin: string | null;
}

/** The new text of a flow mapping, braces included. */
export function flowText(draft: Draft, layout: Layout): string {
  const { source } = draft;
  const { items, entries, end } = layout;
  const last = entries.at(-1);
  const closing = last === undefined ? "" : source.slice(last.end, end - 1);
  const style = styleOf(draft, layout, closing);
  const pieces = items.map((item, index) => {
    const piece = pieceOf(draft, item, style);
    const isMoved = index > 0 && item.kind !== "new" && entriesOf(item)[0] === entries[0];
    return isMoved && piece.lead === "" ? { ...piece, lead: style.gap } : piece;
  });
  const [first] = pieces;
  if (first !== undefined && items[0]?.kind === "new") first.lead = firstLead(draft, layout, style);
  const hasComma = last !== undefined && last.comma !== null;
  return `{${joined(draft, pieces, { hasComma, closing: closing || style.padding, margin: style.margin })}}`;
}

function entriesOf(item: Exclude<Item, { kind: "new" }>): Entry[] {
  return item.kind === "entry" ? [item.entry] : item.entries;
}

function styleOf({ source, unit }: Draft, { entries, start, end }: Layout, closing: string): Style {
  const leads = entries.map((entry) => source.slice(entry.start, entry.body[0]));
  const margin = leads.map(marginOf).find((found) => found !== null) ?? null;
  const isBroken = source.slice(start, end).includes("\n");
  const outer = marginOf(closing) ?? indentation(source, lineStart(source, start));
  return {
    padding: entries.length === 0 || /^\s/.test(source.slice(start + 1, end)) ? " " : "",
    gap: leads[1] === "" ? "" : " ",
    margin: margin ?? (isBroken ? outer + " ".repeat(unit) : null),
  };
}

/** The white space that a line begins with, when a text ends on a new line. */
function marginOf(text: string): string | null {
  return /\n([ \t]*)$/.exec(text)?.[1] ?? null;
}

function pieceOf(draft: Draft, item: Item, style: Style): Piece {
  switch (item.kind) {
    case "entry":
      return entryPiece(draft, item.entry);
    case "new":
      return { lead: newLead(draft, style), body: item.text, tail: "" };
    case "group":
      return groupPiece(draft, item, style);
  }
}

function entryPiece({ source }: Draft, { start, body, end, comma, edits }: Entry): Piece {
  const [from, to] = body;
  const tail =
    comma === null
      ? source.slice(to, end)
      : source.slice(to, comma).trimEnd() + source.slice(comma + 1, end);
  return { lead: source.slice(start, from), body: edited(source, body, edits), tail };
}

/** What is put before all others begins as the first did, without its comment. */
function firstLead({ source, eol }: Draft, { entries }: Layout, { padding }: Style): string {
  const [first] = entries;
  const margin = first === undefined ? null : marginOf(source.slice(first.start, first.body[0]));
  return margin === null ? padding : eol + margin;
}

function newLead({ eol }: Draft, { margin, gap }: Style): string {
  return margin === null ? gap : eol + margin;
}

/** On lines of its own when the first of its entries begins one. */
function groupPiece(draft: Draft, { key, entries }: Group, style: Style): Piece {
  const pieces = entries.map((entry) => entryPiece(draft, entry));
  const [first] = pieces;
  const name = entries[0] === undefined ? key : inStyleOf(entries[0].key, key);
  const margin = marginOf(first?.lead ?? "");
  if (first === undefined || margin === null) {
    const lead = first?.lead ?? style.gap;
    const inner = pieces.with(0, {
      lead: style.padding,
      body: first?.body ?? "",
      tail: first?.tail ?? "",
    });
    const text = joined(draft, inner, {
      hasComma: false,
      closing: style.padding,
      margin: style.margin,
    });
    return { lead, body: `${name}: {${text}}`, tail: "" };
  }
  const text = joined(draft, pieces, { hasComma: false, closing: "", margin }).trimEnd();
  const body = `${name}: {${indentedBelow(text, draft.unit)}${draft.eol}${margin}}`;
  return { lead: draft.eol + margin, body, tail: "" };
}

interface Joining {
  /** Whether a comma follows the last one too. */
  hasComma: boolean;
  closing: string;
  margin: string | null;
}

function joined(
  { eol }: Draft,
  pieces: readonly Piece[],
  { hasComma, closing, margin }: Joining,
): string {
  let text = "";
  let isOpenComment = false;
  // What follows a comment would be part of it.
  const append = (part: string): void => {
    const isBroken = /^[ \t]*\r?\n/.test(part);
    text += isOpenComment && !isBroken ? eol + (margin ?? "  ") + part.trimStart() : part;
  };
  for (const [index, { lead, body, tail }] of pieces.entries()) {
    append(lead + body);
    text += index < pieces.length - 1 || hasComma ? `,${tail}` : tail;
    isOpenComment = tail.includes("#");
  }
  append(closing);
  return text;
}

/** All lines but the first, which goes on behind other text. */
function indentedBelow(text: string, columns: number): string {
  const end = text.indexOf("\n") + 1;
  return text.slice(0, end) + indented(text.slice(end), columns);
}
