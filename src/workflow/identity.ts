/** The id of a workflow: written in it, taken from the address, or made from its name. */
import { type JsonObject } from "#model/json.ts";
import { quote, type Report } from "./findings.ts";
import { ID_PATTERN } from "#model/workflow.ts";
import { stringIn } from "./member.ts";

/** The id, or null after a finding (an id of a wrong form is reported with the structure). */
export function settleId(
  workflow: JsonObject,
  addressed: string | undefined,
  report: Report,
): string | null {
  const written = stringIn(workflow, "id");
  if (addressed !== undefined) return settleAddressed(written, addressed, report);
  if (written !== null) return written;
  const name = stringIn(workflow, "name");
  if (name === null || Object.hasOwn(workflow, "id")) return null;
  const id = idFromName(name);
  if (id !== null) return id;
  if (name.trim() === "") return null;
  const message = `No id can be made from the name ${quote(name)}; add an "id" of lower-case letters, digits, "_" and "-".`;
  report({ code: "missing_key", message, path: ["id"] });
  return null;
}

function settleAddressed(written: string | null, addressed: string, report: Report): string {
  if (written === null || written === addressed) return addressed;
  const message = `The id of the workflow is ${quote(written)}, but the address has ${quote(addressed)}; remove "id", or make them the same.`;
  report({ code: "id_mismatch", message, path: ["id"], suggestion: addressed });
  return addressed;
}

/** A text in snake_case: "Content Draft Flow" → `content_draft_flow`; null when nothing is left. */
export function idFromName(name: string): string | null {
  const id = name
    // Upper case first, which writes "ß" out.
    .toUpperCase()
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^[_0-9]+|_+$/g, "")
    .slice(0, 64)
    .replace(/_+$/, "");
  return ID_PATTERN.test(id) ? id : null;
}
