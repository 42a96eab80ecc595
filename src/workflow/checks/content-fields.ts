/** The fields of forms and start inputs, beyond their structure: see `validation/fields.ts`. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { checkFields } from "#validation/fields.ts";
import { fieldSchema } from "../structure/authored-fields.ts";
import { canonicalField } from "../canonicalise.ts";
import type { DiagnosticCode } from "../codes.ts";
import type { Report } from "../findings.ts";
import type { Path } from "../source/places.ts";
import { fromPointer } from "#model/pointer.ts";
import { listIn, memberOf } from "../member.ts";

const CODES: Readonly<Record<string, DiagnosticCode>> = {
  reserved_name: "reserved_name",
  duplicate_key: "duplicate_field",
  not_applicable: "field_not_applicable",
  invalid_pattern: "invalid_pattern",
  invalid_limit: "invalid_limit",
  missing_options: "missing_options",
  invalid_option: "invalid_option",
  invalid_default: "invalid_default",
};

/** Checks the list of fields under a key of `owner`. Fields of a wrong structure are left out. */
export function checkFieldList(
  owner: JsonObject,
  key: "fields" | "inputs",
  place: Path,
  report: Report,
): void {
  const list = memberOf(owner, key);
  if (!Array.isArray(list)) return;
  const sound = list.flatMap((item: JsonValue, index) => {
    const result = fieldSchema.safeParse(item);
    return result.success ? [{ index, field: canonicalField(result.data) }] : [];
  });
  for (const problem of checkFields(sound.map(({ field }) => field))) {
    const [position = "", ...inside] = fromPointer(problem.pointer);
    const { index = 0 } = sound[Number(position)] ?? {};
    report({
      code: CODES[problem.code] ?? "field_invalid",
      message: problem.message,
      path: [...place, key, index, ...asWritten(inside, list[index])],
    });
  }
}

/** An option that is a plain string has no `value` inside to point to. */
function asWritten(inside: readonly string[], field: JsonValue | undefined): Path {
  const [key, position] = inside;
  if (key !== "options" || position === undefined || !isJsonObject(field)) return inside;
  const option = listIn(field, "options")[Number(position)];
  return typeof option === "string" ? [key, Number(position)] : inside;
}
