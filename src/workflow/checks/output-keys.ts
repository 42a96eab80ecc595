/** What the output of a step can hold, as far as the workflow says. */
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { fieldKeys } from "./data-flow.ts";
import type { OutlineStep } from "./outline.ts";
import { memberOf } from "../member.ts";

/** The keys of a step's output, or null when they are not known. */
export function outputKeys(step: OutlineStep): string[] | null {
  switch (step.type) {
    case "form":
      return fieldKeys(memberOf(step.config, "fields"));
    case "conditional":
      return ["result", "trace"];
    case "api_call":
      return ["status", "headers", "body", "encoding", "kept_as_text", "duplicate_keys"];
    case "approval":
      return ["approved", "decisions"];
    case "ai_generate": {
      const schema = memberOf(step.config, "json_schema");
      return isJsonObject(schema) ? schemaKeys(schema) : null;
    }
    case null:
      return null;
  }
}

/** Keywords through which a value may have keys beside those of `properties`. */
const OPENING = ["patternProperties", "allOf", "anyOf", "oneOf", "$ref", "if", "dependentSchemas"];

/**
 * A schema that lists properties is taken at its word, though JSON Schema lets others in: what a
 * workflow reads is meant to be asked for.
 */
function schemaKeys(schema: JsonObject): string[] | null {
  const properties = memberOf(schema, "properties");
  if (!isJsonObject(properties) || OPENING.some((keyword) => Object.hasOwn(schema, keyword))) {
    return null;
  }
  const others = memberOf(schema, "additionalProperties");
  return others === undefined || others === false ? Object.keys(properties) : null;
}
