/** The severity of a finding. Imports no libraries, since the console uses it too. */

/**
 * An error keeps a document from being stored. A warning does not: it can be used, but probably
 * does not do what its author thinks. A hint is something to think about.
 */
export const SEVERITIES = ["error", "warning", "hint"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a finding keeps a document from being stored; one without a severity does. */
export function isError({ severity = "error" }: { severity?: Severity | undefined }): boolean {
  return severity === "error";
}
