import { z } from "zod";
import type { JsonValue } from "./json.ts";

/**
 * Any value of a document that was parsed as JSON. Only absence is checked: `z.json()` would walk
 * and copy the whole value, which `exact-json.ts` has read and bounded already.
 */
export const jsonValueSchema = z
  .unknown()
  .pipe(z.custom<JsonValue>((value) => value !== undefined));

export const jsonObjectSchema = z.record(z.string(), jsonValueSchema);
