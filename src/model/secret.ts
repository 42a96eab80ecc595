/** The request and response schemas of secrets: responses have the name, never the value. */
import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { ID_PATTERN } from "./workflow.ts";

/** The names that `{{secrets.NAME}}` accepts. */
export const SECRET_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

export const secretBodySchema = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .refine((value) => value.isWellFormed(), "must be text; it contains half of a surrogate pair")
      .refine(
        (value) => new TextEncoder().encode(value).byteLength <= LIMITS.secretBytes,
        `must have at most ${LIMITS.secretBytes} bytes in UTF-8`,
      )
      .meta({ description: `At most ${LIMITS.secretBytes} bytes in UTF-8.` }),
    workflows: z
      .array(z.string().regex(ID_PATTERN, "is not the id of a workflow"))
      .max(LIMITS.secretWorkflows)
      .nullable()
      .optional()
      .meta({
        description:
          "The only workflows that may use it; an empty list: none, only settings of the service. null: all. Absent: as before, and all for a new name.",
      }),
  })
  .meta({ id: "SecretBody", example: { value: "the value" } });

export type SecretBody = z.infer<typeof secretBodySchema>;

export const secretSchema = z
  .object({
    name: z.string(),
    version: z.int().min(1).meta({ description: "Counts the values that the name has had." }),
    key_version: z
      .int()
      .min(0)
      .meta({ description: "Which key of SECRETS_KEYS wraps it; 0: derived from SERVER_SECRET." }),
    workflows: z
      .array(z.string())
      .optional()
      .meta({ description: "The only workflows that may use it; absent: all." }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({
    id: "Secret",
    description: "A secret without its value, which is never returned.",
    example: {
      name: "TICKETS_TOKEN",
      version: 1,
      key_version: 0,
      created_at: "2026-11-22T17:28:01.419Z",
      updated_at: "2026-11-22T17:28:01.419Z",
    },
  });

/** Identifies one value of one secret. A pair is never used twice. */
export interface SecretIdentity {
  name: string;
  /** 1 for the first. */
  version: number;
  /** The only workflows that may use it; null or absent: all. */
  workflows?: readonly string[] | null;
}

/**
 * What is stored of a value; `security/secrets.ts` makes it. Persisted shape: both texts are base64
 * of a 12-byte nonce, the ciphertext and its 16-byte tag.
 */
export interface SealedSecret {
  /** Of the key-encryption key. */
  keyVersion: number;
  wrappedKey: string;
  ciphertext: string;
}

export type Secret = z.infer<typeof secretSchema>;

/** The result of wrapping under the current key. */
export const rewrapSchema = z
  .object({
    key_version: z.int().min(0).meta({ description: "The current key." }),
    rewrapped: z.int().min(0).meta({ description: "How many were wrapped again." }),
    remaining: z.int().min(0).meta({
      description: "How many are still wrapped under other keys; send the request again.",
    }),
    failed: z
      .array(z.string())
      .meta({ description: "Names that could not be unwrapped: another key, or changed bytes." }),
  })
  .meta({
    id: "SecretsRewrap",
    example: { key_version: 2, rewrapped: 3, remaining: 0, failed: [] },
  });
