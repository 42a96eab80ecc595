/**
 * `x-…` keys: allowed wherever the format defines the keys, and ignored. What people name
 * themselves (`static`, headers, bodies, JSON Schemas, `output`) keeps all its keys, since
 * `x-api-key` is a header there and not a remark.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";

/** A copy of a workflow without its `x-…` keys. */
export function withoutExtensions(workflow: JsonObject): JsonObject {
  return stripped(workflow, { steps: each(stripStep), inputs: each(stripField) });
}

type Strip = (value: JsonValue) => JsonValue;

const stripPlain: Strip = (value) => (isJsonObject(value) ? stripped(value, {}) : value);

const stripField: Strip = (value) =>
  isJsonObject(value) ? stripped(value, { options: each(stripPlain) }) : value;

const stripConfig: Strip = (value) =>
  isJsonObject(value)
    ? stripped(value, { fields: each(stripField), fallback: each(stripPlain) })
    : value;

const stripStep: Strip = (value) =>
  isJsonObject(value) ? stripped(value, { retry: stripPlain, config: stripConfig }) : value;

function each(strip: Strip): Strip {
  return (value) => (Array.isArray(value) ? value.map(strip) : value);
}

function stripped(object: JsonObject, inside: Readonly<Record<string, Strip>>): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (key.startsWith("x-")) continue;
    const strip = Object.hasOwn(inside, key) ? inside[key] : undefined;
    kept[key] = strip === undefined ? value : strip(value);
  }
  return kept;
}
