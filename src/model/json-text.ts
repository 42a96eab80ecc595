/**
 * JSON text that remembers the type of its value. Large values cross from the run object to the
 * client as text, serialised once: 1 MB took 13 ms this way and 32 ms as a value that was cloned
 * for RPC and serialised by the Worker, 64 kB took 1.3 ms and 1.8 ms. With the type, the schema of
 * a route can still be held against what is sent.
 */
import type { JsonValue } from "./json.ts";

declare const shape: unique symbol;

/** Only `toJsonText` makes one, so that the text cannot be of another type than its name says. */
export type JsonText<T> = string & { readonly [shape]: T };

export function toJsonText<T extends {} | null>(value: T): JsonText<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand exists only as a type
  return JSON.stringify(value) as JsonText<T>;
}

export function parseJsonText<T>(text: JsonText<T>): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text was made from a T
  return JSON.parse(text) as T;
}

/** The text of a value, and its size as UTF-8. */
export interface SizedText {
  text: JsonText<JsonValue>;
  bytes: number;
}

/** For values that are measured and then stored: serialising 1 MB twice costs milliseconds. */
export function toSizedText(value: JsonValue): SizedText {
  const text = toJsonText(value);
  return { text, bytes: new TextEncoder().encode(text).byteLength };
}
