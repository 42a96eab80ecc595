/**
 * The request and response schemas of API keys. The key itself is shown once, when it is created.
 */
import { z } from "zod";
import { SCOPES } from "./access.ts";
import { LIMITS } from "./limits.ts";

export const keyBodySchema = z
  .strictObject({
    name: z.string().min(1).max(LIMITS.nameLength).meta({ description: "For people." }),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    workflow_id: z
      .string()
      .min(1)
      .max(LIMITS.nameLength)
      .optional()
      .meta({ description: "The workflow that the key is limited to." }),
    expires_at: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: "The key is refused from then on." }),
    principal_id: z.string().min(1).max(LIMITS.nameLength).optional().meta({
      description:
        "Of an existing key: the new one has the same principal, so that its idempotency keys stay valid.",
    }),
  })
  .meta({ id: "KeyBody", example: { name: "nightly import", scopes: ["runs:write"] } });

export const keySchema = z
  .object({
    id: z.string().meta({ description: "The part of the key between its underscores." }),
    name: z.string(),
    principal_id: z.string(),
    scopes: z.array(z.string()),
    workflow_id: z.string().optional(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().optional(),
    revoked_at: z.iso.datetime().optional(),
  })
  .meta({
    id: "Key",
    description: "An API key without the key itself, of which only a hash is stored.",
    example: {
      id: "i7lbshi5by",
      name: "nightly import",
      principal_id: "key_5fk2p7q4xzmnbvcx",
      scopes: ["runs:write"],
      created_at: "2026-11-22T17:28:01.000Z",
    },
  });

export type Key = z.infer<typeof keySchema>;

export const createdKeySchema = keySchema
  .extend({
    key: z.string().optional().meta({
      description:
        "Shown once: a response that is replayed for an idempotency key does not include it.",
    }),
  })
  .meta({
    id: "CreatedKey",
    example: {
      id: "i7lbshi5by",
      name: "nightly import",
      principal_id: "key_5fk2p7q4xzmnbvcx",
      scopes: ["runs:write"],
      created_at: "2026-11-22T17:28:01.000Z",
      key: "wo_i7lbshi5by_…",
    },
  });
