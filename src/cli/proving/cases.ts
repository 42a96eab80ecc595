/**
 * The test cases of a workflow: inputs for its forms, decisions, modes of the mock, HTTP responses.
 * Derived from the old definition, the same ones each time.
 *
 * Values are those that the rules of the workflow compare with and their neighbours; each field
 * also gets values of other types; sometimes an answer is missing.
 */
import { samplePattern } from "#ai/mock/pattern.ts";
import { createRandom, type Random } from "#ai/mock/prng.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";

export interface Case {
  inputs: JsonObject;
  profile: JsonObject;
  approvals: Record<string, boolean>;
  mode: "success" | "schema_violation" | "timeout" | "transient_error";
  /** Statuses of the HTTP responses, in order; the last one repeats. 0: no response. */
  statuses: readonly number[];
}

const MODES: readonly Case["mode"][] = [
  "success",
  "success",
  "success",
  "transient_error",
  "schema_violation",
  "timeout",
];
const STATUSES: readonly (readonly number[])[] = [[200], [201], [200], [503, 200], [404], [0]];

/** Cases that answer everything, only what is required, and nothing. */
const PLAIN_CASES = 3;
/** Values of all types: each type of field accepts some of them. */
const PROBES: readonly JsonValue[] = [2.5, "a", 1, true, "", ["a"], null, -1, "a".repeat(400)];

/** Cases for a workflow: the plain ones, then each field probed, then random ones. */
export function casesOf(definition: WorkflowDefinition, count: number): Case[] {
  const fields = [
    ...(definition.inputs ?? []),
    ...definition.steps.flatMap((step) => (step.type === "form" ? step.config.fields : [])),
  ];
  const spoken = wordsOf(definition);
  return Array.from({ length: count }, (_, index): Case => {
    const random = createRandom(`${index} ${definition.start_step}`);
    const probe = index < count / 2 ? probeAt(fields, index - PLAIN_CASES) : {};
    return {
      inputs: { ...inputsOf(fields, { index, random, spoken }), ...probe },
      profile: profileOf(definition, random),
      approvals: approvalsOf(definition, index, random),
      mode: index < PLAIN_CASES ? "success" : (MODES[index % MODES.length] ?? "success"),
      statuses: index < PLAIN_CASES ? [200] : (STATUSES[(index * 5) % STATUSES.length] ?? [200]),
    };
  });
}

/** One field with one of the probes: each field with the first one, then each with the second. */
function probeAt(fields: readonly FormField[], index: number): JsonObject {
  const field = index < 0 ? undefined : fields[index % fields.length];
  const probe = PROBES[Math.floor(index / fields.length) % PROBES.length];
  return field === undefined || probe === undefined ? {} : { [field.key]: probe };
}

/** The texts and numbers that the rules of a workflow compare with. */
interface Words {
  texts: string[];
  numbers: number[];
}

function wordsOf({ steps }: WorkflowDefinition): Words {
  const rules = steps
    .flatMap((step) => (step.type === "conditional" ? [step.config.when] : []))
    // Names in subscripts are not values.
    .map((rule) => rule.replaceAll(/(?<=[\w\]])\[\s*(?:"[^"]*"|'[^']*')\s*\]/g, ""));
  const texts = rules.flatMap((rule) =>
    [...rule.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)].map(
      ([, double, single]) => double ?? single ?? "",
    ),
  );
  const numbers = rules.flatMap((rule) =>
    [...rule.replaceAll(/"[^"]*"|'[^']*'/g, "").matchAll(/(?<![\w.])\d+(?:\.\d+)?/g)].map(Number),
  );
  return { texts, numbers: numbers.flatMap((number) => [number - 1, number, number + 1]) };
}

interface Making {
  index: number;
  random: Random;
  spoken: Words;
}

function inputsOf(fields: readonly FormField[], { index, random, spoken }: Making): JsonObject {
  const entries = fields.flatMap((field): [string, JsonValue][] =>
    isLeftOut(field, index, random) ? [] : [[field.key, usual(field, spoken, random)]],
  );
  return Object.fromEntries(entries);
}

/** Required answers are rarely omitted: the run would stop there. */
function isLeftOut({ required }: FormField, index: number, random: Random): boolean {
  if (index < PLAIN_CASES) return index === 2 || (index === 1 && !required);
  return random.next() < (required ? 0.04 : 0.4);
}

/** A value that the field accepts, where one is easily generated. */
function usual(field: FormField, spoken: Words, random: Random): JsonValue {
  const { options = [], min = 0, min_length: least = 1 } = field;
  const [first, ...others] = options.map(({ value }) => value);
  switch (field.type) {
    case "number":
      return Math.max(min, oneOf(spoken.numbers, random) ?? 1.5);
    case "integer":
      return Math.ceil(Math.max(min, oneOf(spoken.numbers, random) ?? 3));
    case "boolean":
      return random.next() < 0.5;
    case "date":
      return "2024-02-29";
    case "email":
      return "person@example.com";
    case "url":
      return "https://example.com/a";
    case "select":
      return oneOf([first ?? "a", ...others], random) ?? "a";
    case "multiselect":
      return [oneOf([first ?? "a", ...others], random) ?? "a"];
    case "string":
    case "text": {
      const sample = field.pattern === undefined ? null : samplePattern(field.pattern, random, 0);
      if (sample !== null) return sample;
      const text = random.next() < 0.7 ? oneOf(spoken.texts, random) : undefined;
      return (text ?? field.key).padEnd(least, "a").slice(0, field.max_length ?? 1000);
    }
  }
}

function oneOf<T>(items: readonly T[], random: Random): T | undefined {
  return items[Math.floor(random.next() * items.length)];
}

/** The parts of the profile that the workflow names, sometimes without a value. */
function profileOf(definition: WorkflowDefinition, random: Random): JsonObject {
  const written = JSON.stringify(definition).replaceAll("\\", "");
  const names = [...written.matchAll(/\bprofile(?:\.|"?\]?\s*\[\s*["'])([A-Za-z_][\w-]*)/g)];
  const entries = names.flatMap(([, name = ""]): [string, JsonValue][] =>
    random.next() < 0.8 ? [[name, random.pick(["a", "person@example.com", "admin"])]] : [],
  );
  return Object.fromEntries(entries);
}

function approvalsOf(
  { steps }: WorkflowDefinition,
  index: number,
  random: Random,
): Record<string, boolean> {
  const approvals = steps.filter(({ type }) => type === "approval");
  return Object.fromEntries(
    approvals.map(({ id }) => [id, index < PLAIN_CASES || random.next() < 0.7]),
  );
}
