/** Whether a workflow may name a secret: by the secret itself, and by the caller who stores the workflow. */
import { quote } from "../findings.ts";

export interface SecretFacts {
  /** Names that are stored, of those that the caller may learn of. */
  secretNames?: ReadonlySet<string>;
  /** Of them, those that name the workflows that may use them. */
  secretUses?: ReadonlyMap<string, readonly string[]>;
  /**
   * For a caller who is limited to one workflow: the only names that it may write. Whether others
   * are stored must not matter, or a guess would be answered.
   */
  secretsWithin?: ReadonlySet<string>;
  /** The workflow that is read; null: it has no id. */
  workflowId?: string | null;
}

/** Why the workflow may not use the secret; null: it may. */
export function secretRefusal(facts: SecretFacts, name: string): string | null {
  const { secretUses, secretsWithin, workflowId = null } = facts;
  if (secretsWithin?.has(name) === false) {
    return `This key is limited to one workflow, and no stored version of it names the secret ${quote(name)}. A caller who is not limited can store one that does, or let the secret name the workflow.`;
  }
  const uses = secretUses?.get(name);
  if (uses === undefined || workflowId === null || uses.includes(workflowId)) return null;
  return `The secret ${quote(name)} names the workflows that may use it, and this one is not among them.`;
}
