/**
 * The loader of the proof: a text of format 0.1 → its definition.
 *
 * Invariant: it shares nothing with the upgrade that it checks, not even the YAML parser: it imports only `model/` and libraries, and nothing else that the upgrade imports. A shared mistake would go unnoticed. `.oxlintrc.json` and a test enforce this.
 *
 * It ignores unknown keys: reporting them is the upgrade's job.
 */
import type { Result } from "#model/result.ts";
import { parseDocument } from "yaml";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { oldWorkflowSchema } from "./old-format.ts";

/** Expressions are unchanged: in them, `ctx` is a name for the whole context. */
export function loadOldFile(text: string): Result<WorkflowDefinition, string> {
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    version: "1.2",
    uniqueKeys: false,
  });
  const [fault] = document.errors;
  if (fault !== undefined) return { ok: false, error: fault.message };
  const value: unknown = document.toJS();
  const read = oldWorkflowSchema.safeParse(value);
  if (read.success) return { ok: true, value: read.data };
  const [issue] = read.error.issues;
  const place = issue?.path.map(String).filter((part) => part !== "config" && part !== "common");
  return { ok: false, error: `${place?.join(".") ?? ""}: ${issue?.message ?? ""}` };
}
