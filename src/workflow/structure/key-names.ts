/**
 * Which keys stand where, and what a wrong one was meant to be: the names of format 0.1, words
 * that people use instead, and keys that belong one level up or down.
 */
import { ownProperty } from "#model/json.ts";
import { STEP_TYPES, type StepType } from "#model/workflow.ts";
import { STEP_SCHEMAS, frameSchema } from "./authored.ts";
import { fallbackSchema, retrySchema } from "./authored-config.ts";
import { fieldSchema, optionSchema } from "./authored-fields.ts";
import type { Path } from "../source/places.ts";

/** A place where the format defines the keys. */
export interface Level {
  kind: "workflow" | "step" | "config" | "field" | "option" | "retry" | "fallback";
  /** Type of the step that the place is in, when it is known. */
  type: StepType | null;
}

type Names = Readonly<Record<string, string>>;

const WORKFLOW_NAMES: Names = {
  version: "schema_version",
  start: "start_step",
  title: "name",
  constants: "static",
  outputs: "output",
};
const STEP_NAMES: Names = { kind: "type", title: "name", goto: "next" };
const FIELD_NAMES: Names = { name: "key", id: "key", title: "label", optional: "required" };
const CONFIG_NAMES: Readonly<Record<StepType, Names>> = {
  form: {},
  ai_generate: {
    prompt: "template_id",
    template: "template_id",
    inputs: "variables",
    schema: "json_schema",
    timeout: "timeout_s",
    max_tokens: "max_output_tokens",
  },
  conditional: { condition: "when", if: "when", if_true: "then", if_false: "else" },
  api_call: {
    endpoint: "url",
    verb: "method",
    timeout: "timeout_s",
    form: "body_form",
    form_body: "body_form",
    json: "body",
    data: "body",
    response_type: "response",
  },
  approval: { approver: "approvers", timeout: "expires_in_s" },
};

/** Other words for step types and field types. */
export const TYPE_SYNONYMS: Names = {
  ai: "ai_generate",
  llm: "ai_generate",
  if: "conditional",
  condition: "conditional",
  http: "api_call",
  approve: "approval",
};
export const FIELD_TYPE_SYNONYMS: Names = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
  textarea: "text",
  dropdown: "select",
  checkbox: "boolean",
};

/** The level at a path of an issue; `type` is that of the step on the path. */
export function levelAt(path: Path, type: StepType | null): Level {
  const last = path.at(-1);
  const list = typeof last === "number" ? path.at(-2) : undefined;
  if (path.length === 0) return { kind: "workflow", type };
  if (list === "steps") return { kind: "step", type };
  if (list === "fields" || list === "inputs") return { kind: "field", type };
  if (list === "options") return { kind: "option", type };
  if (list === "fallback") return { kind: "fallback", type };
  return { kind: last === "retry" ? "retry" : "config", type };
}

/** The keys that the format defines at a level. */
export function keysAt({ kind, type }: Level): string[] {
  switch (kind) {
    case "workflow":
      return Object.keys(frameSchema.shape);
    case "step":
      return stepKeys(type);
    case "config":
      return configKeys(type);
    case "field":
      return Object.keys(fieldSchema.shape);
    case "option":
      return Object.keys(optionSchema.shape);
    case "retry":
      return Object.keys(retrySchema.shape);
    case "fallback":
      return Object.keys(fallbackSchema.shape);
  }
}

export interface KeyAdvice {
  /** What is wrong, as the rest of a sentence that begins with the key. */
  message: string;
  suggestion?: string;
}

/** What an unknown key was meant to be, when that is known for certain; else null. */
export function adviceOn(key: string, level: Level): KeyAdvice | null {
  const renamed = newName(key, level);
  if (renamed !== null) {
    return { message: `is not a key here; it is called "${renamed}"`, suggestion: renamed };
  }
  if (level.kind === "step") return adviceOnStepKey(key, level);
  if (level.kind === "config" && level.type !== null) return adviceOnSetting(key, level.type);
  return null;
}

function adviceOnStepKey(key: string, level: Level): KeyAdvice | null {
  if (level.type === null) return null;
  const setting = nameIn(CONFIG_NAMES[level.type], key) ?? key;
  if (configKeys(level.type).includes(setting)) {
    return {
      message: `is a setting and belongs under "config"${setting === key ? "" : `, as "${setting}"`}`,
      suggestion: `config.${setting}`,
    };
  }
  if (key === "retry") {
    return { message: `exists for ai_generate and api_call only; a ${level.type} is not retried` };
  }
  return null;
}

function adviceOnSetting(key: string, type: StepType): KeyAdvice | null {
  if (stepKeys(type).includes(key)) {
    return { message: 'belongs one level up, beside "config"', suggestion: key };
  }
  const owners = STEP_TYPES.filter((other) => configKeys(other).includes(key));
  if (owners.length === 0) return null;
  return { message: `is a setting of ${owners.join(" and ")}, not of ${type}` };
}

function newName(key: string, { kind, type }: Level): string | null {
  switch (kind) {
    case "workflow":
      return nameIn(WORKFLOW_NAMES, key);
    case "step":
      return nameIn(STEP_NAMES, key);
    case "field":
      return nameIn(FIELD_NAMES, key);
    case "config":
      return type === null ? null : nameIn(CONFIG_NAMES[type], key);
    default:
      return null;
  }
}

/** The meaning of a word in a table, or null. */
export function nameIn(names: Names, word: string): string | null {
  const name = ownProperty(names, word);
  return typeof name === "string" ? name : null;
}

function stepKeys(type: StepType | null): string[] {
  return Object.keys(STEP_SCHEMAS[type ?? "ai_generate"].shape);
}

function configKeys(type: StepType | null): string[] {
  return type === null ? [] : Object.keys(STEP_SCHEMAS[type].shape.config.shape);
}
