/**
 * The JSON Schema (2020-12) of the authored format, for editors: completion, hover texts and
 * checks while typing. Generated from the schemas of `authored.ts`; what only this service can
 * check (targets, cycles, expressions) is not in it.
 */
import { z } from "zod";
import { isJsonObject, type JsonObject, parseJson } from "#model/json.ts";
import { SCHEMA_VERSION } from "#model/workflow.ts";
import { workflowSchema } from "./structure/authored.ts";

const EXTENSIONS = {
  "^x-": { description: "Ignored by the service; for notes and for other tools." },
};

/** The schema, with its own address as `$id`; a new object at every call. */
export function workflowJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(workflowSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = EXTENSIONS;
      // zod bounds every integer by what a number can hold, which editors would show.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const parsed = parseJson(JSON.stringify(schema));
  const { $schema: dialect, ...rest } = isJsonObject(parsed) ? parsed : {};
  return {
    $schema: dialect ?? null,
    $id: `urn:workflow-orchestrator:workflow:${SCHEMA_VERSION}`,
    title: "Workflow",
    description: `A workflow of format ${SCHEMA_VERSION}: steps that people, models and APIs do together.`,
    ...rest,
  };
}
