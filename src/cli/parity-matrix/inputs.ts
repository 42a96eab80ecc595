/**
 * Generates inputs for a workflow from its declared inputs and the fields of its forms. The same
 * seed yields the same inputs. Owns the values; `plan.ts` chooses which inputs are used.
 *
 * Numbers and texts of the workflow itself (in rules, in `static`) are frequent, and so are the
 * limits of a field: branches depend on them.
 */
import { samplePattern } from "#ai/mock/pattern.ts";
import { createRandom, type Random } from "#ai/mock/prng.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";

/** One in this many inputs has a missing or invalid answer to a form. */
const ONE_SPOILED_IN = 15;

/** The inputs with this number. Declared inputs are always valid: a start must not be refused. */
export function makeInputs(
  definition: WorkflowDefinition,
  seed: number,
  number: number,
): JsonObject {
  const random = createRandom(`${seed}/${definition.id}/${number}`);
  const named = namedValues(definition);
  const declared = definition.inputs ?? [];
  const forms = definition.steps.flatMap((step) =>
    step.type === "form" ? step.config.fields : [],
  );
  const inputs: JsonObject = {};
  for (const field of [...declared, ...forms]) {
    if (Object.hasOwn(inputs, field.key)) continue;
    if (!field.required && random.integer(1, 3) === 1) continue;
    inputs[field.key] = makeValue(field, named, random);
  }
  const asked = forms.filter(({ key }) => !declared.some((field) => field.key === key));
  if (random.integer(1, ONE_SPOILED_IN) === 1) spoil(inputs, asked, random);
  return inputs;
}

/** Values that the workflow compares with. */
interface Named {
  numbers: number[];
  texts: string[];
}

function namedValues({ static: constants, steps }: WorkflowDefinition): Named {
  const named: Named = { numbers: [], texts: [] };
  collect(constants, named);
  for (const step of steps) {
    if (step.type !== "conditional") continue;
    for (const [, text] of step.config.when.matchAll(/["']([^"']*)["']/g)) {
      if (text !== undefined) named.texts.push(text);
    }
    for (const [digits] of step.config.when.matchAll(/\b\d+(?:\.\d+)?\b/g)) {
      named.numbers.push(Number(digits));
    }
  }
  return named;
}

function collect(value: JsonValue, named: Named): void {
  if (typeof value === "number") named.numbers.push(value);
  if (typeof value === "string" && value !== "") named.texts.push(value);
  if (Array.isArray(value)) for (const item of value) collect(item, named);
  if (isJsonObject(value)) for (const item of Object.values(value)) collect(item, named);
}

function makeValue(field: FormField, named: Named, random: Random): JsonValue {
  switch (field.type) {
    case "string":
    case "text":
      return makeText(field, named, random);
    case "email":
      return `${word(random)}.${word(random)}@${word(random)}.example`;
    case "url":
      return `https://${word(random)}.example/${word(random)}?n=${random.integer(0, 99)}`;
    case "number":
    case "integer":
      return makeNumber(field, named, random);
    case "boolean":
      return random.integer(0, 1) === 1;
    case "date":
      return new Date(Date.UTC(2026, 0, random.integer(1, 700))).toISOString().slice(0, 10);
    case "select":
      return choose(field, 1, random)[0] ?? "";
    case "multiselect": {
      const most = Math.min(field.max ?? Infinity, field.options?.length ?? 0);
      return choose(field, random.integer(Math.max(field.min ?? 0, 1), most), random);
    }
  }
}

const WORDS = [
  ["launch", "invoice", "printer", "contract", "refund", "migration", "Zürich", "naïve"],
  ["shop", "team", "server", "customer", "report", "café", "日本", "😀", "two  spaces", "a\ttab"],
].flat();

function word(random: Random): string {
  return Array.from({ length: random.integer(3, 8) }, () =>
    String.fromCharCode(random.integer(97, 122)),
  ).join("");
}

function makeText(field: FormField, named: Named, random: Random): string {
  if (field.pattern !== undefined) {
    return samplePattern(field.pattern, random, random.integer(0, 12)) ?? "";
  }
  const fitting = named.texts.filter((text) => fits(field, text));
  if (fitting.length > 0 && random.integer(1, 5) === 1) {
    return fitting[random.integer(0, fitting.length - 1)] ?? "";
  }
  const least = field.min_length ?? 1;
  const most = Math.min(field.max_length ?? 120, Math.max(least, 120));
  const wanted = random.integer(least, most);
  let text = "";
  while (Array.from(text).length < wanted) {
    text += `${WORDS[random.integer(0, WORDS.length - 1)] ?? ""} `;
  }
  return Array.from(text).slice(0, wanted).join("");
}

function fits({ min_length = 0, max_length = Infinity }: FormField, text: string): boolean {
  const { length } = Array.from(text);
  return length >= min_length && length <= max_length;
}

function makeNumber(field: FormField, named: Named, random: Random): number {
  const least = field.min ?? -1_000;
  const most = field.max ?? 1_000;
  const isWhole = field.type === "integer";
  const near = named.numbers.flatMap((one) =>
    isWhole ? [one - 1, one, one + 1] : [one - 0.01, one, one + 0.01],
  );
  const edges = [least, most, ...near].filter((one) => one >= least && one <= most);
  if (random.integer(1, 2) === 1) return edges[random.integer(0, edges.length - 1)] ?? least;
  const between = least + random.next() * (most - least);
  return isWhole ? Math.round(between) : Math.round(between * 100) / 100;
}

function choose(field: FormField, count: number, random: Random): string[] {
  const left = (field.options ?? []).map(({ value }) => value);
  return Array.from({ length: Math.min(count, left.length) }).flatMap(() =>
    left.splice(random.integer(0, left.length - 1), 1),
  );
}

/** Omits an answer, or replaces it by a value of a wrong type. */
function spoil(inputs: JsonObject, fields: readonly FormField[], random: Random): void {
  const field = fields[random.integer(0, Math.max(0, fields.length - 1))];
  if (field === undefined) return;
  if (random.integer(0, 1) === 0) delete inputs[field.key];
  else inputs[field.key] = { not: "an answer" };
}
