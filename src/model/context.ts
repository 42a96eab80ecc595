/**
 * The context of a run and how names find their values in it. One rule for expressions, templates
 * and `variables`: the roots first, then a bare name in `runtime.inputs`, `profile`, `static`; a
 * name that was asked for and has no value anywhere is null, also when a dotted path reads it in
 * its place.
 */
import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from "./json.ts";

/** A type and not an interface, so that a context is a JSON object too. */
export type StepContext = {
  output?: JsonValue;
  error?: JsonObject;
};

/** The data of a run. Frozen for its readers; getters may read outputs lazily. */
export interface RunContext {
  readonly static: JsonObject;
  readonly profile: JsonObject;
  readonly runtime: {
    readonly inputs: JsonObject;
    readonly steps: Readonly<Record<string, StepContext>>;
  };
  /** Names that were asked for so far: without an answer, and without another value, they are null. */
  readonly asked?: ReadonlySet<string>;
  /** Keys that were asked for, by the object that has the answers: outputs of forms, the inputs. */
  readonly askedIn?: ReadonlyMap<object, ReadonlySet<string>>;
}

/** The value of a name without dots, or undefined when nothing has that name. */
export function lookupName(context: RunContext, name: string): JsonValue | undefined {
  switch (name) {
    case "static":
    case "profile":
    case "runtime":
      return context[name];
    case "inputs":
      return context.runtime.inputs;
    case "steps":
      return context.runtime.steps;
    case "secrets":
      return undefined;
    default:
      for (const place of [context.runtime.inputs, context.profile, context.static]) {
        if (Object.hasOwn(place, name)) return place[name];
      }
      return context.asked?.has(name) ? null : undefined;
  }
}

/** The value at a dotted path such as `steps.generate.output.draft` or `topic`; own properties only. */
export function lookupPath(context: RunContext, path: string): JsonValue | undefined {
  const [root = "", ...rest] = path.split(".");
  let value = lookupName(context, root);
  for (const segment of rest) {
    if (Array.isArray(value)) {
      value = /^(0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
    } else if (isJsonObject(value)) {
      value = readMember(context, value, segment);
    } else {
      return undefined;
    }
  }
  return value;
}

/** The own value under a key; null for an answer that was asked for and not given. */
export function readMember(
  { askedIn }: RunContext,
  object: JsonObject,
  key: string,
): JsonValue | undefined {
  const value = ownProperty(object, key);
  return value === undefined && askedIn?.get(object)?.has(key) === true ? null : value;
}
