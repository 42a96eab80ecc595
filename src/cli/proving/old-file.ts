/**
 * The loader of the proof: a text of format 0.1 → the definition it means.
 *
 * Invariant: it shares nothing with the upgrade that it judges, not even how YAML is read: it
 * imports `model/` and libraries only, and nothing that the upgrade imports but `model/`. A mistake
 * that both make would not be seen. `.oxlintrc.json` and a test hold this.
 *
 * It reads what it knows and leaves out what it does not: unknown keys are the upgrade's to report.
 */
import { parseDocument } from "yaml";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { oldWorkflowSchema } from "./old-format.ts";

export type OldFile = { ok: true; definition: WorkflowDefinition } | { ok: false; message: string };

/** Expressions stay as they are: `ctx` is a name for the whole context in them. */
export function loadOldFile(text: string): OldFile {
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    version: "1.2",
    uniqueKeys: false,
  });
  const [fault] = document.errors;
  if (fault !== undefined) return { ok: false, message: fault.message };
  const value: unknown = document.toJS();
  const read = oldWorkflowSchema.safeParse(value);
  if (read.success) return { ok: true, definition: read.data };
  const [issue] = read.error.issues;
  const place = issue?.path.map(String).filter((part) => part !== "config" && part !== "common");
  return { ok: false, message: `${place?.join(".") ?? ""}: ${issue?.message ?? ""}` };
}
