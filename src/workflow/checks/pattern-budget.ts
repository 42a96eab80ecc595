/**
 * Regular expressions are compiled to be checked, and compiling is the dearest thing that reading
 * a workflow does. So their estimated sizes are added up before the first of them is compiled.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { patternSize } from "#validation/pattern.ts";
import type { Report } from "../findings.ts";
import { memberOf } from "../member.ts";
import type { Outline } from "./outline.ts";
import type { Path } from "../source/places.ts";

/** True when all patterns of fields and JSON Schemas may be compiled; else says where it is too much. */
export function isWithinPatternBudget({ workflow, steps }: Outline, report: Report): boolean {
  const places: [JsonValue | undefined, Path][] = [
    [memberOf(workflow, "inputs"), ["inputs"]],
    ...steps.flatMap(({ config, path }): [JsonValue | undefined, Path][] =>
      ["fields", "json_schema"].map((key) => [memberOf(config, key), [...path, "config", key]]),
    ),
  ];
  let size = 0;
  for (const [value, place] of places) {
    for (const { source, path } of patternsIn(value ?? null, place)) {
      size += patternSize(source);
      if (size <= LIMITS.workflowPatternSize) continue;
      const message = `The regular expressions of this workflow are too large in total; the limit is reached here.`;
      report({ code: "invalid_pattern", message, path });
      return false;
    }
  }
  return true;
}

/** Depth is bounded where the document was read. */
function* patternsIn(value: JsonValue, path: Path): Generator<{ source: string; path: Path }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* patternsIn(item, [...path, index]);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const inside = [...path, key];
      if (key === "pattern" && typeof item === "string") yield { source: item, path: inside };
      if (key === "patternProperties" && isJsonObject(item)) {
        for (const source of Object.keys(item)) yield { source, path: [...inside, source] };
      }
      yield* patternsIn(item, inside);
    }
  }
}
