/**
 * The verdict of @cfworker/json-schema on one value and the assertion keywords of one schema:
 * no subschemas, no references, no patterns, nothing whose cost is more than the size of the two.
 */
import { type Schema, validate } from "@cfworker/json-schema";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { ASSERTIONS } from "./keywords.ts";
import { describeAssertion, type Finding, type Place } from "./violation.ts";

/** Given to the library so that it does not look for references, nor writes into the schema. */
const NO_REFERENCES: Readonly<Record<string, Schema | boolean>> = {};

/** One finding for each keyword that the value misses. */
export function assertionFailures(
  assertions: JsonObject,
  value: JsonValue,
  place: Place,
): Finding[] {
  const { valid, errors } = validate(value, assertions, "2020-12", NO_REFERENCES, false);
  if (valid) return [];
  const missed = new Set(errors.map((error) => error.keyword));
  return ASSERTIONS.filter((keyword) => missed.has(keyword)).map((keyword) => ({
    place,
    keyword,
    get message() {
      return describeAssertion(keyword, assertions, value);
    },
  }));
}
