/** Valid values of a JSON Schema as the API description uses it: an arbitrary for each schema. */
import * as fc from "fast-check";

export type Schema = Readonly<Record<string, unknown>>;

export type Components = Readonly<Record<string, unknown>>;

const PLAIN_TEXT = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const ANY_JSON = fc.jsonValue({ maxDepth: 2 });
const DEPTH = 6;

export class SchemaValues {
  readonly #components: Components;
  /** By schema, so that fast-check sees the same arbitrary each time. */
  readonly #known = new WeakMap<Schema, fc.Arbitrary<unknown>>();

  constructor(components: Components) {
    this.#components = components;
  }

  of(schema: Schema, depth = DEPTH): fc.Arbitrary<unknown> {
    const known = this.#known.get(schema);
    if (known) return known;
    const made = this.#make(schema, depth);
    this.#known.set(schema, made);
    return made;
  }

  #make(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const { $ref, anyOf, oneOf, type } = schema;
    if (typeof $ref === "string") return this.of(this.#resolve($ref), depth);
    if ("const" in schema) return fc.constant(schema["const"]);
    if (Array.isArray(schema["enum"])) return fc.constantFrom<unknown>(...schema["enum"]);
    const branches = anyOf ?? oneOf;
    if (Array.isArray(branches)) return fc.oneof(...branches.map((one) => this.of(one, depth)));
    const types: unknown[] = Array.isArray(type) ? type : [type];
    return fc.oneof(...types.map((one) => this.#ofType(one, schema, depth)));
  }

  #resolve(ref: string): Schema {
    const names = ref.replace("#/components/", "").split("/");
    const found = names.reduce<unknown>(
      (value, name) => (isSchema(value) ? value[name] : undefined),
      this.#components,
    );
    if (!isSchema(found)) throw new Error(`${ref} leads nowhere`);
    return found;
  }

  #ofType(type: unknown, schema: Schema, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case "string":
        return textOf(schema);
      case "integer":
        return fc.integer({
          min: numberAt(schema, "minimum", -9),
          max: numberAt(schema, "maximum", 99),
        });
      case "number":
        return fc
          .integer({ min: numberAt(schema, "minimum", -9), max: numberAt(schema, "maximum", 99) })
          .map((n) => n / 2);
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "array":
        return this.#listOf(schema, depth);
      case "object":
        return this.#objectOf(schema, depth);
      default:
        return ANY_JSON;
    }
  }

  #listOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const items = isSchema(schema["items"]) ? this.of(schema["items"], depth - 1) : ANY_JSON;
    const minLength = numberAt(schema, "minItems", 0);
    return fc.array(items, { minLength, maxLength: Math.min(numberAt(schema, "maxItems", 4), 4) });
  }

  #objectOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const { properties, required, additionalProperties } = schema;
    if (!isSchema(properties)) {
      const isClosed = additionalProperties === false || depth <= 0;
      return isClosed ? fc.constant({}) : fc.dictionary(PLAIN_TEXT, ANY_JSON, { maxKeys: 4 });
    }
    const needed: unknown[] = Array.isArray(required) ? required : [];
    const entries = Object.entries(properties)
      .filter(([name]) => depth > 0 || needed.includes(name))
      .map(([name, value]) => [name, this.of(isSchema(value) ? value : {}, depth - 1)] as const);
    return fc.record(Object.fromEntries(entries), {
      requiredKeys: entries.map(([name]) => name).filter((name) => needed.includes(name)),
    });
  }
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern));
  if (format === "date-time") {
    const [min, max] = [new Date("2020-01-01T00:00:00Z"), new Date("2040-01-01T00:00:00Z")];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  const minLength = numberAt(schema, "minLength", 0);
  const maxLength = Math.min(numberAt(schema, "maxLength", 30), 30);
  return fc.string({ unit: "grapheme", minLength, maxLength });
}

function numberAt(schema: Schema, key: string, otherwise: number): number {
  const value = schema[key];
  return typeof value === "number" ? value : otherwise;
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
