/**
 * The check of the answers before they are sent: the service's own, so its words are the same. Its
 * engine for patterns is as large as the rest of the page, hence loaded when a form is shown.
 */
import type { JsonObject } from "#model/json.ts";
import type { FormField } from "#model/workflow.ts";
import type * as Answers from "#validation/answers.ts";
import type { Field, Finding } from "./api-types.ts";

/** What the run knew before. */
interface Known {
  prefill: Readonly<Record<string, unknown>>;
  /** Keys of what it knows and does not show. */
  answeredBefore: readonly string[];
}

/** What is wrong with the answers; nothing when the check cannot be loaded: the service checks. */
export async function checkInputs(
  fields: readonly Field[],
  inputs: JsonObject,
  { prefill, answeredBefore }: Known,
): Promise<readonly Finding[]> {
  const loaded = await loadCheck();
  if (loaded === null) return [];
  // An answer that is kept unseen is the service's to check.
  const said = fields.filter(
    ({ key }) => Object.hasOwn(inputs, key) || !answeredBefore.includes(key),
  );
  // The same shape, but that a key of it may be there and undefined, which JSON cannot say.
  const result = loaded.checkAnswers(said as readonly FormField[], inputs, prefill as JsonObject);
  return result.ok ? [] : result.errors;
}

/** Loads the check ahead; repeated calls load once. */
export async function loadCheck(): Promise<typeof Answers | null> {
  try {
    return await import("#validation/answers.ts");
  } catch {
    // A new version was deployed under an open page, or the network is gone.
    return null;
  }
}
