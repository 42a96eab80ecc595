/**
 * The fields of forms and start inputs as people write them. Owns names, types and bounds of the
 * keys, and the words that editors show for them; see `authored.ts`.
 */
import { z } from "zod";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { FIELD_TYPES } from "#model/workflow.ts";

/** Keys of fields are names, so that expressions and templates can say them. */
export const FIELD_KEY_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
export const NOT_BLANK_PATTERN = /\S/;

const text = z.string();
/** A line for people. */
export const label = text.regex(NOT_BLANK_PATTERN).max(LIMITS.nameLength);
export const longText = text.max(LIMITS.descriptionLength);
export const anyJson = z.custom<JsonValue>((value) => value !== undefined, "a value");

export const optionSchema = z
  .strictObject({
    value: text.min(1).max(LIMITS.nameLength).meta({ description: "The value in the answer." }),
    label: text
      .max(LIMITS.nameLength)
      .exactOptional()
      .meta({ description: "The text that people see; the value itself when absent." }),
  })
  .meta({ id: "Option", title: "Option", description: "One choice of a select field." });

export const fieldSchema = z
  .strictObject({
    key: text.regex(FIELD_KEY_PATTERN).meta({
      description: "Name of the answer, as expressions, templates and variables use it.",
      examples: ["topic"],
    }),
    type: z.enum(FIELD_TYPES).meta({ description: `One of ${FIELD_TYPES.join(", ")}.` }),
    required: z.boolean().meta({
      description: "true when the form cannot be sent without an answer, else false.",
    }),
    pattern: text.exactOptional().meta({
      description: "Regular expression (RE2) that the whole answer must match.",
      examples: ["[A-Z]{2}-[0-9]+"],
    }),
    label: label
      .exactOptional()
      .meta({ description: "The text that people see; the key when absent." }),
    description: longText.exactOptional().meta({ description: "A hint below the field." }),
    placeholder: text
      .max(LIMITS.nameLength)
      .exactOptional()
      .meta({ description: "An example shown while the field is empty." }),
    default: anyJson.exactOptional().meta({ description: "The answer when none is entered." }),
    options: z
      .array(z.union([text.min(1).max(LIMITS.nameLength), optionSchema]))
      .min(1)
      .exactOptional()
      .meta({ description: "The choices of a select or multiselect." }),
    min: z.number().exactOptional().meta({ description: "Smallest accepted number." }),
    max: z.number().exactOptional().meta({ description: "Largest accepted number." }),
    min_length: z.int().min(0).exactOptional().meta({ description: "Minimum length of a text." }),
    max_length: z.int().min(1).exactOptional().meta({ description: "Maximum length of a text." }),
    sensitive: z.boolean().exactOptional().meta({
      description: "true masks the answer wherever it is shown and in the database.",
      default: false,
    }),
  })
  .meta({
    id: "Field",
    title: "Field",
    description: "One question of a form, or one start input.",
  });

export type AuthoredField = z.infer<typeof fieldSchema>;
