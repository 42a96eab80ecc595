/** Takes the values of secrets out of what an API gave back. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { maskSecrets, REDACTED } from "#security/redact.ts";

/** Servers echo what they are sent; a secret must not reach the log that way. */
export function maskJson(value: JsonObject, secrets: readonly string[]): JsonObject;
export function maskJson(value: JsonValue, secrets: readonly string[]): JsonValue;
export function maskJson(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (secrets.length === 0) return value;
  if (typeof value === "string") return maskSecrets(value, secrets);
  if (typeof value === "number") return secrets.includes(String(value)) ? REDACTED : value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, secrets));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      maskSecrets(key, secrets),
      maskJson(item, secrets),
    ]),
  );
}

/** A JSON Pointer is made of keys, and spells some of their characters in its own way. */
export function maskPointer(pointer: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return pointer;
  const keys = pointer.split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys
    .map((key) => maskSecrets(key, secrets).replaceAll("~", "~0").replaceAll("/", "~1"))
    .join("/");
}
