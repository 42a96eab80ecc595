/** The audit trail: who changed what, and when. Never holds what was written, only its name. */

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
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];
