/** Finds many texts at once, each character of the searched text looked at once. */
import { type Reading, readingsOf, unescaped } from "./mask-readings.ts";

interface Node {
  next: Map<string, Node>;
  depth: number;
  /** Where to go on when nothing follows. */
  back: Node | null;
  /** Length of the longest text that ends here. */
  found: number;
}

export interface Search {
  /** The text with the cover in the place of everything that was found. */
  cover(text: string): string;
}

/** Starts of cut texts shorter than this say nothing. */
const SHORTEST = 4;

/** Whether a text is known by itself: four bytes or more, and not a single character. */
export function isTelling(value: string): boolean {
  const text = value.trim();
  return new TextEncoder().encode(text).length >= SHORTEST && Array.from(text).length > 1;
}

export function searchFor(values: readonly string[], cover: string): Search {
  const looked = [...new Set(values.flatMap((value) => formsOf(value)))];
  if (looked.length === 0) return { cover: (text) => text };
  const root = tree(looked);
  const least = Math.min(...looked.map((form) => form.length));
  return {
    cover(text) {
      if (text.length < least && !/…|\.\.\./.test(text)) return text;
      const found: [number, number][] = [];
      for (const reading of readingsOf(text, least)) found.push(...foundIn(reading, root));
      return covered(text, found, cover);
    },
  };
}

/** The text, and what is left of it when what looks like an escape in it is undone. */
function formsOf(value: string): string[] {
  const forms: string[] = [];
  let reading: Reading | null = { text: value, from: [], to: [] };
  for (let level = 0; reading !== null && level <= 4; level++) {
    const form = reading.text.replaceAll(SPACES, " ").trim();
    if (isTelling(form)) forms.push(form);
    reading = unescaped(reading);
  }
  return forms;
}

/** Forms write a space as a plus sign, and messages stand on one line. */
const SPACES = /[\t-\r +\u00a0\u2028\u2029]+/g;

function tree(texts: readonly string[]): Node {
  const root: Node = { next: new Map(), depth: 0, back: null, found: 0 };
  for (const text of texts) {
    let node = root;
    for (let index = 0; index < text.length; index++) {
      const unit = text[index] ?? "";
      const known = node.next.get(unit);
      const after = known ?? { next: new Map(), depth: node.depth + 1, back: root, found: 0 };
      node.next.set(unit, after);
      node = after;
    }
    node.found = text.length;
  }
  const ahead = [...root.next.values()];
  for (const node of ahead) {
    for (const [unit, after] of node.next) {
      after.back = step(node.back ?? root, unit, root);
      after.found ||= after.back.found;
      ahead.push(after);
    }
  }
  return root;
}

function step(from: Node, unit: string, root: Node): Node {
  for (let node: Node | null = from; node !== null; node = node.back) {
    const next = node.next.get(unit);
    if (next !== undefined) return next;
  }
  return root;
}

function foundIn({ text, from, to }: Reading, root: Node): [number, number][] {
  const found: [number, number][] = [];
  const places: number[] = [];
  let node = root;
  let beforeSpace = root;
  let isAfterSpace = false;
  const add = (end: number, length: number) => {
    found.push([from[places[end - length] ?? 0] ?? 0, to[places[end - 1] ?? 0] ?? 0]);
  };
  for (let index = 0; index < text.length; index++) {
    const unit = text[index] ?? "";
    const isSpace = /^[\t-\r +\u00a0\u2028\u2029]$/.test(unit);
    if (unit === "…" || text.startsWith("...", index)) {
      const [cut, end] = isAfterSpace ? [beforeSpace, places.length - 1] : [node, places.length];
      if (cut.depth >= SHORTEST) add(end, cut.depth);
    }
    if (isSpace && isAfterSpace) continue;
    if (isSpace) beforeSpace = node;
    isAfterSpace = isSpace;
    places.push(index);
    node = step(node, isSpace ? " " : unit, root);
    if (node.found > 0) add(places.length, node.found);
  }
  return found;
}

function covered(text: string, found: readonly [number, number][], cover: string): string {
  const places = found.filter(([start, end]) => start < end).toSorted(([a], [b]) => a - b);
  let shown = "";
  let done = 0;
  for (const [from, to] of places) {
    if (from >= done) shown += text.slice(done, from) + cover;
    done = Math.max(done, to);
  }
  return shown + text.slice(done);
}
