/** Versions that an earlier release stored, in the canonical form of that release. */
import { openDatabase } from "#db/database.ts";
import { findVersion, type WorkflowRecord } from "#db/workflows.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { canonicalJson, definitionHash } from "#workflow/canonical.ts";
import type { AppContext } from "../types.ts";
import type { ReadyWorkflow } from "./bodies.ts";

/**
 * A warning when the stored version was written by an earlier release and equals this one in the
 * canonical form of that release; else null. Without it, a script that posts its file before each
 * run would be refused after an update. Versions of this release are not compared that way: there,
 * another order of a JSON Schema is another definition.
 */
export async function earlierReleaseWarning(
  c: AppContext,
  known: WorkflowRecord,
  ready: ReadyWorkflow,
): Promise<Diagnostic | null> {
  const version = await findVersion(openDatabase(c.env.DB), known.id, known.version);
  if (version?.canonicalForm !== 1) return null;
  const hash = await definitionHash(canonicalJson(ready.definition, 1));
  if (hash !== known.hash) return null;
  return {
    severity: "warning",
    code: "stored_by_earlier_release",
    message: `Version ${known.version} was stored by an earlier release, which sorted the keys of JSON Schemas, and stays as it is. A PUT of the same text stores a version that keeps their order.`,
    pointer: "",
  };
}
