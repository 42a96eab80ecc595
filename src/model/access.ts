/** Scopes and principals: who calls, and what they may do. */
import type { JsonObject } from "./json.ts";

export const SCOPES = [
  "workflows:read",
  "workflows:write",
  "runs:read",
  "runs:write",
  "approvals:decide",
  "ai:infer",
  "metrics:read",
  "runs:debug",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** Survives the rotation of its key; owns idempotency keys. */
  id: string;
  /** How they authenticated; none: without credentials. */
  credential: "key" | "jwt" | "none";
  /** Lower case; set when the credentials identify a person. */
  email?: string;
  scopes: readonly Scope[];
  /** The one workflow that it is limited to; null: all. */
  workflowScope: string | null;
  /** The default `profile` of runs that it starts. */
  claims: JsonObject;
}

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes("admin");
}
