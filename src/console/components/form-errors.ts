/** Errors of answers, by field. */
import type { Diagnostic } from "#model/diagnostic.ts";
import { pointer } from "#model/pointer.ts";
import type { Problem } from "#model/problem.ts";
import type { Field } from "./api-types.ts";

export interface SortedErrors {
  /** By key of the field, in the order of the fields. */
  byField: ReadonlyMap<string, readonly Diagnostic[]>;
  /** Errors that belong to no visible field. */
  others: readonly Diagnostic[];
}

export function sortErrors(fields: readonly Field[], errors: readonly Diagnostic[]): SortedErrors {
  const byField = new Map(
    fields.map(({ key }) => [key, errors.filter((error) => isAbout(key, error))] as const),
  );
  const placed = new Set([...byField.values()].flat());
  return {
    byField: new Map([...byField].filter(([, found]) => found.length > 0)),
    others: errors.filter((error) => !placed.has(error)),
  };
}

/** An option of a multiselect (`/inputs/topics/2`) belongs to its field. */
export function isAbout(key: string, { pointer: place }: Diagnostic): boolean {
  const field = pointer("inputs", key);
  return place === field || place.startsWith(`${field}/`);
}

/** The service's errors in the fields of a form, if it refused because of them; else null. */
export function fieldFindings(problem: Problem | null): readonly Diagnostic[] | null {
  const isAboutFields = problem?.code === "invalid_inputs" || problem?.code === "masked_value";
  return isAboutFields ? (problem.errors ?? null) : null;
}
