/** Idempotency keys: from the header or the body, and the fingerprint that tells bodies apart. */
import { z } from "zod";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { toHex } from "#security/keyed-hash.ts";
import { ProblemError } from "../problems/problems.ts";

const PRINTABLE_ASCII = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** The key of this request, or null. Both given and different: 422. */
export function idempotencyKey(header: string | undefined, inBody?: string): string | null {
  if (header !== undefined) checkKey(header);
  if (header !== undefined && inBody !== undefined && header !== inBody) {
    throw new ProblemError({
      code: "idempotency_key_mismatch",
      detail: "The Idempotency-Key header and run_opts.idempotency_key differ.",
    });
  }
  return header ?? inBody ?? null;
}

export function isIdempotencyKey(key: string): boolean {
  return key.length <= LIMITS.idempotencyKeyLength && PRINTABLE_ASCII.test(key);
}

function checkKey(key: string): void {
  if (isIdempotencyKey(key)) return;
  throw new ProblemError({
    code: "invalid_parameter",
    detail: `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyLength} printable ASCII characters.`,
  });
}

/** A JSON value whose objects may have absent members, as validated bodies do. */
export type Sortable =
  | JsonValue
  | undefined
  | readonly Sortable[]
  | { readonly [key: string]: Sortable };

/** SHA-256 of the value with sorted keys, hex: the same meaning has the same fingerprint. */
export async function fingerprint(body: Sortable): Promise<string> {
  const text = new TextEncoder().encode(canonicalText(body));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
}

/** JSON with sorted keys. */
export function canonicalText(value: Sortable): string {
  return JSON.stringify(sortKeys(value, null));
}

/** The same, but a `json_schema` keeps the order of its keys, which has a meaning there. */
export function meaningText(value: Sortable): string {
  return JSON.stringify(sortKeys(value, "json_schema"));
}

function sortKeys(value: Sortable, except: string | null): unknown {
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, except));
  if (typeof value !== "object" || value === null) return value;
  const sorted = Object.entries(value)
    .map(([key, child]) => [key, key === except ? child : sortKeys(child, except)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(sorted);
}

export const keyHeaders = z.object({
  "idempotency-key": z.string().optional().meta({
    description: "The same key and body take effect once; another body is refused.",
    example: "order-4711",
  }),
});
