import { z } from "zod";
import { optionalKey } from "./optional-key.ts";
import { SEVERITIES } from "./severity.ts";

/**
 * One finding about a document or a request body. The same shape everywhere: `diagnostics[]` of a
 * workflow, `errors[]` of a problem.
 *
 * `pointer` is a JSON Pointer (RFC 6901) to the value, or to the key when the key is wrong.
 * `line` and `column` count from 1 and are present when the text was YAML.
 */
export const diagnosticSchema = z
  .object({
    severity: optionalKey(z.enum(SEVERITIES)),
    code: z.string(),
    message: z.string(),
    pointer: z.string(),
    line: optionalKey(z.int().min(1)),
    column: optionalKey(z.int().min(1)),
    suggestion: optionalKey(z.string()),
  })
  .meta({
    id: "Diagnostic",
    description: "One finding, with the place it is about.",
    example: {
      severity: "error",
      code: "unknown_key",
      message: 'Unknown key "aprovers".',
      pointer: "/steps/2/config/aprovers",
      line: 31,
      column: 7,
      suggestion: "approvers",
    },
  });

export type Diagnostic = z.infer<typeof diagnosticSchema>;
