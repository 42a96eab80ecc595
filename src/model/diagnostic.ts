import { z } from "zod";
import { SEVERITIES, type Severity } from "./severity.ts";

/**
 * One finding about a document or a request body. The same shape everywhere: `diagnostics[]` of a
 * workflow, `errors[]` of a problem.
 *
 * `pointer` is a JSON Pointer (RFC 6901) to the value, or to the key when the key is wrong.
 * `line` and `column` count from 1 and are present when the text was YAML.
 */
export const diagnosticSchema = z
  .object({
    severity: z.enum(SEVERITIES).optional(),
    code: z.string(),
    message: z.string(),
    pointer: z.string(),
    line: z.int().min(1).optional(),
    column: z.int().min(1).optional(),
    suggestion: z.string().optional(),
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

export interface Diagnostic {
  severity?: Severity;
  code: string;
  message: string;
  pointer: string;
  line?: number;
  column?: number;
  suggestion?: string;
}
