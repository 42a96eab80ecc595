/**
 * What a reference run knows while it runs, and how names find their values in it: the roots
 * first, then a bare name in the inputs, the profile and the constants. A name that was asked for
 * and has no value is null.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { FormField } from "#model/workflow.ts";
import type { ReferenceStep } from "./reference.ts";

export interface Memory {
  readonly static: JsonObject;
  readonly profile: JsonObject;
  /** Of the start; the answers of forms are not among them. */
  readonly startInputs: JsonObject;
  /** Of the start, and the answers of forms over them. */
  readonly inputs: JsonObject;
  readonly steps: JsonObject;
  readonly taken: ReferenceStep[];
  /** Keys of declared inputs, and of forms that were answered. */
  readonly asked: Set<string>;
  /** The same by the object that has the answers: the inputs, and what each form gave. */
  readonly askedOf: Map<JsonValue, ReadonlySet<string>>;
  readonly aliases: Readonly<Record<string, "context">>;
}

export function openMemory(
  known: Pick<Memory, "static" | "profile" | "startInputs" | "aliases">,
  declared: readonly FormField[],
): Memory {
  const inputs = { ...known.startInputs };
  const asked = new Set(declared.map(({ key }) => key));
  return { ...known, inputs, steps: {}, taken: [], asked, askedOf: new Map([[inputs, asked]]) };
}

export function contextOf(memory: Memory): {
  static: JsonObject;
  profile: JsonObject;
  runtime: { inputs: JsonObject; steps: JsonObject };
} {
  const { profile, inputs, steps } = memory;
  return { static: memory.static, profile, runtime: { inputs, steps } };
}

/** undefined: nothing is called so. */
export function findName(memory: Memory, name: string): JsonValue | undefined {
  const context = contextOf(memory);
  if (Object.hasOwn(memory.aliases, name)) return context;
  switch (name) {
    case "static":
      return context.static;
    case "profile":
      return context.profile;
    case "runtime":
      return context.runtime;
    case "inputs":
      return context.runtime.inputs;
    case "steps":
      return context.runtime.steps;
    case "secrets":
      return undefined;
  }
  const place = [memory.inputs, memory.profile, memory.static].find((one) =>
    Object.hasOwn(one, name),
  );
  if (place !== undefined) return place[name];
  return memory.asked.has(name) ? null : undefined;
}

/** The value at a path such as `steps.generate.output.draft`; undefined when it leads nowhere. */
export function findPath(memory: Memory, path: string): JsonValue | undefined {
  const [root = "", ...segments] = path.split(".");
  let value = findName(memory, root);
  for (const segment of segments) {
    const inside = descend(value, [segment]);
    value = inside === undefined ? unanswered(memory, value, segment) : inside;
  }
  return value;
}

/** null where a form or the start asked for the key and it was not given; else undefined. */
export function unanswered(
  { askedOf }: Memory,
  place: JsonValue | undefined,
  key: string,
): null | undefined {
  return place !== undefined && askedOf.get(place)?.has(key) === true ? null : undefined;
}

/** Own properties and positions in lists; nothing inherited. */
export function descend(
  start: JsonValue | undefined,
  segments: readonly string[],
): JsonValue | undefined {
  let value = start;
  for (const segment of segments) {
    const isPlace = Array.isArray(value) ? /^(?:0|[1-9]\d*)$/.test(segment) : isJsonObject(value);
    if (!isPlace || typeof value !== "object" || value === null) return undefined;
    const parts = new Map<string, JsonValue>(Object.entries(value));
    value = parts.get(segment);
  }
  return value;
}
