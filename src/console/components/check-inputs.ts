/**
 * The check of the answers before they are sent: the service's own, so its words are the same. Its
 * engine for patterns is as large as the rest of the page, hence loaded when a form is shown.
 */
import type { JsonObject } from "../../model/json.ts";
import type { FormField } from "../../model/workflow.ts";
import type * as Answers from "../../validation/answers.ts";
import type { Field, Finding } from "./api-types.ts";

/** What is wrong with the answers; nothing when the check cannot be loaded: the service checks. */
export async function checkInputs(
  fields: readonly Field[],
  inputs: JsonObject,
): Promise<readonly Finding[]> {
  const loaded = await loadCheck();
  if (loaded === null) return [];
  // The same shape, but that a key of it may be there and undefined, which JSON cannot say.
  const result = loaded.checkAnswers(fields as readonly FormField[], inputs);
  return result.ok ? [] : result.errors;
}

/** Loads the check ahead; repeated calls load once. */
export async function loadCheck(): Promise<typeof Answers | null> {
  try {
    return await import("../../validation/answers.ts");
  } catch {
    // A new version was deployed under an open page, or the network is gone.
    return null;
  }
}
