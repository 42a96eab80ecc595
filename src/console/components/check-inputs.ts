/**
 * The check of the answers before they are sent: the service's own code, so the messages are the
 * same. Its engine for patterns is as large as the rest of the page, and so loaded when a form is
 * shown.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonObject } from "#model/json.ts";
import type * as Answers from "#validation/answers.ts";
import type { Field } from "./api-types.ts";

/** Values that the run already has. */
interface Known {
  prefill: JsonObject;
  /** Keys of values that it has and does not show. */
  answeredBefore: readonly string[];
}

/** The errors in the answers; none if the check cannot be loaded, since the service checks too. */
export async function checkInputs(
  fields: readonly Field[],
  inputs: JsonObject,
  { prefill, answeredBefore }: Known,
): Promise<readonly Diagnostic[]> {
  const loaded = await loadCheck();
  if (loaded === null) return [];
  // The service checks a kept answer that is not shown here.
  const said = fields.filter(
    ({ key }) => Object.hasOwn(inputs, key) || !answeredBefore.includes(key),
  );
  const result = loaded.checkAnswers(said, inputs, prefill);
  return result.ok ? [] : result.errors;
}

/** Preloads the check; repeated calls load it once. */
export async function loadCheck(): Promise<typeof Answers | null> {
  try {
    return await import("#validation/answers.ts");
  } catch {
    // A new version was deployed while the page was open, or the network is down.
    return null;
  }
}
