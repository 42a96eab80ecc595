/** Scopes and principals: who asks, and what they may. */
import type { JsonObject } from "./json.ts";

export const SCOPES = [
  "workflows:read",
  "workflows:write",
  "runs:read",
  "runs:write",
  "approvals:decide",
  "ai:infer",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** Survives the rotation of its key; owns idempotency keys. */
  id: string;
  /** What they came with; none: nothing that was asked for is known of them. */
  credential: "key" | "jwt" | "none";
  /** Lower case; when the credentials name a person. */
  email?: string;
  scopes: readonly Scope[];
  /** The one workflow that it is limited to; null: all. */
  workflowId: string | null;
  /** Becomes `profile` of runs that are given none. */
  claims: JsonObject;
}

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes("admin");
}
