/**
 * Field definitions that contradict themselves, found when a workflow is saved, so that no person
 * ever meets a form that cannot be answered. The structure (types, unknown keys) is checked
 * before this.
 */
import { pointer } from "#model/pointer.ts";
import { LIMITS } from "#model/limits.ts";
import { CONTEXT_ROOTS, type FieldType, type FormField } from "#model/workflow.ts";
import { checkFieldValue, maxLength, TEXT_TYPES } from "./field-value.ts";
import { compilePattern } from "./pattern.ts";

/** `pointer` is relative to the list of fields: `/0/pattern`. */
export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
}

/** All problems of a list of fields; an empty list says that they can be used. */
export function checkFields(fields: readonly FormField[]): FieldProblem[] {
  const seen = new Set<string>();
  return fields.flatMap((field, index) => {
    const problems = [
      ...checkKey(field, seen),
      ...checkApplicable(field),
      ...checkPattern(field),
      ...checkLimits(field),
      ...checkOptions(field),
    ];
    seen.add(field.key);
    // A default is judged by limits that are sound themselves.
    if (problems.length === 0) problems.push(...checkDefault(field));
    return problems.map(({ pointer: place, code, message }) => ({
      pointer: pointer(index) + place,
      code,
      message,
    }));
  });
}

const RESERVED: ReadonlySet<string> = new Set([...CONTEXT_ROOTS, "__proto__"]);

function problem(keyword: string, code: string, message: string): FieldProblem {
  return { pointer: pointer(keyword), code, message };
}

function checkKey({ key }: FormField, seen: ReadonlySet<string>): FieldProblem[] {
  if (key === "") return [problem("key", "invalid_key", "The key of a field must not be empty.")];
  if (RESERVED.has(key)) {
    return [problem("key", "reserved_name", `"${key}" is a reserved name; no field may have it.`)];
  }
  if (!seen.has(key)) return [];
  return [problem("key", "duplicate_key", `Another field already has the key "${key}".`)];
}

const CHOICE_TYPES: ReadonlySet<FieldType> = new Set(["select", "multiselect"]);
const COUNTED_TYPES: ReadonlySet<FieldType> = new Set(["number", "integer", "multiselect"]);

const APPLIES_TO: readonly [keyof FormField, ReadonlySet<FieldType>][] = [
  ["pattern", TEXT_TYPES],
  ["min_length", TEXT_TYPES],
  ["max_length", TEXT_TYPES],
  ["min", COUNTED_TYPES],
  ["max", COUNTED_TYPES],
  ["options", CHOICE_TYPES],
];

/** A limit that the type does not know would be ignored in silence. */
function checkApplicable(field: FormField): FieldProblem[] {
  return APPLIES_TO.filter(
    ([keyword, types]) => field[keyword] !== undefined && !types.has(field.type),
  ).map(([keyword, types]) => {
    const message = `"${keyword}" has no meaning for type ${field.type}, only for ${[...types].join(", ")}.`;
    return problem(keyword, "not_applicable", message);
  });
}

function checkPattern({ pattern }: FormField): FieldProblem[] {
  if (pattern === undefined) return [];
  const compiled = compilePattern(pattern);
  if (compiled.ok) return [];
  return [problem("pattern", "invalid_pattern", `The pattern ${compiled.message}.`)];
}

function checkLimits(field: FormField): FieldProblem[] {
  const { min, max, min_length: shortest, max_length: longest } = field;
  const problems: FieldProblem[] = [];
  const refuse = (keyword: string, message: string): void => {
    problems.push(problem(keyword, "invalid_limit", message));
  };
  for (const [keyword, value] of [
    ["min_length", shortest],
    ["max_length", longest],
  ] as const) {
    if (value !== undefined && !isCount(value)) refuse(keyword, `"${keyword}" must be 0 or more.`);
  }
  if (longest !== undefined && longest > LIMITS.textAnswerLength) {
    refuse("max_length", `"max_length" must be ${LIMITS.textAnswerLength} or less.`);
  }
  if (shortest !== undefined && shortest > maxLength(field)) {
    refuse(
      "min_length",
      `No text can have ${shortest} characters: at most ${maxLength(field)} fit.`,
    );
  }
  if (min !== undefined && max !== undefined && min > max) {
    refuse("min", `"min" is larger than "max".`);
  }
  return [...problems, ...checkRange(field)];
}

/** Bounds between which no value of the type lies. */
function checkRange({ type, min, max, options }: FormField): FieldProblem[] {
  const least = min ?? -Infinity;
  const most = max ?? Infinity;
  if (type === "integer" && least <= most && Math.ceil(least) > most) {
    return [problem("min", "invalid_limit", `There is no whole number between "min" and "max".`)];
  }
  if (type !== "multiselect") return [];
  const wrong = (
    [
      ["min", min],
      ["max", max],
    ] as const
  ).filter(([, value]) => value !== undefined && !isCount(value));
  if (min !== undefined && options !== undefined && min > options.length) {
    return [problem("min", "invalid_limit", `"min" asks for more options than there are.`)];
  }
  return wrong.map(([keyword]) =>
    problem(keyword, "invalid_limit", `"${keyword}" counts options and must be 0 or more.`),
  );
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function checkOptions({ type, options }: FormField): FieldProblem[] {
  if (!CHOICE_TYPES.has(type)) return [];
  if (options === undefined || options.length === 0) {
    return [problem("options", "missing_options", `A field of type ${type} needs options.`)];
  }
  const seen = new Set<string>();
  return options.flatMap(({ value }, index) => {
    const place = pointer("options", index, "value");
    const message =
      value === "" ? "The value of an option must not be empty." : `"${value}" appears twice.`;
    if (value !== "" && !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ pointer: place, code: "invalid_option", message }];
  });
}

function checkDefault(field: FormField): FieldProblem[] {
  if (field.default === undefined || field.default === null) return [];
  const wrong = checkFieldValue(field, field.default, { left: LIMITS.patternWork });
  if (wrong === null) return [];
  return [problem("default", "invalid_default", `The default ${wrong.message}.`)];
}
