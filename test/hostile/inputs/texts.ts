/** Building blocks of hostile inputs. */
import type { JsonValue } from "#model/json.ts";
import type { Prepared } from "../measure.ts";

export const KIB = 1024;
/** The most that one request brings. */
export const BODY = 256 * KIB - 2 * KIB;
export const YAML = 64 * KIB - 64;

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: Math.max(1, Math.floor(count)) }, (_, index) => make(index));
}

/** A text repeated up to so many characters. */
export function filled(pattern: string, length: number): string {
  return pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length);
}

/** A name of that length, different for each index. */
export function named(prefix: string, index: number, length: number): string {
  const end = String(index);
  return prefix + "m".repeat(Math.max(0, length - prefix.length - end.length)) + end;
}

export function prepared(text: JsonValue | string, work: () => unknown): Prepared {
  const written = typeof text === "string" ? text : JSON.stringify(text);
  return { bytes: new TextEncoder().encode(written).length, work };
}
