/** What a mapping is laid out from, for both styles. */
import type { Entry } from "./entries.ts";

export type Item =
  | { kind: "entry"; entry: Entry }
  /** A pair that was not there, written out: `required: true`. */
  | { kind: "new"; text: string }
  | Group;

/** Entries that go under a key of their own, with a remark where the text may hold comments. */
export interface Group {
  kind: "group";
  key: string;
  remark?: string;
  entries: Entry[];
}

/** A part of the text, the end exclusive. */
export type Extent = readonly [start: number, end: number];
