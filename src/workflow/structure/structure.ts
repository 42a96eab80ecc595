/**
 * Structure: keys, types and bounds of a workflow, by the schemas of `authored.ts`. Everything is
 * checked even where something else is wrong: each step by the schema of its own type, and a step
 * of an unknown type by what all steps have.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { STEP_TYPES, type StepType } from "#model/workflow.ts";
import {
  anyStepSchema,
  type AuthoredStep,
  type AuthoredWorkflow,
  frameSchema,
  STEP_SCHEMAS,
} from "./authored.ts";
import { quote, type Report } from "../findings.ts";
import { kindOf, reportIssues } from "./issues.ts";
import { nameIn, TYPE_SYNONYMS } from "./key-names.ts";
import { memberOf, stringIn } from "../member.ts";

/** The workflow with its types known, or null when something is wrong. `x-…` keys are gone before. */
export function checkStructure(workflow: JsonObject, report: Report): AuthoredWorkflow | null {
  const frame = frameSchema.safeParse(workflow);
  if (!frame.success) {
    reportIssues(
      frame.error.issues,
      { value: workflow, schema: frameSchema, type: null, path: [] },
      report,
    );
  }
  const items = memberOf(workflow, "steps");
  const steps = Array.isArray(items)
    ? items.map((item: JsonValue, index) => checkStep(item, index, report))
    : [];
  if (!frame.success) return null;
  const sound = steps.filter((step) => step !== null);
  return sound.length === steps.length ? { ...frame.data, steps: sound } : null;
}

function checkStep(step: JsonValue, index: number, report: Report): AuthoredStep | null {
  const path = ["steps", index];
  if (!isJsonObject(step)) {
    const message = `Step ${index + 1} must be a mapping, not ${kindOf(step)}.`;
    report({ code: "wrong_type", message, path });
    return null;
  }
  const type = checkType(step, index, report);
  const schema = type === null ? anyStepSchema : STEP_SCHEMAS[type];
  const result = schema.safeParse(step);
  if (!result.success) {
    reportIssues(result.error.issues, { value: step, schema, type, path }, report);
  }
  return type !== null && result.success ? STEP_SCHEMAS[type].parse(step) : null;
}

/** The type of a step, or null when it is not one; only a misspelt one is reported here. */
function checkType(step: JsonObject, index: number, report: Report): StepType | null {
  const type = stringIn(step, "type");
  const known = STEP_TYPES.find((name) => name === type);
  if (known !== undefined || type === null) return known ?? null;
  const message = `Unknown step type ${quote(type)}; the types are ${STEP_TYPES.join(", ")}.`;
  const suggestion = nameIn(TYPE_SYNONYMS, type);
  report({
    code: "unknown_step_type",
    message: suggestion === null ? message : `${message} Did you mean "${suggestion}"?`,
    path: ["steps", index, "type"],
    ...(suggestion === null ? { meant: { name: type, among: STEP_TYPES } } : { suggestion }),
  });
  return null;
}
