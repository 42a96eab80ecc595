/** How a start, or a dual run, requests the mock provider. */
import { z } from "zod";
import { optionalKey } from "./optional-key.ts";

/** How the mock provider can behave. */
export const MOCK_MODES = ["success", "schema_violation", "timeout", "transient_error"] as const;

const mockMode = z.enum(MOCK_MODES);

export const mockAiSchema = z
  .union([
    z.boolean(),
    z
      .strictObject({
        mode: optionalKey(mockMode),
        steps: optionalKey(z.record(z.string(), mockMode)),
      })
      .meta({ id: "MockOptions" }),
  ])
  .meta({
    id: "MockAi",
    description: "Uses the deterministic mock provider, in this mode.",
  });

export type MockAi = z.infer<typeof mockAiSchema>;

/** How the mock provider behaves in this run. */
export interface MockSettings {
  mode: string;
  /** Mode by step id; wins over `mode`. */
  steps: Record<string, string>;
  seed: number;
}
