/**
 * The words of format 0.1 and what format 0.2 calls them: the table of docs/upgrading.md as data.
 *
 * A key that is in no table here has the same name in both formats. A key of 0.2 that had another
 * name in 0.1 is none of 0.1: `required: false` in a file of 0.1 was never read, so it must not
 * begin to mean something.
 */
import type { StepType } from "#model/workflow.ts";

export const KINDS: ReadonlyMap<string, StepType> = new Map<string, StepType>([
  ["form", "form"],
  ["ai", "ai_generate"],
  ["if", "conditional"],
  ["http", "api_call"],
  ["approve", "approval"],
]);

export const FIELD_TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ["str", "string"],
  ["int", "integer"],
  ["float", "number"],
  ["bool", "boolean"],
]);
