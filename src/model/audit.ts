/** The audit trail: who changed what, and when. Never contains the content, only its name. */
import { z } from "zod";

const AUDIT_ACTIONS = [
  "workflow.created",
  "workflow.changed",
  "workflow.hidden",
  "template.stored",
  "secret.stored",
  "secret.deleted",
  "secrets.rewrapped",
  "key.created",
  "key.revoked",
  "backup.taken",
  "restore.begun",
  "restore.ended",
  "restore.released",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One change, as the API shows it. */
export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: "The principal of a key, or `user:` and the subject of a token." }),
    action: z.enum(AUDIT_ACTIONS),
    target: z.string().meta({ description: "Id or name of what was changed." }),
    version: z
      .int()
      .optional()
      .meta({ description: "The version that was stored, if the target has versions." }),
    request_id: z.string(),
  })
  .meta({
    id: "AuditEntry",
    example: {
      id: "x3m5q7r2t4v6",
      at: "2026-11-22T17:28:01.419Z",
      actor: "dev",
      action: "secret.stored",
      target: "TICKETS_TOKEN",
      version: 1,
      request_id: "5d0c7f1e-8c67-4b0f-9d3a-0f4f8f8b8a10",
    },
  });

export type AuditEntry = z.infer<typeof auditEntrySchema>;
