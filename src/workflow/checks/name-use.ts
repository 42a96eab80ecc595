/** A name that some part of a workflow reads from the context of its run. */
import type { OutlineStep } from "./outline.ts";
import type { Path, Spot } from "../source/places.ts";

export interface NameUse {
  /** `["steps", "generate", "output", "draft"]`, or a bare name. */
  segments: readonly string[];
  /** The step that reads it; null when it is read as the run completes. */
  step: OutlineStep | null;
  path: Path;
  spot: Spot;
  /** Of an expression: paths that are there wherever this is read; absent in paths and templates. */
  guards?: readonly (readonly string[])[];
}

/** Secrets stand in headers and bodies of api_call only; this says so for every other place. */
export const SECRET_MISPLACED =
  "Secrets can be used in the headers and the body of an api_call only, as {{secrets.NAME}}.";
